using System.Globalization;

namespace EdgeQinn.Fuzz;

/// <summary>The command line.</summary>
sealed record Options
{
    public const string Usage = """
        Usage: EdgeQinn.Fuzz [--target NAME] [--count N] [--seconds S] [--seed S] [--first I] [--save FOLDER]
          --target NAME   eqn, onnx, npz, mat, wfdb, csv, contract or all (default)
          --count N       inputs per target (10000; without limit where --seconds is given)
          --seconds S     stop each target after S seconds
          --seed S        seed of the run (1); input I of a target depends on seed and I only
          --first I       start with input I (0): --first I --count 1 repeats a failure
          --save FOLDER   where failing inputs go (artifacts/fuzz)
        Exit code 1 where an input failed, 2 for wrong usage.
        """;

    public string Target { get; private set; } = "all";

    public long? Count { get; private set; }

    public double? Seconds { get; private set; }

    public int Seed { get; private set; } = 1;

    public long First { get; private set; }

    public string Save { get; private set; } = Path.Combine("artifacts", "fuzz");

    public bool Help { get; private set; }

    public string? Error { get; private set; }

    public static Options Parse(string[] args)
    {
        var options = new Options();
        for (int i = 0; i < args.Length; i++)
        {
            if (args[i] == "--help") options.Help = true;
            else if (i + 1 == args.Length || !options.Set(args[i], args[++i])) options.Error ??= $"cannot make sense of '{args[i]}'";
        }
        return options;
    }

    bool Set(string name, string value)
    {
        switch (name)
        {
            case "--target": Target = value; return true;
            case "--save": Save = value; return true;
            case "--count" when long.TryParse(value, CultureInfo.InvariantCulture, out long count) && count > 0: Count = count; return true;
            case "--first" when long.TryParse(value, CultureInfo.InvariantCulture, out long first) && first >= 0: First = first; return true;
            case "--seed" when int.TryParse(value, CultureInfo.InvariantCulture, out int seed): Seed = seed; return true;
            case "--seconds" when double.TryParse(value, CultureInfo.InvariantCulture, out double seconds) && seconds > 0: Seconds = seconds; return true;
            default: return false;
        }
    }
}
