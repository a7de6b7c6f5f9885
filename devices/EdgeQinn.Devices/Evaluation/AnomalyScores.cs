namespace EdgeQinn.Devices.Evaluation;

/// <summary>Anomaly scores of windows whose truth is known.</summary>
public sealed class AnomalyScores
{
    readonly List<float>[] _scores = [[], []];

    /// <summary>Adds a window's score; <paramref name="truth"/> is 0 for usual, 1 for anomalous.</summary>
    public void Add(int truth, float score) => _scores[truth].Add(score);

    /// <summary>The median score of one truth; NaN without windows.</summary>
    public double Median(int truth)
    {
        float[] sorted = [.. _scores[truth].Order()];
        return sorted.Length == 0 ? double.NaN : (sorted[(sorted.Length - 1) / 2] + (double)sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>
    /// Area under the ROC curve: how often an anomalous window scores above a usual one, ties counted half (Mann–Whitney). NaN where a truth is missing.
    /// </summary>
    public double AreaUnderCurve
    {
        get
        {
            float[] usual = [.. _scores[0].Order()], anomalous = [.. _scores[1].Order()];
            double above = 0;
            int below = 0, tied = 0; // usual scores below, and up to, the current anomalous one
            foreach (float score in anomalous)
            {
                while (below < usual.Length && usual[below] < score) below++;
                while (tied < usual.Length && usual[tied] <= score) tied++;
                above += (below + tied) / 2.0;
            }
            return above / ((double)usual.Length * anomalous.Length);
        }
    }
}
