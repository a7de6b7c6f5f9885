using EdgeQinn.Devices.Sources;
using EdgeQinn.Devices.Sources.Synthetic;

namespace EdgeQinn.Devices.Sensors.Simulation;

/// <summary>What simulated chips opened by a source string measure.</summary>
static class Stimuli
{
    /// <summary>A synthetic ECG in mV.</summary>
    public static Stimulus Ecg()
    {
        var signal = new HeldSignal(new SyntheticEcg(new()));
        return (t, _) => signal.At(t);
    }

    /// <summary>A synthetic ECG behind an amplifier, in V.</summary>
    public static Stimulus AmplifiedEcg(double gain, double middle)
    {
        Stimulus ecg = Ecg();
        return (t, c) => middle + ecg(t, c) * 1e-3 * gain;
    }

    /// <summary>A machine with a bearing fault, in g: x across the shaft, z along gravity.</summary>
    public static Stimulus Vibration()
    {
        var signal = new HeldSignal(new SyntheticBearing(new(BearingFault.Outer, Size: 14)));
        return (t, c) => c switch
        {
            0 => signal.At(t),
            1 => 0.6 * signal.At(t),
            2 => 1 + 0.4 * signal.At(t),
            _ => signal.At(t), // gyroscope axes
        };
    }

    /// <summary>A board's supply: 5 V, 0.6 A with some ripple. Channel 0 is volts, channel 1 amperes.</summary>
    public static Stimulus Supply() => (t, c) => c == 0 ? 5.1 - 0.02 * Math.Sin(t) : 0.6 + 0.1 * Math.Sin(7 * t);

    /// <summary>A source's signal between its samples: the last one holds.</summary>
    sealed class HeldSignal(ISampleSource source)
    {
        readonly SampleBlock _block = new(1, 256);

        public double At(double seconds)
        {
            long sample = (long)(seconds * source.Info.SampleRate);
            while (sample >= _block.FirstSample + _block.Count && source.Read(_block)) { }
            return _block.Channel(0)[(int)Math.Clamp(sample - _block.FirstSample, 0, _block.Count - 1)];
        }
    }
}
