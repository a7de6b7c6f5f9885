using System.Numerics;

namespace EdgeQinn.Devices.Signals.Filters;

/// <summary>A second-order section H(z) = (B0 + B1 z⁻¹ + B2 z⁻²) / (1 + A1 z⁻¹ + A2 z⁻²).</summary>
public sealed record Biquad(double B0, double B1, double B2, double A1, double A2)
{
    /// <summary>The complex gain at a frequency.</summary>
    /// <param name="frequency">In Hz.</param>
    /// <param name="sampleRate">In Hz.</param>
    public Complex Response(double frequency, double sampleRate)
    {
        Complex z1 = Complex.FromPolarCoordinates(1, -2 * Math.PI * frequency / sampleRate), z2 = z1 * z1;
        return (B0 + B1 * z1 + B2 * z2) / (1 + A1 * z1 + A2 * z2);
    }
}
