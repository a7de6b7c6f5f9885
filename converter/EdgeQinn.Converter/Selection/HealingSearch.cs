using EdgeQinn.Converter.Calibration;
using EdgeQinn.Converter.Healing.Training;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Selection;

/// <summary>
/// Looks among the choices that lose too much for the cheapest that training brings back. Short healings, which cost seconds, find by bisection the cheapest of promise;
/// long ones go on from there. What no healing brings back is never taken: at worst the choice stays what it was without.
/// </summary>
/// <param name="teacher">The network as it was.</param>
/// <param name="set">The calibration windows.</param>
/// <param name="split">Which windows to train on and which say when to stop; none of those that judge.</param>
/// <param name="options">The long healing.</param>
/// <param name="folder">Where to keep the state of each healing; null for nowhere.</param>
/// <param name="strain">The loss of a healed network ÷ the loss allowed, 1 at most where it keeps its score; told which point of the frontier it is.</param>
/// <param name="tell">Told what is being done.</param>
sealed class HealingSearch(
    ModelGraph teacher, CalibrationSet set, CalibrationSplit split, HealingOptions options, string? folder, Func<int, ModelGraph, HealingDepth, double> strain, Action<string> tell)
{
    /// <summary>Windows of a short healing, and how often it sees them: at least two epochs.</summary>
    const int ShortWindows = 16_000, ShortVisits = 2 * ShortWindows;

    /// <summary>Neighbours on the frontier differ by less than one healing from another; so many of them are looked at.</summary>
    const int MostPoints = 16;

    /// <summary>How much too much a short healing may lose for a long one to be tried: that about halves the loss.</summary>
    const double Promise = 2;

    const int LongHealings = 4;

    /// <summary>Finds and heals.</summary>
    /// <param name="unhealed">The cheapest point that keeps its score without.</param>
    /// <param name="apply">The network of a point.</param>
    /// <returns>The point, its network, and the epochs that made it; none for the point that needs none.</returns>
    public (int Point, ModelGraph Graph, IReadOnlyList<EpochReport> Epochs) Run(int unhealed, Func<int, ModelGraph> apply)
    {
        if (unhealed == 0) return (0, apply(0), []); // there is nothing cheaper
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
            if (Heal(points[middle], few, quick, HealingDepth.Trial) <= Promise) high = middle;
            else low = middle + 1;
        }
        // Long ones go on from there, between what is of no promise and what is known to keep its score. Where none is of promise, they try the last of them all the same.
        int lowest = high == 0 ? 0 : points[high - 1] + 1, point = points[Math.Min(high, points.Length - 1)];
        for (int i = 0; i < LongHealings && point <= best.Point && point < unhealed; i++)
        {
            if (Heal(point, split, options, HealingDepth.Full) > 1) lowest = Math.Max(lowest, point + 1);
            if (lowest >= best.Point) break;
            point = (lowest + best.Point) / 2;
        }
        return best;

        double Heal(int point, CalibrationSplit windows, HealingOptions how, HealingDepth depth)
        {
            tell($"heals choice {point + 1} of {unhealed + 1}{(depth == HealingDepth.Trial ? " to see" : "")}: {how.Epochs} epochs over {windows.Fit.Length:N0} windows");
            var file = folder is null ? null : Path.Combine(folder, $"{(depth == HealingDepth.Trial ? "trial" : "healing")}-{point}.bin");
            var result = Healer.Run(teacher, apply(point), set, windows, how with { Checkpoint = file }, depth == HealingDepth.Full ? new EpochLine(tell) : null);
            double reached = strain(point, result.Graph, depth);
            if (reached <= 1 && (point < best.Point || depth == HealingDepth.Full)) best = (point, result.Graph, result.Epochs);
            return reached;
        }
    }

    sealed class EpochLine(Action<string> tell) : IProgress<EpochReport>
    {
        public void Report(EpochReport e) => tell($"epoch {e.Epoch} of {e.Epochs} ({(e.Matching ? "layers" : "end to end")}): loss {e.Loss:0.0000}, held out {e.HeldOut:0.0000}");
    }
}
