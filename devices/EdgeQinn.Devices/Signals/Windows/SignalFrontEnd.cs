using EdgeQinn.Devices.Signals.Filters;
using EdgeQinn.Devices.Sources;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Devices.Signals.Windows;

/// <summary>Brings a source to the contract's channel, unit, rate and filters, sample by sample.</summary>
sealed class SignalFrontEnd
{
    readonly Decimator? _decimator;
    readonly Resampler? _resampler;
    readonly BiquadCascade _filters;
    readonly double _scale;
    readonly int _up = 1, _down = 1; // output samples per source samples
    double _output;
    bool _ready;

    /// <exception cref="EdgeQinnException">The source's rate or unit does not fit the contract.</exception>
    public SignalFrontEnd(SignalContract contract, SourceInfo source)
    {
        Channel = SelectChannel(contract.Channels, source.Channels);
        _scale = Units.Conversion(source.Channels[Channel].Unit, contract.Unit)
            ?? throw new EdgeQinnException($"{source.Name}: channel {source.Channels[Channel].Name} is in {source.Channels[Channel].Unit}, the model wants {contract.Unit}");
        double ratio = double.IsNaN(source.SampleRate) ? 1 : source.SampleRate / contract.SampleRate, whole = Math.Clamp(Math.Round(ratio), 1, 1000);
        if (Math.Abs(ratio / whole - 1) <= 1e-6)
        {
            _down = (int)whole;
            if (_down > 1) _decimator = new(_down);
        }
        else
        {
            _resampler = Between(source, contract.SampleRate);
            (_up, _down) = (_resampler.Up, _resampler.Down);
        }
        _filters = new([.. contract.Filters.SelectMany(f => Design(f, contract.SampleRate))]);
        FilterDelay = contract.Filters.Count > 0 ? (int)Math.Round(_filters.GroupDelay(Math.Min(15, contract.SampleRate / 8), contract.SampleRate)) : 0;
    }

    /// <summary>Index of the source's channel that is used.</summary>
    public int Channel { get; }

    /// <summary>Source samples per output sample.</summary>
    public double Step => (double)_down / _up;

    /// <summary>Source samples an output comes after the sample it belongs to.</summary>
    public int Delay => _decimator?.Delay ?? _resampler?.Delay ?? 0;

    /// <summary>Samples by which the filters shift a QRS complex, whose power lies around 15 Hz.</summary>
    public int FilterDelay { get; }

    /// <summary>The source sample an output belongs to; between two, the earlier one.</summary>
    public long ToSource(long output) => output / _up * _down + output % _up * _down / _up;

    /// <summary>The output nearest to a source sample.</summary>
    public long ToOutput(double sourceSample) => (long)Math.Round(sourceSample / Step);

    /// <summary>Takes one source sample; read its outputs before the next.</summary>
    public void Write(double sample)
    {
        double x = sample * _scale;
        if (_resampler is not null) _resampler.Write(x);
        else if (_decimator is not null) _ready = _decimator.Process(x, out _output);
        else (_ready, _output) = (true, x);
    }

    /// <summary>The next output, if there is one.</summary>
    public bool TryRead(out double output)
    {
        output = 0;
        if (_resampler is not null) _ready = _resampler.TryRead(out _output);
        if (!_ready) return false;
        _ready = false;
        output = _filters.Process(_output);
        return true;
    }

    public void Reset()
    {
        _decimator?.Reset();
        _resampler?.Reset();
        _filters.Reset();
        _ready = false;
    }

    static Resampler Between(SourceInfo source, double rate)
    {
        try
        {
            return Resampler.Between(source.SampleRate, rate);
        }
        catch (ArgumentException e)
        {
            throw new EdgeQinnException($"{source.Name}: {e.Message}; the model wants {rate} Hz: choose another rate of the sensor, or resample the recording", e);
        }
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
