namespace EdgeQinn.Devices.Signals.Filters;

/// <summary>Linear-phase low-passes: a sinc under Kaiser's window (Oppenheim and Schafer, Discrete-Time Signal Processing, sec. 7.5.3).</summary>
static class KaiserLowpass
{
    /// <summary>Kaiser's β for an attenuation above 50 dB.</summary>
    public static double Beta(double decibel) => 0.1102 * (decibel - 8.7);

    /// <summary>Taps on each side of the middle for a transition of <paramref name="width"/> radians per sample.</summary>
    public static double HalfLength(double decibel, double width) => (decibel - 8) / (2.285 * width) / 2;

    /// <summary>Designs 2·half + 1 taps of sum 1.</summary>
    /// <param name="half">Taps on each side of the middle.</param>
    /// <param name="cutoff">Middle of the transition, in radians per sample.</param>
    /// <param name="beta">Kaiser's β.</param>
    public static double[] Design(int half, double cutoff, double beta)
    {
        double[] taps = new double[2 * half + 1];
        double sum = 0;
        for (int i = -half; i <= half; i++)
        {
            double sinc = i == 0 ? cutoff / Math.PI : Math.Sin(cutoff * i) / (Math.PI * i);
            sum += taps[i + half] = sinc * Window((double)i / half, beta);
        }
        for (int i = 0; i < taps.Length; i++) taps[i] /= sum;
        return taps;
    }

    /// <summary>The window at a place from −1 to 1.</summary>
    public static double Window(double at, double beta) => BesselI0(beta * Math.Sqrt(Math.Max(0, 1 - at * at))) / BesselI0(beta);

    /// <summary>The modified Bessel function of order 0 by its power series.</summary>
    static double BesselI0(double x)
    {
        double term = 1, sum = 1;
        for (int k = 1; term > 1e-17 * sum; k++) sum += term *= x / 2 / k * (x / 2 / k);
        return sum;
    }
}
