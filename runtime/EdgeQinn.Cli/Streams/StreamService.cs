using EdgeQinn.Devices.Recordings;
using EdgeQinn.Devices.Results;
using EdgeQinn.Devices.Signals.Windows;
using EdgeQinn.Devices.Sources;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Cli.Streams;

/// <summary>What a stream is run with.</summary>
/// <param name="Deadline">Latency above which a result is late; null for none.</param>
/// <param name="SkipWindows">Whether windows go unclassified while the queue is more than half full.</param>
/// <param name="Limit">Results after which to stop.</param>
/// <param name="Stall">A source from which nothing has come for so long is down.</param>
sealed record StreamSettings(TimeSpan? Deadline, bool SkipWindows, long Limit, TimeSpan Stall);

/// <summary>
/// Drives a stream for as long as it lasts: blocks in, windows, network, results out; says what goes wrong on the way, keeps the figures, and does between
/// blocks what a service must do. One thread beside the one that reads the source; nothing is allocated per result.
/// </summary>
sealed class StreamService : IDisposable
{
    static readonly TimeSpan TickInterval = TimeSpan.FromMilliseconds(100);

    readonly StreamFeed _feed;
    readonly StreamOutputs _outputs;
    readonly StreamSettings _settings;
    readonly MonotonicClock _clock = MonotonicClock.System;
    readonly long _deadline;
    StreamClassifier _classifier;
    Windower _windower;
    StreamResult _result;
    TimeSpan _nextTick, _lastBlock, _lastSample, _lastWhole, _time;
    long _sample, _number, _results, _resets, _skippedNow;
    long _lostSkipped, _lostAtWindow;
    string? _recorderFault;
    bool _skipping, _told; // told: an event was put into words, which allocates

    /// <param name="feed">The source; closed together with this.</param>
    /// <param name="classifier">The network; closed together with this.</param>
    /// <param name="windower">Windows of that source for that network.</param>
    /// <param name="outputs">Where results go; closed by whoever made them, after this.</param>
    /// <param name="settings">Deadline, overload, limit.</param>
    public StreamService(StreamFeed feed, StreamClassifier classifier, Windower windower, StreamOutputs outputs, StreamSettings settings)
    {
        (_feed, _classifier, _windower, _outputs, _settings) = (feed, classifier, windower, outputs, settings);
        Figures = new(classifier.Contract.Decision.Labels.Count);
        _deadline = settings.Deadline is { } deadline ? (long)deadline.TotalNanoseconds : long.MaxValue;
        _result = NewResult();
        _lastBlock = _lastSample = _lastWhole = _clock.Now;
    }

    /// <summary>The figures so far.</summary>
    public StreamFigures Figures { get; }

    /// <summary>The queue before the network; null where the source waits.</summary>
    public SourcePump? Queue => _feed.Queue;

    /// <summary>Keeps what comes in; null where nothing is kept.</summary>
    public Recorder? Recorder => _feed.Recorder;

    /// <summary>The windower in use.</summary>
    public Windower Windower => _windower;

    /// <summary>The network in use.</summary>
    public StreamClassifier Classifier => _classifier;

    /// <summary>What the source delivers.</summary>
    public SourceInfo Source => _feed.Info;

    /// <summary>Whether the source delivers blocks, were they only to say that the sensor is down.</summary>
    public bool IsAlive => !_feed.Info.IsLive || !IsSilent;

    /// <summary>Since the last sample came, or, before the first, since the start.</summary>
    public TimeSpan Silence => _clock.Now - _lastSample;

    bool IsSilent => _clock.Now - _lastBlock >= _settings.Stall;

