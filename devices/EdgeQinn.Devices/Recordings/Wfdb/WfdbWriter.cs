using EdgeQinn.Devices.Sources;

namespace EdgeQinn.Devices.Recordings.Wfdb;

/// <summary>
/// Writes a WFDB record as it comes in. The header is there from the start, without a length, so that a recording cut off
/// by a power failure can be read up to where it stopped.
/// </summary>
public sealed class WfdbWriter : IDisposable
{
    readonly string _stem;
    readonly WfdbFormat _format;
    readonly FileStream _signals, _annotations;
    readonly short[] _checksums;
    WfdbHeader _header;
    Annotation? _lastAnnotation;
    long _length;
    int _carry;

    /// <summary>Creates the header, signal and annotation files.</summary>
    /// <param name="stem">Path without extension.</param>
    /// <param name="sampleRate">Samples per second and signal.</param>
    /// <param name="channels">The signals.</param>
    /// <param name="format">Packing; 212 holds 12 bits, 16 holds 16.</param>
    /// <param name="gain">ADC units per physical unit: what is finer than its inverse is lost.</param>
    public WfdbWriter(string stem, double sampleRate, IReadOnlyList<Channel> channels, WfdbFormat format = WfdbFormat.Bits16, double gain = 2000)
    {
        _stem = stem;
        _format = format;
        string name = Path.GetFileName(stem);
        _header = new(name, sampleRate, null,
            [.. channels.Select(c => new WfdbSignal(name + ".dat", format, gain, 0, c.Unit, c.Name) { AdcResolution = WfdbSamples.Bits(format) })], []);
        _checksums = new short[channels.Count];
        WriteHeader();
        _signals = Create(stem + ".dat");
        _annotations = Create(stem + ".atr");
    }

    /// <summary>Samples per signal written so far.</summary>
    public long Length => _length;

    /// <summary>Replaces a block's samples by what a reader of the record will see.</summary>
    public void Round(SampleBlock block)
    {
        for (int c = 0; c < _checksums.Length; c++)
        {
            WfdbSignal signal = _header.Signals[c];
            foreach (ref float x in block.Buffer(c)[..block.Count])
                if (!float.IsNaN(x)) x = signal.ToPhysical(ToAdc(signal, x));
        }
    }

    /// <summary>Appends samples of which nothing is known.</summary>
    public void WriteMissing(long count)
    {
        int missing = WfdbSamples.Missing(_format);
        for (long i = 0; i < count * _checksums.Length; i++)
        {
            WfdbSamples.Write(_signals, _format, ref _carry, missing);
            int signal = (int)(i % _checksums.Length);
            _checksums[signal] = unchecked((short)(_checksums[signal] + missing));
        }
        _length += count;
    }

    /// <summary>Hands everything so far to the kernel: the death of this process does not cost it any more.</summary>
    /// <param name="toDisk">Wait until it is on the disk: then a power cut does not either.</param>
    public void Flush(bool toDisk)
    {
        _signals.Flush(toDisk);
        _annotations.Flush(toDisk);
    }

    /// <summary>
    /// Appends a block's samples and annotations; values the format cannot hold become its extremes, NaN its mark for missing samples.
    /// </summary>
    /// <param name="block">The block.</param>
    /// <param name="origin">The source's index of the record's first sample, for the annotations.</param>
    public void Write(SampleBlock block, long origin = 0)
    {
        if (_length == 0 && block.Count > 0) Begin(block);
        for (int t = 0; t < block.Count; t++)
        {
            for (int c = 0; c < _checksums.Length; c++)
            {
                int adc = ToAdc(_header.Signals[c], block.Channel(c)[t]);
                WfdbSamples.Write(_signals, _format, ref _carry, adc);
                _checksums[c] = unchecked((short)(_checksums[c] + adc));
            }
        }
        foreach (Annotation a in block.Annotations) Write(a with { Sample = a.Sample - origin });
        _length += block.Count;
    }

    void Begin(SampleBlock block) =>
        _header = _header with { Signals = [.. _header.Signals.Select((s, c) => s with { InitialValue = ToAdc(s, block.Channel(c)[0]) })] };

    static FileStream Create(string path) => new(path, FileMode.Create, FileAccess.Write, FileShare.Read);

    /// <summary>Appends an annotation, at or after the one before.</summary>
    public void Write(Annotation annotation)
    {
        WfdbAnnotations.Write(_annotations, annotation, _lastAnnotation);
        _lastAnnotation = annotation;
    }

    /// <summary>Finishes the files and completes the header with length and checksums.</summary>
    public void Dispose()
    {
        WfdbSamples.Flush(_signals, ref _carry);
        _signals.Dispose();
        WfdbAnnotations.WriteEnd(_annotations);
        _annotations.Dispose();
        _header = _header with { Length = _length, Signals = [.. _header.Signals.Select((s, c) => s with { Checksum = _checksums[c] })] };
        WriteHeader();
    }

    int ToAdc(WfdbSignal signal, float value)
    {
        int missing = WfdbSamples.Missing(_format);
        return float.IsNaN(value) ? missing : (int)Math.Clamp(Math.Round(value * signal.Gain) + signal.Baseline, missing + 1, -missing - 1);
    }

    /// <summary>Replaces the header in one step, so that there is always a whole one.</summary>
    void WriteHeader()
    {
        File.WriteAllText(_stem + ".hea.new", _header.Format());
        File.Move(_stem + ".hea.new", _stem + ".hea", overwrite: true);
    }
}
