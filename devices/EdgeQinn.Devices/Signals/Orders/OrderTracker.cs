using EdgeQinn.Devices.Signals.Filters;

namespace EdgeQinn.Devices.Signals.Orders;

/// <summary>
/// Resamples a signal from equal steps of time to equal steps of shaft angle, so that what turns with the shaft stands still in the spectrum whatever
/// the speed does (computed order tracking, Fyfe and Munck, MSSP 11(2), 1997). Three pulses give an angle of constant acceleration, θ = b₁t + b₂t²,
/// which is used over its middle half. In between the signal is interpolated by a sinc under Kaiser's window, cut off at half the angular
/// sampling rate where that is the lower one, so that orders above it do not fold. Exact in any chunking, no allocation.
/// </summary>
public sealed class OrderTracker
{
    const int ZeroCrossings = 16, Resolution = 512; // of the kernel, on each side; table entries per crossing
    const double Decibel = 80, PassbandEnd = 0.9;
    const int MostPulses = 64;

    static readonly double[] Kernel = MakeKernel();

    readonly double _sampleRate, _anglePerPulse;
    readonly double _longest;              // samples between pulses at the lowest speed
    readonly int _perRevolution;
    readonly float[] _history;
    readonly int _mask;
    readonly double[] _pulses = new double[MostPulses];
    long _inputs, _pulseCount, _segment;   // segment k lies around pulse k + 1
    double _angle;                         // of the next output within its segment, from the segment's first pulse, in output steps
    double _first, _b1, _b2;               // the segment's first pulse and polynomial, in output steps and samples
    bool _fitted, _started;