    /// <summary>Runs until the source ends, the limit is reached, or it is stopped.</summary>
    /// <param name="stop">Asked between blocks.</param>
    /// <param name="tick">Called about ten times a second.</param>
    public void Run(Func<bool> stop, Action tick)
    {
        while (!stop() && _results < _settings.Limit)
        {
            var block = _feed.Take(TickInterval);
            if (block is not null) Accept(block);
            else if (_feed.IsFinished)
            {
                _windower.Finish();
                Drain(_clock.Now);
                break;
            }
            else if (IsSilent && (Figures.Status & SampleStatus.Down) == 0) Stall();
            if (_clock.Now < _nextTick) continue;
            _nextTick = _clock.Now + TickInterval;
            _outputs.Tick();
            TellPieces();
            if (Recorder?.Fault is { } fault && fault != _recorderFault)
                _outputs.Write(new StreamEvent("recording", _time, _sample, _recorderFault = fault));
            tick();
        }
        EndSkipping();
    }

    /// <summary>Resets a latched alarm.</summary>
    public void ResetAlarm() => _outputs.ResetAlarm(_time, _sample);

    /// <summary>Goes on with another network. Where it wants the same windows, none is missed; otherwise windows start anew with the next sample.</summary>
    /// <param name="classifier">The network; the one before is closed.</param>
    /// <param name="makeWindower">Makes windows for it, where it wants others.</param>
    public void Replace(StreamClassifier classifier, Func<SignalContract, Windower> makeWindower)
    {
        SignalContract old = _classifier.Contract, contract = classifier.Contract;
        bool sameLabels = contract.Decision.Labels.SequenceEqual(old.Decision.Labels);
        bool sameWindows = sameLabels && (contract with { Decision = old.Decision }).ToJson().AsSpan().SequenceEqual(old.ToJson());
        if (!sameLabels) throw new GraphException($"the labels have changed from {string.Join(", ", old.Decision.Labels)} to {string.Join(", ", contract.Decision.Labels)}: that needs a restart");
        if (!sameWindows)
        {
            var windower = makeWindower(contract);
            Figures.Before.Add(_windower.Continuity);
            (_windower, _resets, _lostAtWindow) = (windower, 0, 0);
        }
        _classifier.Dispose();
        _classifier = classifier;
        _result = NewResult();
        Figures.Reloads++;
        _outputs.Write(new StreamEvent("reload", _time, _sample, sameWindows ? "the model was read again" : "the model was read again and wants other windows, which start anew"));
    }

    StreamResult NewResult() => new(_classifier.Contract.Decision.Labels, _classifier.Contract.Decision is AnomalyDecision);

