using EdgeQinn.Converter.Calibration;

namespace EdgeQinn.Converter.Selection;

/// <summary>Between which losses the true one lies with a probability of 95 %, by what chance could have made of the windows judged.</summary>
/// <param name="Low">The lower bound, in points.</param>
/// <param name="High">The upper bound, in points.</param>
/// <param name="Drawn">What was drawn anew: whole recordings where there are enough of them, else stretches of them, else windows.</param>
public sealed record LossInterval(double Low, double High, string Drawn)
{
    const int Draws = 1000, EnoughRecordings = 5, StretchesPerRecording = 10;

    /// <summary>The percentile bootstrap (Efron and Tibshirani 1993, chapter 13).</summary>
    /// <param name="loss">The loss over some windows, given by their positions among <paramref name="windows"/>; a paired one, of both networks on the same windows.</param>
    /// <param name="set">Where the windows are.</param>
    /// <param name="windows">Which they are.</param>
    /// <param name="seed">For the draws.</param>
    internal static LossInterval Of(Func<int[], double> loss, CalibrationSet set, int[] windows, int seed)
    {
        var (units, drawn) = Units(set, windows);
        var losses = new double[Draws];
        Parallel.For(0, Draws, d =>
        {
            var random = new Random(unchecked(seed * 7919 + d));
            losses[d] = loss([.. Enumerable.Range(0, units.Length).SelectMany(_ => units[random.Next(units.Length)])]);
        });
        double[] sorted = [.. losses.Where(l => !double.IsNaN(l)).Order()];
        return sorted.Length == 0 ? new LossInterval(double.NaN, double.NaN, drawn)
            : new LossInterval(sorted[(int)(0.025 * (sorted.Length - 1))], sorted[(int)Math.Ceiling(0.975 * (sorted.Length - 1))], drawn);
    }

    /// <summary>Windows that lie close together are alike, and are drawn together.</summary>
    static (int[][] Units, string Drawn) Units(CalibrationSet set, int[] windows)
    {
        int[] all = [.. Enumerable.Range(0, windows.Length)];
        if (set.GroupNames.Count == 0) return ([.. all.Select(i => new[] { i })], "windows");
        int[][] recordings = [.. all.GroupBy(i => set.Groups[windows[i]]).Select(g => g.ToArray())];
        return recordings.Length >= EnoughRecordings && !SameLabels(recordings) ? (recordings, "recordings")
            : ([.. recordings.SelectMany(r => r.Chunk(Math.Max(1, (r.Length + StretchesPerRecording - 1) / StretchesPerRecording)))], "stretches of recordings");

        // Recordings of one label each, as of one fault each, make classes, not a sample.
        bool SameLabels(int[][] of) => of.All(r => r.Select(i => set.Labels[windows[i]]).Distinct().Count() == 1);
    }
}
