namespace EdgeQinn.Arm64Tests;

/// <summary>The command line: which tests to run and how much to say.</summary>
sealed record Options
{
    public const string Usage = """
        Usage: EdgeQinn.Arm64Tests [--filter CLASS-OR-TRAIT]... [--list] [--verbose]
          --filter TEXT        run classes whose full name contains TEXT
          --filter NAME=VALUE  run tests with that trait
          --skip TEXT|NAME=VALUE  leave those out
          --list               name the tests instead of running them
          --verbose            name each test and its time
        Exit code 1 where a test fails or none ran.
        """;

    public List<string> Filters { get; } = [];

    public List<string> Skips { get; } = [];

    public bool List { get; private set; }

    public bool Verbose { get; private set; }

    public bool Help { get; private set; }

    public string? Error { get; private set; }

    public static Options Parse(string[] args)
    {
        var options = new Options();
        for (int i = 0; i < args.Length; i++)
        {
            switch (args[i])
            {
                case "--filter" when i + 1 < args.Length: options.Filters.Add(args[++i]); break;
                case "--skip" when i + 1 < args.Length: options.Skips.Add(args[++i]); break;
                case "--list": options.List = true; break;
                case "--verbose": options.Verbose = true; break;
                case "--help": options.Help = true; break;
                default: options.Error ??= $"unknown argument '{args[i]}'"; break;
            }
        }
        return options;
    }
}
