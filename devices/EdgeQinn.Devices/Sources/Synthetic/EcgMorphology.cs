namespace EdgeQinn.Devices.Sources.Synthetic;

/// <summary>One wave of a beat: a Gaussian event on the trajectory.</summary>
/// <param name="Amplitude">Height in mV.</param>
/// <param name="Offset">Seconds from the R peak.</param>
/// <param name="Width">Standard deviation in s.</param>
/// <param name="ScalesWithRate">Whether offset and width shrink with the square root of the RR interval, as repolarisation does (Bazett).</param>
readonly record struct EcgWave(double Amplitude, double Offset, double Width, bool ScalesWithRate = false);

/// <summary>
/// The waves of each kind of beat, as modified limb lead II shows them. Durations and heights lie in the usual adult ranges: P 0.05–0.25 mV and
/// under 120 ms, PR 120–200 ms, narrow QRS 80–110 ms, R 0.5–2 mV, QT about 400 ms at 60/min; ventricular QRS over 120 ms with a T wave opposite to
/// it.
/// </summary>
static class EcgMorphology
{
    /// <summary>Sinus beat: P, Q, R, S and T, the last one steeper behind than in front.</summary>
    public static readonly EcgWave[] Normal =
    [
        new(0.12, -0.165, 0.022), new(-0.10, -0.030, 0.009), new(1.25, 0, 0.0115), new(-0.22, 0.031, 0.011),
        new(0.11, 0.240, 0.055, true), new(0.20, 0.305, 0.036, true),
    ];

    /// <summary>Atrial premature beat: an ectopic P wave, small and close to a QRS complex that is conducted as usual.</summary>
    public static readonly EcgWave[] AtrialPremature =
    [
        new(-0.07, -0.135, 0.016), new(-0.09, -0.030, 0.009), new(1.18, 0, 0.0115), new(-0.24, 0.031, 0.011),
        new(0.10, 0.240, 0.055, true), new(0.17, 0.305, 0.036, true),
    ];

    /// <summary>Ventricular premature beat: no P wave, a wide and tall QRS complex, an opposite T wave.</summary>
    public static readonly EcgWave[] VentricularPremature =
    [
        new(1.55, 0, 0.030), new(0.45, 0.048, 0.024), new(-0.45, 0.120, 0.040), new(-0.42, 0.290, 0.062, true),
    ];
}
