using EdgeQinn.Devices.Recordings;
using EdgeQinn.Devices.Signals.Filters;
using EdgeQinn.Devices.Sources;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Devices.Signals.Windows;

/// <summary>
/// One channel of a source as stretches without gaps, double samples or (where the rule wants it) drift, made of its blocks as the contract's
/// <see cref="ContinuityRule"/> says. Exact in any chunking; allocates nothing.
/// <code>
/// while (signal.TryFeed())
///     while (signal.TryRead(out double x)) …  // x belongs to signal.Stretch
/// </code>
/// </summary>
sealed class ContinuousSignal
{
    static long _stretches;

    readonly ContinuityRule _rule;
    readonly double _rate;
    readonly int _channel;
    readonly TimeSpan _mostJitter;
    readonly long _mostFilled;      // samples
    readonly ClockTracker _clock;
    readonly DriftCorrector? _drift; // where the rule wants it
    SampleBlock? _block;
    int _at, _count;        // next sample of the block, of how many
    int _annotation;        // next one of the block
    long _origin;           // source index of the stretch's first sample
    long _next;             // source index of the next sample, where none is missing
    long _missing;          // samples that are missing there
    long _fill, _fillCount; // samples still to be made up, of how many
    long _gapFrom, _gapTo;  // the last gap
    long _first;            // source index of the block's first sample
    TimeSpan _time;         // of that sample
    double _start;          // when the sample at the origin was taken, in seconds
    bool _started, _discontinuous, _ready;
    float _held, _after;    // samples before and behind what is made up
    double _sample;
    long _lost;
    int _padding;

    /// <param name="rule">What is done about gaps, repeats, jitter and drift.</param>
    /// <param name="rate">The source's nominal rate, in Hz.</param>
    /// <param name="channel">Index of the source's channel.</param>
    /// <param name="history">Samples that <see cref="ToSource"/> is asked for, back from the newest.</param>
    public ContinuousSignal(ContinuityRule rule, double rate, int channel, int history)
    {
        (_rule, _rate, _channel) = (rule, rate, channel);
        _mostJitter = TimeSpan.FromSeconds(rule.MostJitter);
        _mostFilled = rule.Gaps == GapAction.Reset ? 0 : (long)(rule.LongestGap * rate);
        _clock = new(rate);
        if (rule.Drift == DriftAction.Resample) _drift = new(_clock, rate, history);
    }

    /// <summary>What was missing, double or late, and what was made of it.</summary>
    public ContinuityCounts Counts { get; } = new();

    /// <summary>Samples it holds back.</summary>
    public int Delay => _drift is null ? 0 : FractionalResampler.Delay;

    /// <summary>Number of the stretch of the sample fed last, different from that of any other signal; its samples are numbered from 0.</summary>
    public long Stretch { get; private set; } = Interlocked.Increment(ref _stretches);

    /// <summary>What is known to be wrong with the sample fed last.</summary>
    public SampleStatus Status { get; private set; }

    /// <summary>When the sample fed last was taken.</summary>
    public TimeSpan Newest => TimeOf(_next - 1);

    /// <summary>Hands in the next block; the one before must have been fed whole.</summary>
    public void Accept(SampleBlock block)
    {
        if (_at < _count) throw new InvalidOperationException("read all windows before handing in the next block");
        if (block.Count == 0) return;
        _at = _started ? Follow(block) : 0;
        if (!_started)
        {
            (_started, _origin, _next, _lost, _start) = (true, block.FirstSample, block.FirstSample, block.Lost, block.Timestamp.TotalSeconds);
            Counts.Lost += block.Lost; // before the first block got here
        }
        (_block, _count) = (block, block.Count);
        _first = block.FirstSample;
        _time = block.Timestamp;
        _annotation = 0;
        if (_at == 0) Keep(block);
    }

    /// <summary>The source has ended: the last sample is repeated <paramref name="padding"/> times, beyond those that are held back.</summary>
    public void Finish(int padding) => _padding = Delay + padding;

    /// <summary>Takes one more sample, or one made up; read what comes of it before the next.</summary>
    /// <returns>Whether there was one.</returns>
    public bool TryFeed()
    {
        if (_block is null) return false;
        while (_at < _count)
        {
            if (_fill > 0)
            {
                double share = _rule.Gaps == GapAction.Hold ? 0 : (double)(_fillCount - _fill + 1) / (_fillCount + 1);
                Feed(_held + share * ((double)_after - _held), _block.Status | SampleStatus.Filled);
                _fill--;
                _next++;
                return true;
            }
            float x = _block.Channel(_channel)[_at];
            if (float.IsNaN(x))
            {
                _missing++;
                _at++;
            }
            else if (_missing > 0 || _discontinuous) Bridge(x); // then goes on with what is made up, or with this sample
            else
            {
                Feed(_held = x, _block.Status);
                _at++;
                _next++;
                return true;
            }
        }
        if (_padding == 0) return false;
        _padding--;
        Feed(_held, SampleStatus.None);
        return true;
    }

