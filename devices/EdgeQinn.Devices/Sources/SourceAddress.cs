using System.Globalization;

namespace EdgeQinn.Devices.Sources;

/// <summary>A source string taken apart: <c>scheme:path#part?option=value&amp;…</c>, where part and options may be absent.</summary>
public sealed class SourceAddress
{
    readonly Dictionary<string, string> _options = [];

    SourceAddress(string text, string scheme) => (Text, Scheme, Path) = (text, scheme, "");

    /// <summary>The whole string, for messages.</summary>
    public string Text { get; }

    /// <summary>What kind of source it is.</summary>
    public string Scheme { get; }

    /// <summary>File, record, device or generator.</summary>
    public string Path { get; private init; }

    /// <summary>The part inside the file, such as a variable's name; null for none.</summary>
    public string? Fragment { get; private init; }

    /// <summary>Takes a source string apart. A file whose own name holds ? or # is found all the same.</summary>
    /// <exception cref="SourceAddressException">There is no scheme, no path, or an option is not written as name=value.</exception>
    public static SourceAddress Parse(string text)
    {
        int colon = text.IndexOf(':');
        if (colon <= 0 || colon == text.Length - 1)
            throw new SourceAddressException($"'{text}' is no source: write SCHEME:PATH, where SCHEME is one of {SourceCatalog.SchemeNames}");
        string scheme = text[..colon], rest = text[(colon + 1)..];
        if (File.Exists(rest)) return new(text, scheme) { Path = rest };

        int question = rest.LastIndexOf('?');
        string query = question < 0 ? "" : rest[(question + 1)..];
        if (question >= 0) rest = rest[..question];
        int hash = rest.LastIndexOf('#');
        var address = new SourceAddress(text, scheme) { Path = hash < 0 ? rest : rest[..hash], Fragment = hash < 0 ? null : rest[(hash + 1)..] };
        foreach (string option in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = option.IndexOf('=');
            if (equals <= 0 || !address._options.TryAdd(option[..equals], option[(equals + 1)..]))
                throw new SourceAddressException($"'{text}': option '{option}' must be written once, as NAME=VALUE");
        }
        return address;
    }

    /// <summary>Refuses options that are not among those known.</summary>
    /// <exception cref="SourceAddressException">An option is unknown; the message lists the known ones.</exception>
    public void AllowOnly(params ReadOnlySpan<string> known)
    {
        foreach (string name in _options.Keys)
        {
            if (!known.Contains(name))
                throw new SourceAddressException($"'{Text}': option '{name}' is unknown; {Scheme} sources take {string.Join(", ", known.ToArray())}");
        }
    }

    /// <summary>An option's text, or null.</summary>
    public string? Option(string name) => _options.GetValueOrDefault(name);

    /// <summary>An option's number, checked against its range.</summary>
    /// <exception cref="SourceAddressException">It is no number or out of range.</exception>
    public double Number(string name, double absent, double least, double most)
    {
        if (Option(name) is not { } text) return absent;
        if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) || !(value >= least && value <= most))
            throw new SourceAddressException($"'{Text}': {name} must be a number from {least} to {most}, not '{text}'");
        return value;
    }

    /// <summary>The options from= and to= of every recording.</summary>
    public SourcePart? Part => Option("from") is null && Option("to") is null ? null : new(Option("from"), Option("to"));

    /// <summary>The option rate= in Hz; NaN where absent.</summary>
    public double Rate => Number("rate", double.NaN, 1e-3, 1e9);
}
