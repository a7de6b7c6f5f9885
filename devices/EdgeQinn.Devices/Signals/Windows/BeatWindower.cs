using EdgeQinn.Devices.Evaluation;
using EdgeQinn.Devices.Recordings;
using EdgeQinn.Devices.Signals.Ecg;
using EdgeQinn.Devices.Sources;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Devices.Signals.Windows;

/// <summary>
/// One window per heart beat, with its RR features. A beat comes out when its window is complete and the next beat, which ends its following RR
/// interval, is known; so the first and the last beat of a stream do not. With QRS triggers the label is that of the annotation within 150 ms.
/// </summary>
public sealed class BeatWindower : Windower
{
    const double HistorySeconds = 8;   // more than the detector ever looks back
    const int QueueLength = 64;

    readonly QrsDetector? _detector;
    readonly RrIntervals _intervals;
    readonly float[] _samples, _features = new float[RrIntervals.FeatureCount];
    readonly int _before, _matchWindow;
    readonly int[] _labelOfCode;       // index of the label, or −1, by annotation code
    readonly Beat[] _truth = new Beat[QueueLength];
    Beat[] _beats = new Beat[QueueLength];
    int _beatCount, _truthCount;
    long _lastBeat;
    bool _captured, _whole; // of the oldest beat: whether its window was copied, and whether all of it lies inside the stream
    AnnotationCode _code;

    /// <summary>A beat at a sample of the contract's rate.</summary>
    readonly record struct Beat(long At, AnnotationCode Code);

    /// <param name="contract">Its window's trigger must be <see cref="WindowTrigger.Beat"/>.</param>
    /// <param name="source">What the source delivers.</param>
    /// <param name="trigger">Where beats come from.</param>
    /// <exception cref="EdgeQinnException">The source does not fit the contract, or has no annotations to follow.</exception>
    public BeatWindower(SignalContract contract, SourceInfo source, BeatTrigger trigger)
        : base(contract, source, checked((int)(HistorySeconds * contract.SampleRate) + contract.Window.Length))
    {
        if (trigger == BeatTrigger.Annotations && !source.IsAnnotated)
            throw new EdgeQinnException($"{source.Name} has no annotations; let the QRS detector find the beats");
        _detector = trigger == BeatTrigger.Qrs ? new QrsDetector(contract.SampleRate) : null;
        RrFeature? rr = contract.Inputs.OfType<RrFeature>().FirstOrDefault();
        _intervals = new(rr?.Average ?? 1, rr?.Limit ?? 1);
        _samples = new float[contract.Window.Length];
        _before = contract.Window.Before;
        _matchWindow = (int)Math.Round(BeatMatcher.WindowSeconds * contract.SampleRate);
        List<string> labels = [.. contract.Decision.Labels];
        _labelOfCode = [.. Enumerable.Range(0, 256).Select(code =>
            contract.AnnotationLabels.TryGetValue(((AnnotationCode)code).Symbol().ToString(), out string? label) ? labels.IndexOf(label) : -1)];
    }

    /// <summary>Called with the source's sample index of every beat found, also those that get no window.</summary>
    public Action<long>? BeatFound { get; set; }

    /// <inheritdoc/>
    public override double Delay => (_samples.Length - 1 - _before) / Contract.SampleRate + DecimationDelay;

    private protected override int PaddingSamples => _detector is null ? 0 : (int)Contract.SampleRate;

    private protected override void Annotate(Annotation annotation)
    {
        if (_labelOfCode[(int)annotation.Code] < 0) return;
        var beat = new Beat(ToCount(annotation.Sample), annotation.Code);
        if (_detector is null)
        {
            AddBeat(beat);
            return;
        }
        if (_truthCount == _truth.Length) Array.Copy(_truth, 1, _truth, 0, --_truthCount);
        _truth[_truthCount++] = beat;
    }

    private protected override void Process(double sample)
    {
        if (_detector is null) return;
        _detector.Process(sample);
        while (_detector.TryRead(out long rPeak)) AddBeat(new(Math.Max(0, rPeak - FilterDelay), AnnotationCode.None));
    }

    void AddBeat(Beat beat)
    {
        if (beat.At <= _lastBeat) return;
        _lastBeat = beat.At;
        BeatFound?.Invoke(ToSource(beat.At));
        if (_beatCount == _beats.Length) Array.Resize(ref _beats, 2 * _beatCount); // only where annotations are denser than any heart
        _beats[_beatCount++] = beat;
    }

    private protected override bool TryEmit()
    {
        while (_beatCount > 0)
        {
            Beat beat = _beats[0];
            long start = beat.At - _before;
            if (!_captured)
            {
                if (Count < start + _samples.Length) return false;
                _whole = start >= 0;
                if (_whole) CopyHistory(start, _samples);
                _code = _detector is null ? beat.Code : TruthNear(beat.At);
                _captured = true;
            }
            if (_beatCount < 2) return false;

            bool known = _intervals.Add((_beats[1].At - beat.At) / Contract.SampleRate, _features);
            Array.Copy(_beats, 1, _beats, 0, --_beatCount);
            _captured = false;
            if (!known || !_whole) continue;
            Publish(_samples, _features, beat.At, _labelOfCode[(int)_code], _code);
            return true;
        }
        return false;
    }

    AnnotationCode TruthNear(long at)
    {
        (AnnotationCode code, long nearest) = (AnnotationCode.None, _matchWindow + 1);
        for (int i = 0; i < _truthCount; i++)
        {
            long distance = Math.Abs(_truth[i].At - at);
            if (distance < nearest) (code, nearest) = (_truth[i].Code, distance);
        }
        return code;
    }

    private protected override void Restart()
    {
        _detector?.Reset();
        _intervals.Reset();
        (_beatCount, _truthCount, _lastBeat, _captured) = (0, 0, -1, false);
    }
}
