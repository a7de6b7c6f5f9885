using EdgeQinn.Devices.Sources;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Devices.Signals.Windows;

/// <summary>
/// Turns a stream of blocks into windows for the network, as the signal contract says. Exact in any chunking; allocates nothing once running.
/// <code>
/// while (source.Read(block))
/// {
///     windower.Accept(block);
///     while (windower.TryRead(out SignalWindow? window)) Classify(window);
/// }
/// windower.Finish();
/// while (windower.TryRead(out SignalWindow? window)) Classify(window);
/// </code>
/// </summary>
public abstract class Windower
{
    readonly SignalFrontEnd _frontEnd;
    readonly FeatureExtractor _features;
    readonly float[] _ring;
    readonly SampleStatus[] _statuses; // of the samples in the ring
    readonly int _mask;
    readonly double _sourceRate;
    SampleBlock? _block;
    int _blockAt;      // next sample of the block
    int _blockAnnotation;
    long _origin;      // source index of the first sample since the start or the last gap
    long _next;        // source index of the next sample
    TimeSpan _time;    // of the block's first sample
    int _padding;

    private protected Windower(SignalContract contract, SourceInfo source, int history)
    {
        Contract = contract;
        _frontEnd = new(contract, source);
        _features = new(contract);
        Window = new(_features.Inputs);
        _mask = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)history) - 1;
        _ring = new float[_mask + 1];
        _statuses = new SampleStatus[_mask + 1];
        _sourceRate = contract.SampleRate * _frontEnd.Factor;
        SourceChannel = _frontEnd.Channel;
    }

    /// <summary>The windower for a contract's trigger.</summary>
    /// <param name="contract">What the network wants.</param>
    /// <param name="source">What the source delivers.</param>
    /// <param name="trigger">Where beats come from; other windows do not need it.</param>
    /// <param name="hop">Samples from window to window in place of the contract's; null for the contract's.</param>
    /// <exception cref="EdgeQinnException">The source does not fit the contract: rate, unit, no annotations.</exception>
    public static Windower Create(SignalContract contract, SourceInfo source, BeatTrigger trigger = BeatTrigger.Qrs, int? hop = null) =>
        contract.Window.Trigger == WindowTrigger.Beat ? new BeatWindower(contract, source, trigger) : new SlidingWindower(contract, source, hop);

    /// <summary>The contract the windows follow.</summary>
    public SignalContract Contract { get; }

    /// <summary>Index of the source's channel the windows are made from.</summary>
    public int SourceChannel { get; }

    /// <summary>
    /// Seconds from the sample a window is named by (R peak, or first sample) to the last one it must wait for, at the least;
    /// beats wait for the next beat beyond that.
    /// </summary>
    public abstract double Delay { get; }

    /// <summary>Times the stream broke off (samples lost, jump in the index): filters and intervals started anew there.</summary>
    public long Gaps { get; private set; }

    /// <summary>Hands in the next block; all windows of the block before must have been read.</summary>
    public void Accept(SampleBlock block)
    {
        if (_block is not null && _blockAt < _block.Count) throw new InvalidOperationException("read all windows before handing in the next block");
        if (block.Count == 0) return;
        bool gap = _block is null || block.Lost > 0 || block.FirstSample != _next;
        if (gap)
        {
            if (_block is not null) Gaps++;
            _frontEnd.Reset();
            (_origin, _next, Count) = (block.FirstSample, block.FirstSample, 0);
            Restart();
        }
        _block = block;
        _blockAt = 0;
        _time = block.Timestamp;
        _blockAnnotation = 0;
    }

    /// <summary>The source has ended: windows that waited for delayed samples can be read now.</summary>
    public void Finish() => _padding = _frontEnd.Delay + PaddingSamples * _frontEnd.Factor;

    /// <summary>The next window of what was handed in. The object and its arrays are valid until the next call.</summary>
    public bool TryRead([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out SignalWindow? window)
    {
        window = Window;
        if (TryEmit()) return true;
        while (TryStep(out double sample, out bool produced))
        {
            if (!produced) continue;
            _statuses[Count & _mask] = _block!.Status;
            _ring[Count++ & _mask] = (float)sample;
            Process(sample);
            if (TryEmit()) return true;
        }
        window = null;
        return false;
    }

    /// <summary>Runs one source sample, or one repeated at the end, through the front end.</summary>
    bool TryStep(out double sample, out bool produced)
    {
        produced = false;
        sample = 0;
        if (_block is null) return false;
        if (_blockAt < _block.Count)
        {
            produced = _frontEnd.Process(_block.Channel(_frontEnd.Channel)[_blockAt++], out sample);
            while (_blockAnnotation < _block.Annotations.Count && _block.Annotations[_blockAnnotation].Sample <= _next) Annotate(_block.Annotations[_blockAnnotation++]);
            _next++;
            return true;
        }
        if (_padding == 0) return false;
        _padding--;
        produced = _frontEnd.Process(float.NaN, out sample); // the last value again
        return true;
    }

    private protected SignalWindow Window { get; }

    /// <summary>Samples at the contract's rate since the start or the last gap.</summary>
    private protected long Count { get; private set; }

    /// <summary>Samples that are made up at the end so that the last windows come out.</summary>
    private protected virtual int PaddingSamples => 0;

    private protected int FilterDelay => _frontEnd.FilterDelay;

    private protected double DecimationDelay => _frontEnd.Delay / _sourceRate;

    /// <summary>Index at the contract's rate of a source sample.</summary>
    private protected long ToCount(long sourceSample) => (long)Math.Round((sourceSample - _origin) / (double)_frontEnd.Factor);

    private protected long ToSource(long count) => _origin + count * _frontEnd.Factor;

    /// <summary>Copies samples [<paramref name="start"/>, start + length) from the history, and what is known to be wrong with them.</summary>
    private protected void CopyHistory(long start, Span<float> to)
    {
        int at = (int)(start & _mask), first = Math.Min(to.Length, _ring.Length - at);
        _ring.AsSpan(at, first).CopyTo(to);
        _ring.AsSpan(0, to.Length - first).CopyTo(to[first..]);
        Window.Status = SampleStatus.None;
        for (int i = 0; i < to.Length; i++) Window.Status |= _statuses[(start + i) & _mask];
    }

    /// <summary>Fills the inputs and names the window by a sample.</summary>
    private protected void Publish(ReadOnlySpan<float> samples, ReadOnlySpan<float> intervals, long count, int label, Recordings.AnnotationCode code)
    {
        _features.Extract(samples, intervals);
        Window.Sample = ToSource(count);
        Window.Time = TimeOf(Window.Sample);
        Window.Ready = TimeOf(_next - 1);
        Window.Label = label;
        Window.Code = code;
    }

    TimeSpan TimeOf(long sourceSample) => _time + TimeSpan.FromSeconds((sourceSample - _block!.FirstSample) / _sourceRate);

    /// <summary>Takes note of an event of the source sample just taken; with decimation that sample comes out later.</summary>
    private protected virtual void Annotate(Recordings.Annotation annotation) { }

    /// <summary>Takes note of a new sample, which is in the history already.</summary>
    private protected virtual void Process(double sample) { }

    /// <summary>Publishes the next window if it is complete.</summary>
    private protected abstract bool TryEmit();

    /// <summary>Forgets what was before a gap.</summary>
    private protected abstract void Restart();
}
