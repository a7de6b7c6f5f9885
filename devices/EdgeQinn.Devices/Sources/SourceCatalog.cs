using EdgeQinn.Devices.Recordings;
using EdgeQinn.Devices.Recordings.Csv;
using EdgeQinn.Devices.Recordings.Matlab;
using EdgeQinn.Devices.Recordings.Wfdb;

namespace EdgeQinn.Devices.Sources;

/// <summary>One kind of source.</summary>
/// <param name="Name">The scheme: what stands before the colon.</param>
/// <param name="Usage">How to write it, for help texts.</param>
/// <param name="Open">Opens it.</param>
public sealed record SourceScheme(string Name, string Usage, Func<SourceAddress, ISampleSource> Open);

/// <summary>The one list of source kinds; help, parsing and error messages read it. Sensors add a row.</summary>
public static class SourceCatalog
{
    /// <summary>All kinds of sources.</summary>
    public static IReadOnlyList<SourceScheme> Schemes { get; } =
    [
        new("wfdb", "wfdb:DIR/RECORD[?annotator=atr&from=S&to=S]", OpenWfdb),
        new("mat", "mat:FILE[#VARIABLE][?rate=HZ&unit=U&from=S&to=S]", a => MatSource.Open(Recording(a).Path, a.Fragment, a.Rate, a.Option("unit") ?? "", a.Part)),
        new("csv", "csv:FILE|-[?rate=HZ&unit=U&from=S&to=S]", a => CsvSource.Open(Recording(a).Path, a.Rate, a.Option("unit") ?? "", a.Part)),
        new("npy", "npy:FILE[#ARRAY][?rate=HZ&unit=U&from=S&to=S]", a => NpySource.Open(Recording(a).Path, a.Fragment, a.Rate, a.Option("unit") ?? "", a.Part)),
    ];

    internal static string SchemeNames => string.Join(", ", Schemes.Select(s => s.Name));

    /// <summary>Opens the source a string describes.</summary>
    /// <exception cref="SourceAddressException">The scheme or an option is unknown, or a value is out of range.</exception>
    /// <exception cref="RecordingException">The recording is missing or broken.</exception>
    public static ISampleSource Open(string text)
    {
        SourceAddress address = SourceAddress.Parse(text);
        SourceScheme scheme = Schemes.FirstOrDefault(s => s.Name == address.Scheme)
            ?? throw new SourceAddressException($"'{text}': the scheme '{address.Scheme}' is unknown; there are {SchemeNames}");
        return scheme.Open(address);
    }

    static WfdbSource OpenWfdb(SourceAddress address)
    {
        address.AllowOnly("annotator", "from", "to");
        return WfdbSource.Open(address.Path, address.Option("annotator") ?? "atr", address.Part);
    }

    static SourceAddress Recording(SourceAddress address)
    {
        address.AllowOnly("rate", "unit", "from", "to");
        return address;
    }
}
