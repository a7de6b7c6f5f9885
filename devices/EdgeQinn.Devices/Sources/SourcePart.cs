using System.Globalization;

namespace EdgeQinn.Devices.Sources;

/// <summary>A part of a recording, from one place to another; null is the recording's start or end.</summary>
/// <param name="From">First place inside, such as <c>70%</c> or <c>120</c> (seconds).</param>
/// <param name="To">First place outside, written the same way.</param>
public sealed record SourcePart(string? From, string? To)
{
    /// <summary>The part in samples: first inside, first outside.</summary>
    /// <exception cref="SourceAddressException">A place is not a number, or is a percentage of a source of unknown length.</exception>
    public (long Start, long End) Resolve(SourceInfo info) => (Place(From, info) ?? 0, Place(To, info) ?? long.MaxValue);

    static long? Place(string? text, SourceInfo info)
    {
        if (text is null) return null;
        bool percent = text.EndsWith('%');
        if (!double.TryParse(text.TrimEnd('%', 's'), NumberStyles.Float, CultureInfo.InvariantCulture, out double value) || !(value is >= 0 and <= 1e9))
            throw new SourceAddressException($"'{text}' is no place in a recording: write seconds (120) or a percentage (70%)");
        if (percent && info.Length is null) throw new SourceAddressException($"'{text}' needs a recording of known length; write seconds");
        if (!percent && double.IsNaN(info.SampleRate))
            throw new SourceAddressException($"'{text}' seconds need a known sample rate; add rate=HZ or write a percentage");
        return (long)Math.Floor(percent ? value / 100 * info.Length!.Value : value * info.SampleRate);
    }
}
