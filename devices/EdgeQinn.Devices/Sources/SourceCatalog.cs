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
    ];

    internal static string SchemeNames => string.Join(", ", Schemes.Select(s => s.Name));

    /// <summary>Opens the source a string describes.</summary>
    /// <exception cref="SourceAddressException">The scheme or an option is unknown, or a value is out of range.</exception>
    /// <exception cref="Recordings.RecordingException">The recording is missing or broken.</exception>
    public static ISampleSource Open(string text)
    {
        SourceAddress address = SourceAddress.Parse(text);
        SourceScheme scheme = Schemes.FirstOrDefault(s => s.Name == address.Scheme)
            ?? throw new SourceAddressException($"'{text}': the scheme '{address.Scheme}' is unknown; there are {SchemeNames}");
        return scheme.Open(address);
    }
}
