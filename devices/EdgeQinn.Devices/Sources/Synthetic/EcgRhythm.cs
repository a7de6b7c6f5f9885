using EdgeQinn.Devices.Recordings;

namespace EdgeQinn.Devices.Sources.Synthetic;

/// <summary>One beat to come.</summary>
/// <param name="Time">R peak in s.</param>
/// <param name="Code">Its kind.</param>
/// <param name="RateScale">Square root of the RR interval before it in s: how far repolarisation shrinks.</param>
readonly record struct EcgBeat(double Time, AnnotationCode Code, double RateScale);

/// <summary>
/// When beats come. Sinus rhythm varies with blood pressure (Mayer waves, 0.1 Hz) and breath (0.25 Hz), the two peaks of the tachogram's spectrum in
/// McSharry et al. 2003. Atrial premature beats reset the sinus node, so the pause after them is not compensatory; ventricular ones do not, so it is.
/// </summary>
sealed class EcgRhythm
{
    const double FirstBeat = 0.5;          // s
    const double MayerFrequency = 0.1, BreathFrequency = 0.25; // Hz
    const double Variability = 0.03;       // standard deviation of the RR interval ÷ its mean
    const double AtrialCoupling = 0.58, AtrialCouplingSpread = 0.08;        // interval before, in RR intervals
    const double VentricularCoupling = 0.58, VentricularCouplingSpread = 0.08;
    const double AtrialPause = 1.08;       // the reset sinus node takes a little longer than usual
    const int QuietBeats = 4;              // regular beats at the start and between premature ones, at the least

    readonly GaussianNoise _random;
    readonly double _meanInterval, _ventricularShare, _atrialShare, _mayerPhase, _breathPhase;
    double _time, _sinusTime; // of the last beat; of the last discharge of the sinus node
    int _sincePremature;
    AnnotationCode _last = AnnotationCode.Normal;

    public EcgRhythm(double beatsPerMinute, double ventricularShare, double atrialShare, GaussianNoise random)
    {
        _random = random;
        _meanInterval = 60 / beatsPerMinute;
        (_ventricularShare, _atrialShare) = (ventricularShare, atrialShare);
        _mayerPhase = random.Between(0, 2 * Math.PI);
        _breathPhase = random.Between(0, 2 * Math.PI);
        _time = _sinusTime = FirstBeat - _meanInterval;
    }

    public EcgBeat Next()
    {
        double interval = SinusInterval();
        double sinus = _sinusTime + interval * (_last == AnnotationCode.AtrialPremature ? AtrialPause : 1);
        double draw = _random.Uniform(), spread = _random.Between(-1, 1);
        bool mayBePremature = _sincePremature >= QuietBeats;
        // A share of all beats: the quiet beats in between must be made up for.
        double scale = 1 / Math.Max(0.05, 1 - QuietBeats * (_ventricularShare + _atrialShare));

        double time;
        AnnotationCode code;
        if (mayBePremature && draw < _ventricularShare * scale)
        {
            code = AnnotationCode.VentricularPremature;
            time = _time + interval * (VentricularCoupling + VentricularCouplingSpread * spread);
            _sinusTime = sinus; // goes on discharging; this beat's own discharge is not conducted
        }
        else if (mayBePremature && draw < (_ventricularShare + _atrialShare) * scale)
        {
            code = AnnotationCode.AtrialPremature;
            time = _sinusTime = _time + interval * (AtrialCoupling + AtrialCouplingSpread * spread);
        }
        else
        {
            code = AnnotationCode.Normal;
            time = _sinusTime = sinus;
        }
        var beat = new EcgBeat(time, code, Math.Sqrt(Math.Clamp(time - _time, 0.4, 1.2)));
        _sincePremature = code == AnnotationCode.Normal ? _sincePremature + 1 : 0;
        (_time, _last) = (time, code);
        return beat;
    }

    double SinusInterval()
    {
        double t = 2 * Math.PI * _sinusTime;
        double wave = Math.Sin(MayerFrequency * t + _mayerPhase) + Math.Sin(BreathFrequency * t + _breathPhase); // variance 1
        return _meanInterval * (1 + Variability * wave + Variability / 4 * _random.Normal());
    }
}
