using EdgeQinn.Devices.Signals.Filters;
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
    static long _stretches;

    readonly SignalFrontEnd _frontEnd;
    readonly FeatureExtractor _features;
    readonly StreamNormalizer? _normalizer;
    readonly ContinuityRule _rule;
    readonly TimeSpan _mostJitter;
    readonly long _mostFilled;         // samples
    readonly ClockTracker _clock;
    readonly DriftCorrector? _drift;   // where the rule wants it
    readonly float[] _ring;
    readonly SampleStatus[] _statuses; // of the samples in the ring
    readonly int _mask;
    readonly double _sourceRate;
    SampleBlock? _block;
    int _blockAt, _blockCount; // next sample of the block, of how many
    int _blockAnnotation;
    long _origin;      // source index of the first sample since the start or the last gap
    long _next;        // source index of the next sample, where none is missing
    long _missing;     // samples that are missing there
    long _fill, _fillCount; // samples still to be made up, of how many
    long _gapFrom, _gapTo;  // the last gap
    long _first;       // source index of the block's first sample
    TimeSpan _time;    // of that sample
    double _start;     // when the sample at the origin was taken, in seconds
    bool _started, _discontinuous;
    float _held, _after; // samples before and behind what is made up
    SampleStatus _status; // of what was fed since the last sample went into the ring
    long _lostBefore;
    int _padding;
    long _stretch = Interlocked.Increment(ref _stretches);

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
        _rule = contract.Continuity;
        _mostJitter = TimeSpan.FromSeconds(_rule.MostJitter);
        _mostFilled = _rule.Gaps == GapAction.Reset ? 0 : (long)(_rule.LongestGap * _sourceRate);
        _clock = new(_sourceRate);
        if (_rule.Drift == DriftAction.Resample) _drift = new(_clock, _sourceRate, checked((int)Math.Ceiling((_mask + 1) * _frontEnd.Step) + 2 * _frontEnd.Delay + 1));
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
    public ContinuityCounts Continuity { get; } = new();

    /// <summary>Hands in the next block; all windows of the block before must have been read.</summary>
    public void Accept(SampleBlock block)
    {
        if (_blockAt < _blockCount) throw new InvalidOperationException("read all windows before handing in the next block");
        if (block.Count == 0) return;
        _blockAt = _started ? Follow(block) : 0;
        if (!_started)
        {
            (_started, _origin, _next, _lostBefore, _start) = (true, block.FirstSample, block.FirstSample, block.Lost, block.Timestamp.TotalSeconds);
            Continuity.Lost += block.Lost; // before the first block got here
        }
        (_block, _blockCount) = (block, block.Count);
        _first = block.FirstSample;
        _time = block.Timestamp;
        _blockAnnotation = 0;
        if (_blockAt == 0) Keep(block);
    }

    /// <summary>Measures the source's clock, and does what the rule says about its drift.</summary>
    void Keep(SampleBlock block)
    {
        _clock.Add(block.FirstSample, block.Timestamp.TotalSeconds);
        if (!_clock.IsReady) return;
        Continuity.DriftPpm = (_clock.Rate / _sourceRate - 1) * 1e6;
        if (_discontinuous) return;
        if (_drift is not null)
        {
            _drift.Steer(_origin, _start);
            Continuity.Stretched = _drift.Stretched;
        }
        else if (_rule.Drift == DriftAction.Reset && Math.Abs(_clock.TimeOf(_next) - _start - (_next - _origin) / _sourceRate) > _rule.MostDrift)
        {
            Continuity.DriftResets++;
            _discontinuous = true;
        }
    }

    /// <summary>Compares a block with where the block before ended.</summary>
    /// <returns>Its first sample that is new.</returns>
    int Follow(SampleBlock block)
    {
        long end = _next + _missing, jump = block.FirstSample - end;
        TimeSpan deviation = block.Timestamp - _time - TimeSpan.FromSeconds((block.FirstSample - _first) / _sourceRate);
        bool inTime = deviation.Duration() <= _mostJitter;
        if (jump < 0 && inTime)
        {
            bool late = block.FirstSample >= _gapFrom && block.FirstSample < _gapTo;
            if (late) Continuity.LateBlocks++;
            else Continuity.DuplicateBlocks++;
            _discontinuous |= (late ? _rule.Late : _rule.Duplicates) == RepeatAction.Reset;
            return (int)Math.Min(block.Count, -jump);
        }
        if (inTime && deviation.Duration() > Continuity.MostJitter) Continuity.MostJitter = deviation.Duration();
        // An outage's length is an estimate, and told as such; otherwise the index must agree with the clock.
        bool declared = block.Lost > 0 || (block.Status & SampleStatus.Recovered) != 0;
        if (!inTime && !declared) Continuity.TimeJumps++;
        _discontinuous |= jump < 0 || block.Lost > jump || !inTime && !declared;
        if (jump < 0 || !inTime || (block.Status & SampleStatus.Recovered) != 0) _clock.Restart();
        if (jump < 0) _next = block.FirstSample - _missing; // the source has begun to count anew
        else _missing += jump;
        return 0;
    }

    /// <summary>The source has ended: windows that waited for delayed samples can be read now.</summary>
    public void Finish() => _padding = _frontEnd.Delay + DriftDelay + (int)Math.Ceiling(PaddingSamples * _frontEnd.Step);

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
            if (_drift is not null && _drift.TryRead(out double corrected)) _frontEnd.Write(corrected);
            else if (!TryFeed()) break;
        }
        window = null;
        return false;
    }

    /// <summary>Hands one source sample, or one made up, to the front end.</summary>
    bool TryFeed()
    {
        if (_block is null) return false;
        while (_blockAt < _blockCount)
        {
            if (_fill > 0)
            {
                double share = _rule.Gaps == GapAction.Hold ? 0 : (double)(_fillCount - _fill + 1) / (_fillCount + 1);
                Feed(_held + share * ((double)_after - _held), _block.Status | SampleStatus.Filled);
                _fill--;
                return true;
            }
            float x = _block.Channel(_frontEnd.Channel)[_blockAt];
            if (float.IsNaN(x)) _missing++;
            else if (_missing > 0 || _discontinuous)
            {
                Bridge(x);
                continue; // with what is made up, or with this sample
            }
            else
            {
                Feed(_held = x, _block.Status);
                _blockAt++;
                return true;
            }
            _blockAt++;
        }
        if (_padding == 0) return false;
        _padding--;
        Write(_held); // the last value again
        return true;
    }

    void Write(double sample)
    {
        if (_drift is not null) _drift.Write(sample);
        else _frontEnd.Write(sample);
    }

    void Feed(double sample, SampleStatus status)
    {
        Write(sample);
        _status |= status;
        while (_blockAnnotation < _block!.Annotations.Count && _block.Annotations[_blockAnnotation].Sample <= _next) Annotate(_block.Annotations[_blockAnnotation++]);
        _next++;
    }

    /// <summary>Samples were missing, and here is the one behind them: fill, or start anew.</summary>
    void Bridge(float behind)
    {
        (_gapFrom, _gapTo) = (_next, _next + _missing);
        if (!_discontinuous && _missing <= _mostFilled && Count > 0)
        {
            (_fill, _fillCount, _after) = (_missing, _missing, behind);
            Continuity.FilledGaps++;
            Continuity.Filled += _missing;
        }
        else
        {
            if (_next > _origin) Continuity.Resets++; // missing samples before the first one are no gap
            _next += _missing;
            Continuity.Lost += _missing;
            _lostBefore += _missing;
            _frontEnd.Reset();
            _drift?.Reset();
            _normalizer?.Reset();
            _status = SampleStatus.None;
            (_origin, Count, _discontinuous, _start) = (_next, 0, false, TimeOf(_next).TotalSeconds);
            _stretch = Interlocked.Increment(ref _stretches);
            Restart();
        }
        _missing = 0;
    }

    private protected SignalWindow Window { get; }

    /// <summary>Samples at the contract's rate since the start or the last gap.</summary>
    private protected long Count { get; private set; }

    /// <summary>Samples that are made up at the end so that the last windows come out.</summary>
    private protected virtual int PaddingSamples => 0;

    private protected int FilterDelay => _frontEnd.FilterDelay;

    private protected double DecimationDelay => (_frontEnd.Delay + DriftDelay) / _sourceRate;

    int DriftDelay => _drift is null ? 0 : FractionalResampler.Delay;

    /// <summary>Index at the contract's rate of a source sample.</summary>
    private protected long ToCount(long sourceSample) => _frontEnd.ToOutput(_drift?.ToOutput(sourceSample - _origin) ?? sourceSample - _origin);

    private protected long ToSource(long count) => _origin + (_drift?.ToInput(_frontEnd.ToSource(count)) ?? _frontEnd.ToSource(count));

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
        Window.Time = TimeOf(Window.Sample);
        Window.Ready = TimeOf(_next - 1);
        (Window.LostBefore, _lostBefore) = (_lostBefore, 0);
        Window.Label = label;
        Window.Code = code;
    }

    TimeSpan TimeOf(long sourceSample) => _time + TimeSpan.FromSeconds((sourceSample - _first) / (_drift is null ? _sourceRate : _clock.Rate));

    /// <summary>Takes note of an event of the source sample just taken; with decimation that sample comes out later.</summary>
    private protected virtual void Annotate(Recordings.Annotation annotation) { }

    /// <summary>Takes note of a new sample, which is in the history already.</summary>
    private protected virtual void Process(double sample) { }

    /// <summary>Publishes the next window if it is complete.</summary>
    private protected abstract bool TryEmit();

    /// <summary>Forgets what was before a gap.</summary>
    private protected abstract void Restart();
}