    /// <param name="sampleRate">In Hz.</param>
    /// <param name="samplesPerRevolution">Output samples per turn of the shaft: twice the highest order and some more.</param>
    /// <param name="pulsesPerRevolution">Of the tachometer.</param>
    /// <param name="lowestSpeed">In revolutions per second; slower turns are left out, as standstill is.</param>
    public OrderTracker(double sampleRate, int samplesPerRevolution, int pulsesPerRevolution, double lowestSpeed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(samplesPerRevolution, 2);
        ArgumentOutOfRangeException.ThrowIfLessThan(pulsesPerRevolution, 1);
        if (!(sampleRate > 0)) throw new ArgumentOutOfRangeException(nameof(sampleRate), sampleRate, "must be above 0");
        if (!(lowestSpeed > 0)) throw new ArgumentOutOfRangeException(nameof(lowestSpeed), lowestSpeed, "must be above 0");
        (_sampleRate, _perRevolution) = (sampleRate, samplesPerRevolution);
        _anglePerPulse = (double)samplesPerRevolution / pulsesPerRevolution;
        _longest = sampleRate / (lowestSpeed * pulsesPerRevolution);
        double reach = ZeroCrossings * Math.Max(1, _longest / _anglePerPulse) / PassbandEnd;
        _mask = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)(3 * _longest + 2 * reach) + 8) - 1;
        _history = new float[_mask + 1];
    }

    /// <summary>Revolutions per second at the last output.</summary>
    public double Speed { get; private set; }

    /// <summary>Input sample the last output belongs to, with its fraction.</summary>
    public double Position { get; private set; }

    /// <summary>Times the output began anew: at the first pulses, and after turns below the lowest speed.</summary>
    public long Starts { get; private set; }

    /// <summary>Takes one sample.</summary>
    public void Write(double x) => _history[_inputs++ & _mask] = (float)x;

    /// <summary>Takes a pulse; <see cref="TryRead"/> everything first.</summary>
    /// <param name="position">In samples since the first, as <see cref="Tachometer"/> gives it; beyond the pulse before.</param>
    public void Pulse(double position)
    {
        if (_pulseCount > 0 && !(position > _pulses[(_pulseCount - 1) % MostPulses]))
            throw new ArgumentOutOfRangeException(nameof(position), position, "pulses follow one another");
        if (_pulseCount - _segment >= MostPulses) throw new InvalidOperationException("read the outputs before handing in more pulses");
        _pulses[_pulseCount++ % MostPulses] = position;
    }

    /// <summary>The next output, if the pulses and samples it needs are there.</summary>
    public bool TryRead(out double y)
    {
        y = 0;
        while (_segment + 2 < _pulseCount)
        {
            if (!_fitted && !Fit())
            {
                _segment++;
                continue;
            }
            if (_angle >= 1.5 * _anglePerPulse) // beyond the middle half: the next three pulses know better
            {
                _angle -= _anglePerPulse;
                _segment++;
                _fitted = false;
                continue;
            }
            double root = Math.Sqrt(_b1 * _b1 + 4 * _b2 * _angle), t = 2 * _angle / (_b1 + root), at = _first + t;
            double stretch = Math.Max(1, 1 / root) / PassbandEnd; // root = dθ/dt: output steps per sample
            double reach = ZeroCrossings * stretch;
            if (at + reach >= _inputs) return false;
            y = Interpolate(at, stretch, reach);
            Position = at;
            Speed = root * _sampleRate / _perRevolution;
            _angle += 1;
            return true;
        }
        return false;
    }

    /// <summary>Lays the parabola through the segment's three pulses.</summary>
    /// <returns>False if the shaft turned too slowly there.</returns>
    bool Fit()
    {
        _first = _pulses[_segment % MostPulses];
        double d1 = _pulses[(_segment + 1) % MostPulses] - _first, d2 = _pulses[(_segment + 2) % MostPulses] - _first;
        // θ(d1) = Δ and θ(d2) = 2Δ.
        _b2 = _anglePerPulse * (2 * d1 - d2) / (d1 * d2 * (d2 - d1));
        _b1 = _anglePerPulse / d1 - _b2 * d1;
        bool turning = d1 <= _longest && d2 - d1 <= _longest;
        // A parabola that turns back within its middle half is no motion of a shaft: pulses are missing or false.
        bool forward = _b1 * _b1 + 4 * _b2 * 1.5 * _anglePerPulse > 0 && _b1 + 2 * _b2 * d2 > 0 && _b1 > 0;
        if (!turning || !forward)
        {
            _started = false;
            return false;
        }
        if (!_started)
        {
            _started = true;
            Starts++;
            _angle = Math.Ceiling(0.5 * _anglePerPulse); // whole steps from the pulse
        }
        return _fitted = true;
    }


    double Interpolate(double at, double stretch, double reach)
    {
        long from = Math.Max(0, (long)Math.Ceiling(at - reach)), to = (long)Math.Floor(at + reach);
        double sum = 0, weights = 0, scale = Resolution / stretch;
        for (long i = from; i <= to; i++)
        {
            double place = Math.Abs(i - at) * scale;
            int entry = (int)place;
            double fraction = place - entry, weight = Kernel[entry] + fraction * (Kernel[entry + 1] - Kernel[entry]);
            sum += weight * _history[i & _mask];
            weights += weight;
        }
        return sum / weights; // keeps a constant exactly
    }

    static double[] MakeKernel()
    {
        double[] kernel = new double[ZeroCrossings * Resolution + 2];
        for (int i = 0; i < ZeroCrossings * Resolution; i++)
        {
            double x = (double)i / Resolution;
            kernel[i] = (i == 0 ? 1 : Math.Sin(Math.PI * x) / (Math.PI * x)) * KaiserLowpass.Window(x / ZeroCrossings, KaiserLowpass.Beta(Decibel));
        }
        return kernel;
    }

    /// <summary>Forgets all past samples and pulses; the next sample is number 0.</summary>
    public void Reset() => (_inputs, _pulseCount, _segment, _angle, _fitted, _started, Starts) = (0, 0, 0, 0, false, false, 0);
}
