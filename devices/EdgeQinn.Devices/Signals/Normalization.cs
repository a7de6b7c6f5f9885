namespace EdgeQinn.Devices.Signals;

/// <summary>Normalisation of one window.</summary>
public static class Normalization
{
    /// <summary>Subtracts the mean and divides by (population standard deviation + epsilon).</summary>
    public static void ZScore(ReadOnlySpan<float> samples, Span<float> normalized, double epsilon)
    {
        double sum = 0, squares = 0;
        foreach (float s in samples) sum += s;
        double mean = sum / samples.Length;
        foreach (float s in samples) squares += (s - mean) * (s - mean);
        double scale = 1 / (Math.Sqrt(squares / samples.Length) + epsilon);
        for (int i = 0; i < samples.Length; i++) normalized[i] = (float)((samples[i] - mean) * scale);
    }
}
