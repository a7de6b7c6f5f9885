using EdgeQinn.Devices.Sources;

namespace EdgeQinn.Devices.Sensors.Simulation;

/// <summary>What a chip measures: the value of a channel, in its unit, at a time in seconds since the simulation began.</summary>
public delegate double Stimulus(double seconds, int channel);

/// <summary>A chip as its datasheet describes it, seen from the bus: registers, buffer, data-ready, power-on state.</summary>
public abstract class SimulatedChip
{
    readonly MonotonicClock _clock;
    readonly TimeSpan _origin;
    readonly double _error;
    TimeSpan _samplingSince;
    long _taken;
    double _rate;
    bool _wasGone;

    /// <param name="clock">The time the chip lives in.</param>
    /// <param name="faults">What it suffers from.</param>
    /// <param name="oscillatorError">Relative error of its clock, such as 0.02.</param>
    protected SimulatedChip(MonotonicClock clock, ChipFaults faults, double oscillatorError)
    {
        (_clock, Faults, _error) = (clock, faults, oscillatorError);
        _origin = clock.Now;
    }

    /// <summary>What the chip suffers from.</summary>
    public ChipFaults Faults { get; }

    /// <summary>Samples taken since the chip was switched on.</summary>
    public long SamplesTaken { get; private set; }

    /// <summary>Brings the chip up to now: power, then samples.</summary>
    public void Advance()
    {
        if (Faults.Current == ChipFault.Gone)
        {
            _wasGone = true;
            return;
        }
        if (_wasGone)
        {
            _wasGone = false;
            _rate = 0;
            PowerOn();
        }
        if (_rate <= 0) return;
        TimeSpan now = _clock.Now;
        if (Faults.Current == ChipFault.Silent)
        {
            (_samplingSince, _taken) = (now, 0);
            return;
        }
        long due = (long)((now - _samplingSince).TotalSeconds * _rate * (1 + _error) + 1e-6);
        for (; _taken < due; _taken++)
        {
            TimeSpan time = _samplingSince + TimeSpan.FromSeconds((_taken + 1) / (_rate * (1 + _error)));
            Take((time - _origin).TotalSeconds, time);
            SamplesTaken++;
        }
    }

    /// <summary>When the next sample is taken; null while the chip does not sample.</summary>
    public TimeSpan? NextSample
    {
        get
        {
            Advance();
            return _rate > 0 && Faults.Current is not (ChipFault.Gone or ChipFault.Silent)
                ? _samplingSince + TimeSpan.FromSeconds((_taken + 1) / (_rate * (1 + _error))) : null;
        }
    }

    /// <summary>Sampling begins, or ends at rate 0.</summary>
    protected void SampleAt(double rate)
    {
        if (rate == _rate) return;
        (_rate, _samplingSince, _taken) = (rate, _clock.Now, 0);
    }

    /// <summary>The clock of the simulation, in seconds since it began.</summary>
    protected double Seconds => (_clock.Now - _origin).TotalSeconds;

    /// <summary>Takes one sample.</summary>
    protected abstract void Take(double seconds, TimeSpan time);

    /// <summary>Registers go to their reset values, buffers are empty, nothing is sampled.</summary>
    protected abstract void PowerOn();

    /// <summary>A value as a converter of some bits gives it: rounded, cut off at the range's ends.</summary>
    protected int Convert(double value, double perLsb, int bits)
    {
        int most = (1 << (bits - 1)) - 1;
        if (Faults.Current == ChipFault.Saturated) return most;
        return (int)Math.Clamp(Math.Round(value / perLsb), -most - 1, most);
    }
}
