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
    readonly ContinuousSignal _signal;
    readonly FeatureExtractor _features;
    readonly StreamNormalizer? _normalizer;
    readonly float[] _ring;
    readonly SampleStatus[] _statuses; // of the samples in the ring
    readonly int _mask;
    readonly double _sourceRate;
    SampleStatus _status; // of what was fed since the last sample went into the ring
    long _stretch;

    private protected Windower(SignalContract contract, SourceInfo source, int history, int hop = 0)
    {
        Contract = contract;
        _frontEnd = new(contract, source);
        _features = new(contract);
        _normalizer = contract.Normalization is { } normalization ? new(normalization, contract.SampleRate) : null;
        Window = new(_features.Inputs) { Hop = hop };
        _mask = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)history) - 1;
        _ring = new float[_mask + 1];
        _statuses = new SampleStatus[_mask + 1];
        _sourceRate = contract.SampleRate * _frontEnd.Step;
        _signal = new(contract.Continuity, _sourceRate, _frontEnd.Channel, checked((int)Math.Ceiling((_mask + 1) * _frontEnd.Step) + 2 * _frontEnd.Delay + 1));
        _stretch = _signal.Stretch;
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

    /// <summary>What was missing, double or late, and what was made of it.</summary>
    public ContinuityCounts Continuity => _signal.Counts;

    /// <summary>Hands in the next block; all windows of the block before must have been read.</summary>
    public void Accept(SampleBlock block) => _signal.Accept(block);

    /// <summary>The source has ended: windows that waited for delayed samples can be read now.</summary>
    public void Finish() => _signal.Finish(_frontEnd.Delay + (int)Math.Ceiling(PaddingSamples * _frontEnd.Step));

    /// <summary>The next window of what was handed in. The object and its arrays are valid until the next call.</summary>
    public bool TryRead([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out SignalWindow? window)
    {
        window = Window;
        if (TryEmit()) return true;
        while (true)
        {
            while (_frontEnd.TryRead(out double sample))
            {
                _statuses[Count & _mask] = _status;
                _status = SampleStatus.None;
                _ring[Count++ & _mask] = (float)(_normalizer?.Process(sample) ?? sample);
                Process(sample);
                if (TryEmit()) return true;
            }
            if (_signal.TryRead(out double x)) _frontEnd.Write(x);
            else if (!TryFeed()) break;
        }
        window = null;
        return false;
    }

    bool TryFeed()
    {
        if (!_signal.TryFeed()) return false;
        if (_signal.Stretch != _stretch) Begin();
        _status |= _signal.Status;
        while (_signal.TryRead(out Recordings.Annotation annotation)) Annotate(annotation);
        return true;
    }

    /// <summary>What follows has nothing to do with what was before.</summary>
    void Begin()
    {
        (_stretch, Count, _status) = (_signal.Stretch, 0, SampleStatus.None);
        _frontEnd.Reset();
        _normalizer?.Reset();
        Restart();
    }

    private protected SignalWindow Window { get; }

    /// <summary>Samples at the contract's rate since the start or the last gap.</summary>
    private protected long Count { get; private set; }

    /// <summary>Samples that are made up at the end so that the last windows come out.</summary>
    private protected virtual int PaddingSamples => 0;

    private protected int FilterDelay => _frontEnd.FilterDelay;

    private protected double DecimationDelay => (_frontEnd.Delay + _signal.Delay) / _sourceRate;

    /// <summary>Index at the contract's rate of a source sample.</summary>
    private protected long ToCount(long sourceSample) => _frontEnd.ToOutput(_signal.FromSource(sourceSample));

    private protected long ToSource(long count) => _signal.ToSource(_frontEnd.ToSource(count));

    /// <summary>Copies samples [<paramref name="start"/>, start + length) from the history, and what is known to be wrong with them.</summary>
    private protected void CopyHistory(long start, Span<float> to)
    {
        int at = (int)(start & _mask), first = Math.Min(to.Length, _ring.Length - at);
        _ring.AsSpan(at, first).CopyTo(to);
        _ring.AsSpan(0, to.Length - first).CopyTo(to[first..]);
        (Window.Status, Window.Filled) = (SampleStatus.None, 0);
        for (int i = 0; i < to.Length; i++)
        {
            SampleStatus status = _statuses[(start + i) & _mask];
            Window.Status |= status;
            if ((status & SampleStatus.Filled) != 0) Window.Filled++;
        }
        (Window.First, Window.Last) = (ToSource(start), ToSource(start + to.Length - 1));
    }

    /// <summary>Fills the inputs and names the window by a sample.</summary>
    private protected void Publish(ReadOnlySpan<float> samples, ReadOnlySpan<float> intervals, long count, int label, Recordings.AnnotationCode code)
    {
        _features.Extract(samples, intervals);
        (Window.Stretch, Window.Start) = (_stretch, count);
        Window.Sample = ToSource(count);
        Window.Time = _signal.TimeOf(Window.Sample);
        Window.Ready = _signal.Newest;
        Window.LostBefore = _signal.TakeLost();
        Window.Label = label;
        Window.Code = code;
    }

    /// <summary>Takes note of an event of the source sample just taken; with decimation that sample comes out later.</summary>
    private protected virtual void Annotate(Recordings.Annotation annotation) { }

    /// <summary>Takes note of a new sample, which is in the history already.</summary>
    private protected virtual void Process(double sample) { }

    /// <summary>Publishes the next window if it is complete.</summary>
    private protected abstract bool TryEmit();

    /// <summary>Forgets what was before a gap.</summary>
    private protected abstract void Restart();
}
