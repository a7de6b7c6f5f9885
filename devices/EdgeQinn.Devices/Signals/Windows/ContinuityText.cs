using EdgeQinn.Devices.Sources;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Devices.Signals.Windows;

/// <summary>Policies as written on the command line, in place of the contract's.</summary>
public static class ContinuityText
{
    /// <summary>How gaps are written.</summary>
    public const string GapUsage = "reset|hold|interpolate[:max=DURATION]";

    /// <summary>How repeated and late blocks are written.</summary>
    public const string RepeatUsage = "drop|reset";

    /// <summary>How drift is written.</summary>
    public const string DriftUsage = "report|resample|reset[:max=DURATION]";

    /// <summary>The rule with another policy for gaps: <c>reset</c>, <c>hold</c>, <c>interpolate:max=50ms</c> with the longest gap.</summary>
    /// <exception cref="SourceAddressException">It is none.</exception>
    public static ContinuityRule WithGaps(this ContinuityRule rule, string text)
    {
        var (action, most) = Split(text);
        return (action, most) switch
        {
            ("reset", null) => rule with { Gaps = GapAction.Reset },
            ("hold", _) when most is not <= 0 => rule with { Gaps = GapAction.Hold, LongestGap = most ?? rule.LongestGap },
            ("interpolate", _) when most is not <= 0 => rule with { Gaps = GapAction.Interpolate, LongestGap = most ?? rule.LongestGap },
            _ => throw new SourceAddressException($"'{text}' is no policy for gaps: write reset, hold or interpolate, the latter two with :max=DURATION (100ms where it is not said)"),
        };
    }

    /// <summary>The rule with another policy for blocks that come twice or late: <c>drop</c> or <c>reset</c>.</summary>
    /// <exception cref="SourceAddressException">It is none.</exception>
    public static ContinuityRule WithRepeats(this ContinuityRule rule, string text) => text switch
    {
        "drop" => rule with { Duplicates = RepeatAction.Drop, Late = RepeatAction.Drop },
        "reset" => rule with { Duplicates = RepeatAction.Reset, Late = RepeatAction.Reset },
        _ => throw new SourceAddressException($"'{text}' is no policy for blocks that come twice or late: write drop or reset"),
    };

    /// <summary>The rule with another policy for drift: <c>report</c>, <c>resample</c>, <c>reset:max=50ms</c> with the most that is borne.</summary>
    /// <exception cref="SourceAddressException">It is none.</exception>
    public static ContinuityRule WithDrift(this ContinuityRule rule, string text)
    {
        var (action, most) = Split(text);
        return (action, most) switch
        {
            ("report", null) => rule with { Drift = DriftAction.Report },
            ("resample", null) => rule with { Drift = DriftAction.Resample },
            ("reset", _) when most is not <= 0 => rule with { Drift = DriftAction.Reset, MostDrift = most ?? rule.MostDrift },
            _ => throw new SourceAddressException($"'{text}' is no policy for drift: write report, resample or reset, the last with :max=DURATION (100ms where it is not said)"),
        };
    }

    /// <summary>What stands before the colon, and the seconds of max= behind it; 0 where they are none.</summary>
    static (string Action, double? Most) Split(string text)
    {
        int colon = text.IndexOf(':');
        if (colon < 0) return (text, null);
        return text.AsSpan(colon + 1).StartsWith("max=") && Quantity.TryDuration(text[(colon + 5)..], out TimeSpan most) && most <= TimeSpan.FromHours(1)
            ? (text[..colon], most.TotalSeconds) : (text[..colon], 0);
    }
}