    /// <summary>The next sample of the stretch, if there is one.</summary>
    public bool TryRead(out double sample)
    {
        if (_drift is not null) return _drift.TryRead(out sample);
        sample = _sample;
        bool ready = _ready;
        _ready = false;
        return ready;
    }

    /// <summary>The next annotation of the samples fed, if there is one.</summary>
    public bool TryRead(out Annotation annotation)
    {
        annotation = default;
        if (_block is null || _annotation >= _block.Annotations.Count || _block.Annotations[_annotation].Sample >= _next) return false;
        annotation = _block.Annotations[_annotation++];
        return true;
    }

    /// <summary>Samples that were lost since this was last asked.</summary>
    public long TakeLost()
    {
        (long lost, _lost) = (_lost, 0);
        return lost;
    }

    /// <summary>Number in the stretch of a sample of the source, which must be one of the newest; between two, a fraction.</summary>
    public double FromSource(long sourceSample) => _drift?.ToOutput(sourceSample - _origin) ?? sourceSample - _origin;

    /// <summary>The source's sample that a sample of the stretch came from.</summary>
    public long ToSource(long sample) => _origin + (_drift?.ToInput(sample) ?? sample);

    /// <summary>When a sample of the source was taken.</summary>
    public TimeSpan TimeOf(long sourceSample) => _time + TimeSpan.FromSeconds((sourceSample - _first) / (_drift is null ? _rate : _clock.Rate));

    /// <summary>Measures the source's clock, and does what the rule says about its drift.</summary>
    void Keep(SampleBlock block)
    {
        _clock.Add(block.FirstSample, block.Timestamp.TotalSeconds);
        if (!_clock.IsReady) return;
        Counts.DriftPpm = (_clock.Rate / _rate - 1) * 1e6;
        if (_discontinuous) return;
        if (_drift is not null)
        {
            _drift.Steer(_origin, _start);
            Counts.Stretched = _drift.Stretched;
        }
        else if (_rule.Drift == DriftAction.Reset && Math.Abs(_clock.TimeOf(_next) - _start - (_next - _origin) / _rate) > _rule.MostDrift)
        {
            Counts.DriftResets++;
            _discontinuous = true;
        }
    }

    /// <summary>Compares a block with where the block before ended.</summary>
    /// <returns>Its first sample that is new.</returns>
    int Follow(SampleBlock block)
    {
        long end = _next + _missing, jump = block.FirstSample - end;
        TimeSpan deviation = block.Timestamp - _time - TimeSpan.FromSeconds((block.FirstSample - _first) / _rate);
        bool inTime = deviation.Duration() <= _mostJitter;
        if (jump < 0 && inTime)
        {
            bool late = block.FirstSample >= _gapFrom && block.FirstSample < _gapTo;
            if (late) Counts.LateBlocks++;
            else Counts.DuplicateBlocks++;
            _discontinuous |= (late ? _rule.Late : _rule.Duplicates) == RepeatAction.Reset;
            return (int)Math.Min(block.Count, -jump);
        }
        if (inTime && deviation.Duration() > Counts.MostJitter) Counts.MostJitter = deviation.Duration();
        // An outage's length is an estimate, and told as such; otherwise the index must agree with the clock.
        bool declared = block.Lost > 0 || (block.Status & SampleStatus.Recovered) != 0;
        if (!inTime && !declared) Counts.TimeJumps++;
        _discontinuous |= jump < 0 || block.Lost > jump || !inTime && !declared;
        if (jump < 0 || !inTime || (block.Status & SampleStatus.Recovered) != 0) _clock.Restart();
        if (jump < 0) _next = block.FirstSample - _missing; // the source has begun to count anew
        else _missing += jump;
        return 0;
    }

    void Feed(double sample, SampleStatus status)
    {
        Status = status;
        if (_drift is not null) _drift.Write(sample);
        else (_sample, _ready) = (sample, true);
    }

    /// <summary>Samples were missing, and here is the one behind them: fill, or start anew.</summary>
    void Bridge(float behind)
    {
        (_gapFrom, _gapTo) = (_next, _next + _missing);
        if (!_discontinuous && _missing <= _mostFilled && _next > _origin)
        {
            (_fill, _fillCount, _after) = (_missing, _missing, behind);
            Counts.FilledGaps++;
            Counts.Filled += _missing;
        }
        else
        {
            if (_next > _origin) Counts.Resets++; // missing samples before the first one are no gap
            _next += _missing;
            Counts.Lost += _missing;
            _lost += _missing;
            _drift?.Reset();
            (_origin, _discontinuous, _start) = (_next, false, TimeOf(_next).TotalSeconds);
            Stretch = Interlocked.Increment(ref _stretches);
        }
        _missing = 0;
    }
}