    void Accept(SampleBlock block)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        _lastBlock = block.Arrived;
        _told = false;
        Watch(block);
        Figures.Samples += block.Count;
        _windower.Accept(block);
        Drain(block.Arrived);
        if (block.Count > 0) _lastSample = block.Arrived;
        if (_results > 1 && !_told) Figures.Allocated += GC.GetAllocatedBytesForCurrentThread() - before;
    }

    /// <summary>Tells where the signal's state changes.</summary>
    void Watch(SampleBlock block)
    {
        (_time, _sample) = (block.Timestamp, block.FirstSample);
        Figures.Rate.Add(block);
        var status = block.Status & ~SampleStatus.Recovered;
        bool down = (status & SampleStatus.Down) != 0, wasDown = (Figures.Status & SampleStatus.Down) != 0;
        bool otherReason = down && block.Fault is not null && block.Fault != Figures.Fault; // as when another chip stands where one was gone
        if (status == Figures.Status && !otherReason) return;
        _told = true;
        Figures.Status = status;
        Figures.Fault = block.Fault;
        if (down && !wasDown) TellOutage(block.Fault ?? "the source does not deliver");
        else if (otherReason) _outputs.Write(new StreamEvent("down", _time, _sample, block.Fault!));
        else if (wasDown) _outputs.Write(new StreamEvent("up", _time, _sample, $"the source delivers again after {(block.Arrived - _lastSample).TotalSeconds:0.0} s, {block.Lost} samples are lost", block.Lost));
        if (!down) _outputs.Write(new StreamEvent("signal", _time, _sample, ResultFormat.Name(status)));
        _outputs.Watch(status, _time, _sample);
    }

    /// <summary>A pipe nobody writes to, a driver that hangs in a read: no block comes that could say so. The next one is told as after any outage.</summary>
    void Stall()
    {
        Figures.Status = SampleStatus.Down;
        Figures.Fault = $"nothing comes from the source ({_feed.Info.Name}), though it has not ended: see whether what writes to it, or the sensor, still runs";
        TellOutage(Figures.Fault);
        _outputs.Watch(Figures.Status, _time, _sample);
    }

    void TellOutage(string fault)
    {
        Figures.Outages++;
        _outputs.Write(new StreamEvent("down", _time, _sample, fault));
    }

    void Drain(TimeSpan arrived)
    {
        while (_results < _settings.Limit && _windower.TryRead(out var window))
        {
            _number++;
            _lostAtWindow = _windower.Continuity.Lost;
            if (_windower.Continuity.Resets != _resets) TellGap(window);
            if (MustSkip())
            {
                Figures.Skipped++;
                _skippedNow++;
                _lostSkipped += window.LostBefore;
                continue;
            }
            if (Classify(window, arrived)) _results++;
        }
    }

    /// <summary>False where there is no result: the network runs over a stream that has just begun.</summary>
    bool Classify(SignalWindow window, TimeSpan arrived)
    {
        var r = _result;
        int label = _classifier.Classify(window);
        if (label < 0) return false;
        r.Label = label;
        long network = _classifier.LastInference;
        // A live source stamps samples with this clock; a recording's sample is there when its block is.
        TimeSpan ready = _feed.Info.IsLive ? window.Ready : arrived;
        r.Latency = Math.Max(0, (long)(_clock.Now - ready).TotalNanoseconds);
        r.Take(window);
        (r.Number, r.Scores, r.Network, r.LostBefore) = (_number - 1, _classifier.ScoreMemory, network, window.LostBefore + _lostSkipped);
        _lostSkipped = 0;
        r.IsLate = r.Latency > _deadline;
        if (r.IsLate) Figures.DeadlineMisses++;
        Figures.Latency.Record(r.Latency);
        Figures.Network.Record(network);
        Figures.Counts[r.Label]++;
        _told |= _outputs.Write(r);
        return true;
    }

    /// <summary>Where windows start anew again and again and none becomes whole, no result could tell of what is lost.</summary>
    void TellPieces()
    {
        var now = _clock.Now;
        if (_windower.Continuity.Resets == _resets || (Figures.Status & SampleStatus.Down) != 0) _lastWhole = now;
        if (now - _lastWhole < _settings.Stall) return;
        long lost = _windower.Continuity.Lost - _lostAtWindow;
        _outputs.Write(new StreamEvent("pieces", _time, _sample, $"no window was whole for {(now - _lastWhole).TotalSeconds:0.0} s: windows started anew {_windower.Continuity.Resets - _resets} times, {lost} samples are lost since the last", lost));
        _lastWhole = now;
    }

    void TellGap(SignalWindow window)
    {
        (_resets, _told) = (_windower.Continuity.Resets, true);
        _outputs.Write(new StreamEvent("gap", window.Time, window.First, window.LostBefore > 0
            ? $"{window.LostBefore} samples are missing before this one; windows start anew" : "the source's clock has drifted or jumped, or a block came again; windows start anew", window.LostBefore));
    }

    /// <summary>Whether the queue is so full that windows must be skipped: from half of it on until it has shrunk to a quarter.</summary>
    bool MustSkip()
    {
        if (!_settings.SkipWindows || _feed.Queue is not { } queue) return false;
        int depth = queue.Depth;
        if (!_skipping) return _skipping = 2 * depth >= queue.Capacity;
        if (4 * depth <= queue.Capacity) EndSkipping();
        return _skipping;
    }

    void EndSkipping()
    {
        _told |= _skippedNow > 0;
        if (_skippedNow > 0) _outputs.Write(new StreamEvent("skipped", _time, _sample, $"{_skippedNow} windows were skipped to keep up", _skippedNow));
        (_skipping, _skippedNow) = (false, 0);
    }

    public void Dispose()
    {
        _feed.Dispose();
        _classifier.Dispose();
    }
}
