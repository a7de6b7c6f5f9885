using EdgeQinn.Devices.Signals.Filters;
using EdgeQinn.Devices.Sources;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Devices.Signals.Windows;

/// <summary>Brings a source to the contract's channel, unit, rate and filters, sample by sample.</summary>
sealed class SignalFrontEnd
{
    readonly Decimator? _decimator;
    readonly BiquadCascade _filters;
    readonly double _scale;
    double _held;

    /// <exception cref="EdgeQinnException">The source's rate or unit does not fit the contract.</exception>
    public SignalFrontEnd(SignalContract contract, SourceInfo source)
    {
        Channel = SelectChannel(contract.Channels, source.Channels);
        _scale = Units.Conversion(source.Channels[Channel].Unit, contract.Unit)
            ?? throw new EdgeQinnException($"{source.Name}: channel {source.Channels[Channel].Name} is in {source.Channels[Channel].Unit}, the model wants {contract.Unit}");
        double ratio = double.IsNaN(source.SampleRate) ? 1 : source.SampleRate / contract.SampleRate;
        Factor = (int)Math.Clamp(Math.Round(ratio), 1, 1000);
        if (Math.Abs(ratio / Factor - 1) > 1e-6)
            throw new EdgeQinnException($"{source.Name}: {source.SampleRate} Hz is no whole multiple of the {contract.SampleRate} Hz the model wants; resample the recording");
        _decimator = Factor > 1 ? new Decimator(Factor) : null;
        _filters = new([.. contract.Filters.SelectMany(f => Design(f, contract.SampleRate))]);
        FilterDelay = contract.Filters.Count > 0 ? (int)Math.Round(_filters.GroupDelay(Math.Min(15, contract.SampleRate / 8), contract.SampleRate)) : 0;
    }

    /// <summary>Index of the source's channel that is used.</summary>
    public int Channel { get; }

    /// <summary>Source samples per output sample; output k belongs to source sample k · Factor.</summary>
    public int Factor { get; }

    /// <summary>Source samples an output comes after the sample it belongs to.</summary>
    public int Delay => _decimator?.Delay ?? 0;

    /// <summary>Samples by which the filters shift a QRS complex, whose power lies around 15 Hz.</summary>
    public int FilterDelay { get; }

    /// <summary>Takes one source sample; a missing one (NaN) repeats the one before.</summary>
    public bool Process(float sample, out double output)
    {
        if (!float.IsNaN(sample)) _held = sample * _scale;
        output = _held;
        if (_decimator is not null && !_decimator.Process(_held, out output)) return false;
        output = _filters.Process(output);
        return true;
    }

    public void Reset()
    {
        _decimator?.Reset();
        _filters.Reset();
        _held = 0;
    }

    /// <summary>The first preferred name the source has, else channel 0; a leading * in a name stands for any beginning.</summary>
    static int SelectChannel(IReadOnlyList<string> preferred, IReadOnlyList<Channel> channels)
    {
        foreach (string name in preferred)
        {
            for (int c = 0; c < channels.Count; c++)
            {
                if (name.StartsWith('*') ? channels[c].Name.EndsWith(name[1..], StringComparison.Ordinal) : channels[c].Name == name) return c;
            }
        }
        return 0;
    }

    static Biquad[] Design(FilterStep f, double rate) => f.Kind switch
    {
        FilterKind.LowPass => Butterworth.Lowpass(f.Order, f.High, rate),
        FilterKind.HighPass => Butterworth.Highpass(f.Order, f.Low, rate),
        FilterKind.BandPass => Butterworth.Bandpass(f.Order, f.Low, f.High, rate),
        FilterKind.BandStop => Butterworth.Bandstop(f.Order, f.Low, f.High, rate),
        _ => [Notch.Design(f.Low, f.Quality, rate)],
    };
}
