using System.Globalization;

namespace EdgeQinn.Soak;

/// <summary>
/// The faults of a run: each kind once per period. The stream may differ from an undisturbed one only near those that take samples away or change them:
/// from <see cref="Before"/> before one (a result that waited for what came then) until the stream has settled after it.
/// </summary>
sealed class FaultPlan(double period, double settle)
{
    const double Before = 3;

    static readonly (string Kind, double Share, double Length, bool Disturbs)[] Kinds =
    [
        ("lost", 0.1, 0.5, true), ("missing", 0.25, 0.05, true), ("twice", 0.4, 0.01, false), ("late", 0.5, 0.01, true),
        ("leadoff", 0.65, 2, false), ("saturated", 0.72, 0.5, false), ("down", 0.8, 5, true),
    ];

    /// <summary>The plan as the program reads it.</summary>
    public string Text => string.Join(',', Kinds.Select(k => string.Create(CultureInfo.InvariantCulture, $"{k.Kind}@{k.Share * period}+{k.Length}/{period}")));

    /// <summary>Whether results at that time must be the same as without faults.</summary>
    public bool IsUndisturbed(double seconds)
    {
        foreach (var (_, share, length, disturbs) in Kinds)
        {
            if (!disturbs) continue;
            double since = (seconds - share * period + Before) % period;
            if (seconds >= share * period - Before && since < Before + length + settle) return false;
        }
        return true;
    }
}
