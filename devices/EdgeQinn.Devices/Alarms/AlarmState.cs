using EdgeQinn.Devices.Results;
using EdgeQinn.Devices.Sources;

namespace EdgeQinn.Devices.Alarms;

/// <summary>An alarm's rule followed over results. Time is the source's, so that a recording gives the same alarms at any speed.</summary>
public sealed class AlarmState
{
    const SampleStatus Faults = SampleStatus.Down | SampleStatus.LeadOff | SampleStatus.Saturated | SampleStatus.Stuck;

    readonly AlarmRule _rule;
    readonly bool[] _counts; // by label
    readonly bool _isScore;
    TimeSpan? _since; // it has counted from here on
    TimeSpan _onSince;
    bool _high, _low = true, _fault;

    /// <param name="rule">The rule.</param>
    /// <param name="labels">The contract's labels.</param>
    /// <param name="isScore">Whether results are scores.</param>
    public AlarmState(AlarmRule rule, IReadOnlyList<string> labels, bool isScore)
    {
        (_rule, _isScore) = (rule, isScore);
        _counts = new bool[labels.Count];
        for (int i = 0; i < _counts.Length; i++) _counts[i] = rule.Labels.Count == 0 ? i > 0 : rule.Labels.Contains(labels[i]);
    }

    /// <summary>Whether the alarm is on.</summary>
    public bool IsOn { get; private set; }

    /// <summary>Times it went on.</summary>
    public long Raised { get; private set; }

    /// <summary>The probability or score that counted last.</summary>
    public double Level { get; private set; }

    /// <summary>Follows a result.</summary>
    /// <returns>Whether the alarm went on or off.</returns>
    public bool Update(StreamResult result)
    {
        Level = 0;
        ReadOnlySpan<float> scores = result.Scores.Span;
        if (_isScore) Level = scores[0];
        else for (int i = 0; i < scores.Length; i++) if (_counts[i]) Level += scores[i];
        bool decided = _counts[result.Label];
        _high = _rule.On is { } on ? Level >= on : decided;
        _low = _rule.On is { } edge ? Level < (_rule.Off ?? edge) : !decided;
        _fault = (result.Status & Faults) != 0;
        return Follow(result.Time + result.Span);
    }

    /// <summary>Follows the signal where there are no results: what is wrong with it now.</summary>
    /// <returns>Whether the alarm went on or off.</returns>
    public bool Update(SampleStatus status, TimeSpan time)
    {
        bool fault = (status & Faults) != 0;
        if (!_rule.OnFault || !fault && fault == _fault) return false;
        _fault = fault;
        return Follow(time);
    }

    /// <summary>Ends a latched alarm; it goes on again with the next result that counts.</summary>
    /// <returns>Whether it was on.</returns>
    public bool Reset()
    {
        bool was = IsOn;
        (IsOn, _since) = (false, null);
        return was;
    }

    bool Follow(TimeSpan time)
    {
        bool high = _high || _rule.OnFault && _fault, low = _low && !(_rule.OnFault && _fault);
        if (IsOn)
        {
            if (!low || _rule.Latch || time - _onSince < _rule.Hold) return false;
            (IsOn, _since) = (false, null);
            return true;
        }
        if (!high)
        {
            _since = null;
            return false;
        }
        _since ??= time;
        if (time - _since < _rule.For) return false;
        (IsOn, _onSince) = (true, time);
        Raised++;
        return true;
    }
}
