using EdgeQinn.Converter.Calibration;
using EdgeQinn.Converter.Healing.Training;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Selection;

/// <summary>
/// Looks among the choices that lose too much for the cheapest that training brings back. Short healings find it by bisection, because they cost seconds; a long one
/// then tries a choice that a short one could not bring back. What a healing cannot bring back is never taken: at worst the choice stays what it was without.
/// </summary>
/// <param name="teacher">The network as it was.</param>
/// <param name="set">The calibration windows.</param>
/// <param name="split">Which windows to train on and which say when to stop; none of those that judge.</param>
/// <param name="options">The long healing.</param>
/// <param name="folder">Where to keep the state of each healing; null for nowhere.</param>
/// <param name="keeps">Whether a healed network keeps its score; told which point of the frontier it is.</param>
/// <param name="tell">Told what is being done.</param>
sealed class HealingSearch(
    ModelGraph teacher, CalibrationSet set, CalibrationSplit split, HealingOptions options, string? folder, Func<int, ModelGraph, HealingDepth, bool> keeps, Action<string> tell)
{
    /// <summary>Windows of a short healing, and how often it sees them: at least two epochs.</summary>
    const int ShortWindows = 16_000, ShortVisits = 2 * ShortWindows;

    /// <summary>Neighbours on the frontier differ by less than one healing from another; so many of them are looked at.</summary>
    const int MostPoints = 16;

    /// <summary>Finds and heals.</summary>
    /// <param name="unhealed">The cheapest point that keeps its score without.</param>
    /// <param name="apply">The network of a point.</param>
    /// <returns>The point, its network, and the epochs that made it; none for the point that needs none.</returns>
    public (int Point, ModelGraph Graph, IReadOnlyList<EpochReport> Epochs) Run(int unhealed, Func<int, ModelGraph> apply)
    {
        // Every so-many-th window, so that all recordings are among them.
        int step = Math.Max(1, (split.Fit.Length + ShortWindows - 1) / ShortWindows);
        var few = split with { Fit = [.. split.Fit.Where((_, i) => i % step == 0)] };
        int epochs = Math.Min(options.Epochs, Math.Max(2, ShortVisits / few.Fit.Length));
        var quick = options with { MatchingEpochs = 1, Epochs = epochs, Patience = Math.Max(4, epochs / 3) };

        int[] points = [.. Enumerable.Range(0, MostPoints).Select(p => p * unhealed / MostPoints).Distinct()];
        (int Point, ModelGraph Graph, IReadOnlyList<EpochReport> Epochs) best = (unhealed, apply(unhealed), []);
        int low = 0, high = points.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (Heal(points[middle], few, quick, HealingDepth.Trial) is { } kept) (high, best) = (middle, kept);
            else low = middle + 1;
        }
        // More training brings back more: first halfway to what no short healing brought back, and if that is too far, what one did.
        int below = high == 0 ? -1 : points[high - 1], found = best.Point;
        foreach (int point in new[] { Math.Max(0, (below + found) / 2), found }.Distinct().Where(p => p < unhealed))
            if (Heal(point, split, options, HealingDepth.Full) is { } kept) return kept;
        return best;

        (int, ModelGraph, IReadOnlyList<EpochReport>)? Heal(int point, CalibrationSplit windows, HealingOptions how, HealingDepth depth)
        {
            tell($"heals choice {point + 1} of {unhealed + 1}{(depth == HealingDepth.Trial ? " to see" : "")}: {how.Epochs} epochs over {windows.Fit.Length:N0} windows");
            var file = folder is null ? null : Path.Combine(folder, $"{(depth == HealingDepth.Trial ? "trial" : "healing")}-{point}.bin");
            var result = Healer.Run(teacher, apply(point), set, windows, how with { Checkpoint = file }, depth == HealingDepth.Full ? new EpochLine(tell) : null);
            return keeps(point, result.Graph, depth) ? (point, result.Graph, result.Epochs) : null;
        }
    }

    sealed class EpochLine(Action<string> tell) : IProgress<EpochReport>
    {
        public void Report(EpochReport e) => tell($"epoch {e.Epoch} of {e.Epochs} ({(e.Matching ? "layers" : "end to end")}): loss {e.Loss:0.0000}, held out {e.HeldOut:0.0000}");
    }
}
