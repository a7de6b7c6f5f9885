using EdgeQinn.Devices.Recordings;

namespace EdgeQinn.Devices.Evaluation;

/// <summary>
/// Compares detected beats with reference beats as ANSI/AAMI EC57 does: each reference beat is paired with at most one detection within
/// the window, the nearer pair first where two compete.
/// </summary>
public sealed class BeatMatcher
{
    /// <summary>EC57's match window: 150 ms.</summary>
    public const double WindowSeconds = 0.150;

    /// <summary>Reference beats with a detection.</summary>
    public long TruePositives { get; private set; }

    /// <summary>Reference beats without one.</summary>
    public long FalseNegatives { get; private set; }

    /// <summary>Detections without a reference beat.</summary>
    public long FalsePositives { get; private set; }

    /// <summary>TP / (TP + FN): the share of beats that were found. NaN without beats.</summary>
    public double Sensitivity => (double)TruePositives / (TruePositives + FalseNegatives);

    /// <summary>TP / (TP + FP): the share of detections that are beats. NaN without detections.</summary>
    public double PositivePredictivity => (double)TruePositives / (TruePositives + FalsePositives);

    /// <summary>Adds one record's beats to the counts, so that the figures are gross figures over records.</summary>
    /// <param name="reference">Sample indices of the true beats, ascending.</param>
    /// <param name="detected">Sample indices of the detections, ascending.</param>
    /// <param name="sampleRate">In Hz.</param>
    /// <param name="excluded">Stretches [start, end) where neither counts, such as ventricular fibrillation.</param>
    /// <returns>For each detection the index of its reference beat, or −1.</returns>
    public int[] Add(
        ReadOnlySpan<long> reference, ReadOnlySpan<long> detected, double sampleRate, IReadOnlyList<(long Start, long End)>? excluded = null)
    {
        long window = (long)Math.Round(WindowSeconds * sampleRate);
        var candidates = new List<(long Distance, int Reference, int Detected)>();
        for (int r = 0, first = 0; r < reference.Length; r++)
        {
            while (first < detected.Length && detected[first] < reference[r] - window) first++;
            for (int d = first; d < detected.Length && detected[d] <= reference[r] + window; d++) candidates.Add((Math.Abs(detected[d] - reference[r]), r, d));
        }
        candidates.Sort();

        int[] pair = new int[detected.Length];
        Array.Fill(pair, -1);
        bool[] taken = new bool[reference.Length];
        foreach ((_, int r, int d) in candidates)
        {
            if (taken[r] || pair[d] >= 0) continue;
            taken[r] = true;
            pair[d] = r;
        }

        for (int r = 0; r < reference.Length; r++)
        {
            if (IsExcluded(reference[r], excluded)) continue;
            if (taken[r]) TruePositives++;
            else FalseNegatives++;
        }
        for (int i = 0; i < detected.Length; i++)
        {
            if (pair[i] < 0 && !IsExcluded(detected[i], excluded)) FalsePositives++;
        }
        return pair;
    }

    /// <summary>The stretches of ventricular flutter or fibrillation, which EC57 leaves out; one that does not end lasts to the end.</summary>
    public static IReadOnlyList<(long Start, long End)> Fibrillation(IEnumerable<Annotation> annotations)
    {
        var stretches = new List<(long, long)>();
        long? start = null;
        foreach (Annotation a in annotations)
        {
            if (a.Code == AnnotationCode.FibrillationStart) start ??= a.Sample;
            if (a.Code != AnnotationCode.FibrillationEnd || start is null) continue;
            stretches.Add((start.Value, a.Sample));
            start = null;
        }
        if (start is not null) stretches.Add((start.Value, long.MaxValue));
        return stretches;
    }

    static bool IsExcluded(long sample, IReadOnlyList<(long Start, long End)>? stretches) =>
        stretches is not null && stretches.Any(s => sample >= s.Start && sample < s.End);
}
