namespace EdgeQinn.Cli.CommandLine;

/// <summary>One thing the program does. Declared once; parsing, help and error messages read it.</summary>
/// <param name="Name">The first argument.</param>
/// <param name="Summary">What it does, in one line.</param>
/// <param name="Operands">Placeholders of the arguments that are no options; those in brackets, the last ones, may be left out.</param>
/// <param name="Options">Its options, beside <see cref="Option.Json"/> and <see cref="Option.HelpFlag"/>.</param>
/// <param name="Notes">More help, after the options; made only when asked for.</param>
/// <param name="Run">Does it; returns the exit code.</param>
sealed record Verb(string Name, string Summary, string[] Operands, Option[] Options, Func<string>? Notes, Func<Invocation, int> Run)
{
    /// <summary>The operands that are needed.</summary>
    public int NeededOperands => Operands.Count(o => !o.StartsWith('['));

    /// <summary>All its options.</summary>
    public IEnumerable<Option> AllOptions => [.. Options, Option.Json, Option.HelpFlag];

    /// <summary>How it is written.</summary>
    public string Usage
    {
        get
        {
            var parts = new List<string> { "edgeqinn", Name };
            parts.AddRange(Operands);
            foreach (var option in AllOptions)
                parts.Add(option.Value is null ? $"[{option.Name}]" : $"[{option.Name} {option.Value}{(option.Repeats ? " …" : "")}]");
            return string.Join(' ', parts);
        }
    }
}
