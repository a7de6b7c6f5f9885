using EdgeQinn.Converter.Calibration;
using EdgeQinn.Converter.Healing.Training;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Selection;

/// <summary>
/// Looks among the choices that lose too much for the cheapest that training brings back: each is judged after a short healing, and what is found is
/// healed in full. Short healings decide because they cost seconds; a full one rarely does worse than they promised, and is checked.
/// </summary>
/// <param name="teacher">The network as it was.</param>
/// <param name="set">The calibration windows.</param>
/// <param name="split">Which of them to train on and which to judge with.</param>
/// <param name="options">The full healing.</param>
/// <param name="keeps">Whether a healed network keeps its score; told which point of the frontier it is.</param>
/// <param name="tell">Told what is being done.</param>
sealed class HealingSearch(ModelGraph teacher, CalibrationSet set, CalibrationSplit split, HealingOptions options, Func<int, ModelGraph, bool> keeps, Action<string> tell)
{
    const int ShortWindows = 16_000, ShortVisits = 2 * ShortWindows, MostPoints = 16;

    /// <summary>Finds and heals.</summary>
    /// <param name="unhealed">The cheapest point that keeps its score without.</param>
    /// <param name="apply">The network of a point.</param>
    /// <returns>The point and its network.</returns>
    public (int Point, ModelGraph Graph) Run(int unhealed, Func<int, ModelGraph> apply)
    {
        // Every so-many-th window, so that all recordings are among them.
        int step = Math.Max(1, split.Fit.Length / ShortWindows);
        var few = split with { Fit = [.. split.Fit.Where((_, i) => i % step == 0)] };
        var quick = options with { MatchingEpochs = 1, Epochs = Math.Min(options.Epochs, Math.Max(2, ShortVisits / few.Fit.Length)), Checkpoint = null };
        // A few points spread over all are enough: neighbours differ by less than one healing from another.
        int stride = Math.Max(1, unhealed / MostPoints), low = 0, high = unhealed;
        while (low < high)
        {
            int middle = (low + high) / 2 / stride * stride;
            if (middle < low) break;
            tell($"heals choice {middle + 1} of {unhealed + 1} for {quick.Epochs} epochs over {few.Fit.Length:N0} windows");
            if (keeps(middle, Healer.Run(teacher, apply(middle), set, few, quick).Graph)) high = middle;
            else low = middle + 1;
        }
        for (int point = high; point < unhealed; point += stride)
        {
            var healed = Heal(apply(point));
            if (keeps(point, healed)) return (point, healed);
        }
        return (unhealed, apply(unhealed));
    }

    ModelGraph Heal(ModelGraph student)
    {
        var result = Healer.Run(teacher, student, set, split, options, new EpochLine(tell));
        tell($"healed: held-out loss {result.Before:0.0000} → {result.After:0.0000}");
        return result.Graph;
    }

    sealed class EpochLine(Action<string> tell) : IProgress<EpochReport>
    {
        public void Report(EpochReport e) => tell($"epoch {e.Epoch} of {e.Epochs} ({(e.Matching ? "layers" : "end to end")}): loss {e.Loss:0.0000}, held out {e.HeldOut:0.0000}");
    }
}
