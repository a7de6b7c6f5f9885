using EdgeQinn.Devices.Sources;

namespace EdgeQinn.Devices.Signals.Windows;

/// <summary>What is done where samples are missing.</summary>
public enum GapAction
{
    /// <summary>Filters, intervals and windows start anew behind the gap: no window reaches over it.</summary>
    Reset,
    /// <summary>The last sample is repeated.</summary>
    Hold,
    /// <summary>A straight line joins the samples on both sides.</summary>
    Interpolate,
}

/// <summary>The policy for gaps: lost samples and missing values (NaN) alike. What it made up is counted and flagged (<see cref="SampleStatus.Filled"/>).</summary>
/// <param name="Action">What is done.</param>
/// <param name="Longest">Gaps that last longer start anew, whatever the action.</param>
public sealed record GapPolicy(GapAction Action, TimeSpan Longest)
{
    /// <summary>Start anew: nothing is made up.</summary>
    public static GapPolicy Reset { get; } = new(GapAction.Reset, TimeSpan.Zero);

    static readonly TimeSpan UsualLongest = TimeSpan.FromMilliseconds(100);

    /// <summary>Reads a policy as written on the command line: <c>reset</c>, <c>hold</c>, <c>interpolate:max=50ms</c> with the longest gap.</summary>
    /// <exception cref="SourceAddressException">It is none.</exception>
    public static GapPolicy Parse(string text)
    {
        int colon = text.IndexOf(':');
        string action = colon < 0 ? text : text[..colon], rest = colon < 0 ? "" : text[(colon + 1)..];
        TimeSpan longest = UsualLongest;
        bool valid = colon < 0;
        if (rest.StartsWith("max=", StringComparison.Ordinal)
            && Quantity.TryDuration(rest[4..], out TimeSpan most) && most > TimeSpan.Zero && most <= TimeSpan.FromHours(1))
            (valid, longest) = (true, most);
        switch (action)
        {
            case "reset" when colon < 0: return Reset;
            case "hold" when valid: return new(GapAction.Hold, longest);
            case "interpolate" when valid: return new(GapAction.Interpolate, longest);
            default: throw new SourceAddressException($"'{text}' is no policy for gaps: write reset, hold or interpolate, the latter two with :max=DURATION (100ms where it is not said)");
        }
    }
}
