namespace EdgeQinn.Cli.CommandLine;

/// <summary>What <c>--help</c> prints, made from the declarations.</summary>
static class HelpText
{
    public static void Write(TextWriter output, IReadOnlyList<Verb> verbs)
    {
        output.WriteLine("edgeqinn: trained networks on live signals, on small boards\n");
        output.WriteLine("usage: edgeqinn VERB [arguments] [options]\n");
        WriteColumns(output, verbs.Select(v => (string.Join(' ', [v.Name, .. v.Operands]), v.Summary)));
        output.WriteLine("\nedgeqinn VERB --help tells a verb's options; every verb takes --json; edgeqinn --version prints the version.");
        output.WriteLine("Exit codes: 0 success, 1 a check failed, 2 wrong usage, 3 bad input.");
    }

    public static void Write(TextWriter output, Verb verb)
    {
        output.WriteLine($"{verb.Summary}\n\nusage: {verb.Usage}\n");
        WriteColumns(output, verb.AllOptions.Select(o => ($"{o.Name} {o.Value}{(o.Repeats ? " …" : "")}".TrimEnd(), o.Help)));
        if (verb.Notes is not null) output.WriteLine($"\n{verb.Notes()}");
    }

    static void WriteColumns(TextWriter output, IEnumerable<(string Left, string Right)> rows)
    {
        var list = rows.ToList();
        int width = list.Max(r => r.Left.Length);
        foreach (var (left, right) in list) output.WriteLine($"  {left.PadRight(width)}  {right}");
    }
}
