namespace EdgeQinn.Devices.Signals.Filters;

/// <summary>
/// A narrow stop at one frequency, such as the mains' (Orfanidis, Introduction to Signal Processing, sec. 11.3.2; the design of
/// <c>scipy.signal.iirnotch</c>).
/// </summary>
public static class Notch
{
    /// <summary>Designs the filter.</summary>
    /// <param name="frequency">Frequency that is taken out, in Hz.</param>
    /// <param name="quality">Frequency divided by the width of −3 dB.</param>
    /// <param name="sampleRate">In Hz.</param>
    public static Biquad Design(double frequency, double quality, double sampleRate)
    {
        if (!(frequency > 0 && frequency < sampleRate / 2))
            throw new ArgumentOutOfRangeException(nameof(frequency), frequency, "must lie between 0 and half the sample rate");
        if (!(quality > 0)) throw new ArgumentOutOfRangeException(nameof(quality), quality, "must be above 0");
        double w = 2 * Math.PI * frequency / sampleRate, cosine = Math.Cos(w);
        double gain = 1 / (1 + Math.Tan(w / quality / 2));
        return new(gain, -2 * gain * cosine, gain, -2 * gain * cosine, 2 * gain - 1);
    }
}
