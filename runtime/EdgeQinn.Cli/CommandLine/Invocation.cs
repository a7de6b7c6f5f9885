using System.Globalization;

namespace EdgeQinn.Cli.CommandLine;

/// <summary>A verb with its arguments parsed, and where it prints.</summary>
sealed class Invocation
{
    readonly Verb _verb;
    readonly Dictionary<Option, List<string>> _values = [];
    readonly List<string> _operands = [];

    Invocation(Verb verb, TextWriter output, TextWriter error) => (_verb, Output, Error) = (verb, output, error);

    /// <summary>Results.</summary>
    public TextWriter Output { get; }

    /// <summary>Everything else: progress, summaries, warnings.</summary>
    public TextWriter Error { get; }

    /// <summary>Whether results are wanted as JSON.</summary>
    public bool Json => Flag(Option.Json);

    /// <summary>Takes the arguments after the verb apart.</summary>
    /// <exception cref="UsageException">They do not fit the verb.</exception>
    public static Invocation Parse(Verb verb, ReadOnlySpan<string> arguments, TextWriter output, TextWriter error)
    {
        var invocation = new Invocation(verb, output, error);
        bool onlyOperands = false;
        for (int i = 0; i < arguments.Length; i++)
        {
            string argument = arguments[i];
            if (argument == "--" && !onlyOperands) onlyOperands = true;
            else if (!onlyOperands && (argument.StartsWith("--", StringComparison.Ordinal) || verb.AllOptions.Any(o => o.Name == argument))) i = invocation.AddOption(arguments, i);
            else invocation._operands.Add(argument);
        }
        if (invocation.Flag(Option.HelpFlag)) return invocation;
        if (invocation._operands.Count > verb.Operands.Length) throw invocation.Fail($"'{invocation._operands[verb.Operands.Length]}' is one argument too many");
        if (invocation._operands.Count < verb.NeededOperands) throw invocation.Fail($"{verb.Operands[invocation._operands.Count]} is missing");
        return invocation;
    }

    /// <summary>The argument at <paramref name="index"/> of the verb's operands.</summary>
    public string Operand(int index) => _operands[index];

    /// <summary>The number of operands given.</summary>
    public int OperandCount => _operands.Count;

    /// <summary>Whether a switch is given.</summary>
    public bool Flag(Option option) => _values.ContainsKey(option);

    /// <summary>An option's text, or null.</summary>
    public string? Text(Option option) => _values.TryGetValue(option, out var values) ? values[^1] : null;

    /// <summary>All values of an option, or none.</summary>
    public IReadOnlyList<string> Texts(Option option) => _values.TryGetValue(option, out var values) ? values : [];

    /// <summary>An option's whole number.</summary>
    /// <exception cref="UsageException">It is none, or out of range.</exception>
    public int Int(Option option, int absent, int least, int most = int.MaxValue)
    {
        if (Text(option) is not { } text) return absent;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value >= least && value <= most
            ? value : throw Fail($"{option.Name} takes a whole number from {least} to {most}, not '{text}'");
    }

    /// <summary>An option's number.</summary>
    /// <exception cref="UsageException">It is none, or out of range.</exception>
    public double Number(Option option, double absent, double least, double most)
    {
        if (Text(option) is not { } text) return absent;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value >= least && value <= most
            ? value : throw Fail($"{option.Name} takes a number from {least} to {most}, not '{text}'");
    }

    /// <summary>An option's duration, such as 50ms, 2s or 24h.</summary>
    /// <exception cref="UsageException">It is none.</exception>
    public TimeSpan Duration(Option option, TimeSpan absent)
    {
        if (Text(option) is not { } text) return absent;
        return EdgeQinn.Devices.Quantity.TryDuration(text, out var duration) && duration > TimeSpan.Zero ? duration : throw Fail($"{option.Name} takes a duration such as 50ms, 2s or 24h, not '{text}'");
    }

    /// <summary>An option's choice; its index.</summary>
    /// <exception cref="UsageException">It is none of them.</exception>
    public int Choice(Option option, int absent, params ReadOnlySpan<string> choices)
    {
        if (Text(option) is not { } text) return absent;
        int index = choices.IndexOf(text);
        return index >= 0 ? index : throw Fail($"{option.Name} is one of {string.Join(", ", choices.ToArray())}, not '{text}'");
    }

    /// <summary>Wrong usage of this verb.</summary>
    public UsageException Fail(string problem) => new($"{_verb.Name}: {problem}\nusage: {_verb.Usage}");

    int AddOption(ReadOnlySpan<string> arguments, int at)
    {
        string name = arguments[at];
        int equals = name.IndexOf('=');
        string? attached = equals < 0 ? null : name[(equals + 1)..];
        if (equals >= 0) name = name[..equals];

        var option = _verb.AllOptions.FirstOrDefault(o => o.Name == name)
            ?? throw Fail($"option '{name}' is unknown{NearestMatch.Suggest(name, _verb.AllOptions.Select(o => o.Name))}");
        if (!_values.TryGetValue(option, out var values)) _values.Add(option, values = []);
        else if (!option.Repeats) throw Fail($"{name} is given twice");

        if (option.Value is null) return attached is null ? at : throw Fail($"{name} takes no value");
        if (attached is not null)
        {
            values.Add(attached);
            return at;
        }
        int from = at + 1;
        while (++at < arguments.Length && !arguments[at].StartsWith("--", StringComparison.Ordinal) && (at == from || option.Repeats)) values.Add(arguments[at]);
        return values.Count > 0 && at > from ? at - 1 : throw Fail($"{name} needs a value: {option.Value}");
    }
}
