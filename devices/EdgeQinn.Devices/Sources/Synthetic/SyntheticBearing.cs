namespace EdgeQinn.Devices.Sources.Synthetic;

/// <summary>Where a rolling bearing is damaged.</summary>
public enum BearingFault
{
    /// <summary>Nowhere.</summary>
    None,
    /// <summary>On the inner race, which turns through the load zone.</summary>
    Inner,
    /// <summary>On the outer race, which stands in the load zone.</summary>
    Outer,
    /// <summary>On a ball, which moves with the cage and strikes both races.</summary>
    Ball,
}

/// <summary>What a synthetic bearing is like.</summary>
/// <param name="Fault">Where it is damaged.</param>
/// <param name="Size">Diameter of the damage in thousandths of an inch: 7, 14 or 21 in the usual test sets.</param>
/// <param name="Rpm">Shaft speed in revolutions per minute.</param>
/// <param name="Load">Motor load in horsepower; scales the strikes.</param>
/// <param name="Noise">Standard deviation of white noise in g.</param>
/// <param name="Seed">The same seed gives the same signal.</param>
/// <param name="Seconds">Length; infinite for a signal that does not end.</param>
/// <param name="Axes">1 to 3: the radial axis at the fault, and the others, which feel its ringing later and less, with noise of their own.</param>
public sealed record SyntheticBearingSettings(
    BearingFault Fault = BearingFault.None, double Size = 7, double Rpm = 1797, double Load = 0, double Noise = 0.03, int Seed = 1,
    double Seconds = double.PositiveInfinity, int Axes = 1);

/// <summary>
/// Acceleration of a bearing housing at 12 kHz in g: strikes at the fault's characteristic rate with random slip, modulated by the passage through
/// the
/// load zone, ring a resonance of the housing; shaft harmonics and noise are added (impulse-train model, Randall and Antoni, "Rolling element bearing
/// diagnostics – a tutorial", MSSP 25(2), 2011). Geometry: SKF 6205-2RS, the drive-end bearing of the Case Western Reserve recordings.
/// </summary>
public sealed class SyntheticBearing : RecordedSource
{
    /// <summary>Samples per second.</summary>
    public const double Rate = 12_000;

    // Strikes per shaft revolution (bearing data of the Case Western Reserve recordings). A ball strikes both races in each turn of its own.
    const double OuterRate = 3.5848, InnerRate = 5.4152, BallRate = 4.7135, CageRate = 0.39828;
    const double Slip = 0.01;             // standard deviation of the interval between strikes ÷ its mean
    const double Resonance = 3000, Damping = 0.05;
    const double StrikePerSize = 0.12;    // g per thousandth of an inch at no load
    const double ShaftAmplitude = 0.02;   // g, once per revolution; the harmonics fall off as 1/n
    const int ShaftHarmonics = 3;

    const int AxisDelay = 4;              // samples from axis to axis
    const double AxisGain = 0.6;
    static readonly string[] AxisNames = ["synthetic_DE_time", "synthetic_DE_tangential", "synthetic_DE_axial"];

    readonly SyntheticBearingSettings _settings;
    readonly GaussianNoise _random;
    readonly double _feedback1, _feedback2, _gain;
    readonly double[] _past = new double[2 * AxisDelay + 1]; // of the radial axis without noise
    double _y1, _y2, _nextStrike;
    long _sample;

    /// <param name="settings">What the signal is like.</param>
    public SyntheticBearing(SyntheticBearingSettings settings) : base(Describe(settings))
    {
        _settings = settings;
        _random = new(settings.Seed);
        // y[n] = 2r·cos(ω)·y[n−1] − r²·y[n−2] + g·x[n] rings at the resonance; g makes the first swing of a unit strike about 1.
        double omega = 2 * Math.PI * Resonance / Rate, r = Math.Exp(-Damping * omega);
        double damped = omega * Math.Sqrt(1 - Damping * Damping);
        _feedback1 = 2 * r * Math.Cos(damped);
        _feedback2 = -r * r;
        _gain = Math.Sin(damped);
        _nextStrike = settings.Fault == BearingFault.None ? double.PositiveInfinity : Interval() * _random.Uniform();
    }

    static SourceInfo Describe(SyntheticBearingSettings s)
    {
        string name = s.Fault switch // as the recordings of the usual test sets are named
        {
            BearingFault.Inner => $"IR{s.Size:000}",
            BearingFault.Outer => $"OR{s.Size:000}@6",
            BearingFault.Ball => $"B{s.Size:000}",
            _ => "Normal",
        };
        return new(name, Rate, [.. AxisNames.Take(s.Axes).Select(axis => new Channel(axis, "g"))]) { Length = double.IsPositiveInfinity(s.Seconds) ? null : (long)Math.Round(s.Seconds * Rate) };
    }

    /// <inheritdoc/>
    protected override int Fill(SampleBlock block, int limit)
    {
        int count = (int)Math.Min(limit, (Info.Length ?? long.MaxValue) - _sample);
        for (int i = 0; i < count; i++)
        {
            double radial = Next();
            block.Buffer(0)[i] = (float)(radial + _settings.Noise * _random.Normal());
            if (_settings.Axes == 1) continue;
            _past[_sample % _past.Length] = radial;
            for (int axis = 1; axis < _settings.Axes; axis++)
            {
                double felt = Math.Pow(AxisGain, axis) * _past[(_sample + _past.Length - axis * AxisDelay) % _past.Length];
                block.Buffer(axis)[i] = (float)(felt + _settings.Noise * _random.Normal());
            }
        }
        return count;
    }

    double Next()
    {
        double t = _sample++ / Rate, revolutions = t * _settings.Rpm / 60;
        double strike = 0;
        while (_nextStrike <= t)
        {
            strike += StrikePerSize * _settings.Size * (1 + _settings.Load / 3) * LoadZone(revolutions) * (1 + 0.1 * _random.Normal());
            _nextStrike += Interval();
        }
        double y = _feedback1 * _y1 + _feedback2 * _y2 + _gain * strike;
        (_y2, _y1) = (_y1, y);

        double shaft = 0;
        for (int n = 1; n <= ShaftHarmonics; n++) shaft += ShaftAmplitude / n * Math.Sin(2 * Math.PI * n * revolutions + n);
        return y + shaft;
    }

    double Interval()
    {
        double perRevolution = _settings.Fault switch
        {
            BearingFault.Inner => InnerRate,
            BearingFault.Outer => OuterRate,
            _ => BallRate,
        };
        return 60 / (_settings.Rpm * perRevolution) * Math.Max(0.5, 1 + Slip * _random.Normal());
    }

    /// <summary>How much of the load rests on the damage (Stribeck): constant on the outer race, once per turn of shaft or cage elsewhere.</summary>
    double LoadZone(double revolutions)
    {
        double turns = _settings.Fault switch
        {
            BearingFault.Inner => revolutions,
            BearingFault.Ball => revolutions * CageRate,
            _ => 0,
        };
        double share = 0.5 + 0.5 * Math.Cos(2 * Math.PI * turns);
        return 0.2 + 0.8 * Math.Pow(share, 1.5);
    }
}
