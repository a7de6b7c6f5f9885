using EdgeQinn.Devices.Recordings;

namespace EdgeQinn.Devices.Sources.Synthetic;

/// <summary>What a synthetic ECG is like.</summary>
/// <param name="BeatsPerMinute">Mean sinus rate.</param>
/// <param name="Noise">Standard deviation of white noise in mV.</param>
/// <param name="Seed">The same seed gives the same signal.</param>
/// <param name="Seconds">Length; infinite for a signal that does not end.</param>
/// <param name="VentricularShare">Ventricular premature beats ÷ all beats, up to 0.1.</param>
/// <param name="AtrialShare">Atrial premature beats ÷ all beats, up to 0.1.</param>
/// <param name="Wander">Amplitude of the baseline's wander with the breath in mV.</param>
public sealed record SyntheticEcgSettings(
    double BeatsPerMinute = 72, double Noise = 0.015, int Seed = 1, double Seconds = double.PositiveInfinity,
    double VentricularShare = 0.08, double AtrialShare = 0.06, double Wander = 0.05);

/// <summary>
/// Lead II of the dynamical model of McSharry, Clifford, Tarassenko and Smith (IEEE TBME 50(3), 2003) at 360 Hz in mV, with the true beats as
/// annotations. Its third equation is integrated (Runge–Kutta of order 4) with the waves written in time instead of angle, so that each beat has
/// its own
/// shape: dz/dt = −Σ A·Δt/b²·exp(−Δt²/2b²) − (z − z₀(t))/τ over the waves of the beats nearby, z₀ the baseline that wanders with the breath.
/// </summary>
public sealed class SyntheticEcg : RecordedSource
{
    /// <summary>Samples per second.</summary>
    public const double Rate = 360;

    const double Relaxation = 1.0;   // τ in s, the model's
    const double BreathFrequency = 0.25;
    const double Ahead = 0.5, Behind = 0.8; // s around a beat within which its waves matter

    readonly SyntheticEcgSettings _settings;
    readonly GaussianNoise _noise;
    readonly EcgRhythm _rhythm;
    readonly List<EcgBeat> _nearby = new(16);
    readonly Queue<Annotation> _annotations = new(64);
    EcgBeat _next;
    long _sample;
    double _z;

    /// <param name="settings">What the signal is like.</param>
    public SyntheticEcg(SyntheticEcgSettings settings) : base(Describe(settings))
    {
        _settings = settings;
        _noise = new(settings.Seed);
        _rhythm = new(settings.BeatsPerMinute, settings.VentricularShare, settings.AtrialShare, new(settings.Seed ^ 0x5EED));
        _next = _rhythm.Next();
    }

    static SourceInfo Describe(SyntheticEcgSettings settings) => new("synthetic ECG", Rate, [new("MLII", "mV")])
    {
        IsAnnotated = true,
        Length = double.IsPositiveInfinity(settings.Seconds) ? null : (long)Math.Round(settings.Seconds * Rate),
    };

    /// <inheritdoc/>
    protected override int Fill(SampleBlock block, int limit)
    {
        int count = (int)Math.Min(limit, (Info.Length ?? long.MaxValue) - _sample);
        Span<float> samples = block.Buffer(0);
        for (int i = 0; i < count; i++)
        {
            samples[i] = (float)(_z + _settings.Noise * _noise.Normal());
            Step();
        }
        return count;
    }

    /// <inheritdoc/>
    protected override void AddAnnotations(SampleBlock block, long from, long to)
    {
        while (_annotations.TryPeek(out Annotation a) && a.Sample < to) block.Annotations.Add(_annotations.Dequeue());
    }

    void Step()
    {
        const double H = 1 / Rate;
        double t = _sample++ * H;
        while (_next.Time < t + Ahead + H)
        {
            _nearby.Add(_next);
            _annotations.Enqueue(new((long)Math.Round(_next.Time * Rate), _next.Code));
            _next = _rhythm.Next();
        }
        if (_nearby.Count > 0 && _nearby[0].Time < t - Behind) _nearby.RemoveAt(0);

        double f0 = Drive(t), f1 = Drive(t + H / 2), f2 = Drive(t + H);
        double k1 = f0 - _z / Relaxation;
        double k2 = f1 - (_z + H / 2 * k1) / Relaxation;
        double k3 = f1 - (_z + H / 2 * k2) / Relaxation;
        double k4 = f2 - (_z + H * k3) / Relaxation;
        _z += H / 6 * (k1 + 2 * k2 + 2 * k3 + k4);
    }

    /// <summary>The part of dz/dt that depends on time alone.</summary>
    double Drive(double t)
    {
        double drive = _settings.Wander * Math.Sin(2 * Math.PI * BreathFrequency * t) / Relaxation;
        foreach (EcgBeat beat in _nearby)
        {
            EcgWave[] waves = beat.Code switch
            {
                AnnotationCode.VentricularPremature => EcgMorphology.VentricularPremature,
                AnnotationCode.AtrialPremature => EcgMorphology.AtrialPremature,
                _ => EcgMorphology.Normal,
            };
            foreach (EcgWave wave in waves)
            {
                double scale = wave.ScalesWithRate ? beat.RateScale : 1;
                double width = wave.Width * scale, distance = (t - beat.Time - wave.Offset * scale) / width;
                if (Math.Abs(distance) < 8) drive -= wave.Amplitude / width * distance * Math.Exp(-distance * distance / 2);
            }
        }
        return drive;
    }
}
