using System.Globalization;
using EdgeQinn.Devices.Recordings;

namespace EdgeQinn.Devices.Sources;

/// <summary>What a faulty source does to its samples.</summary>
public enum StreamFault
{
    /// <summary>Samples are lost, and counted.</summary>
    Lost,
    /// <summary>Values are missing (NaN).</summary>
    Missing,
    /// <summary>A block comes twice.</summary>
    Twice,
    /// <summary>A block comes after its successor, which has told it as lost.</summary>
    Late,
    /// <summary>The source is down, then recovers.</summary>
    Down,
    /// <summary>An electrode is off.</summary>
    LeadOff,
    /// <summary>The value is at the end of the range.</summary>
    Saturated,
}

/// <summary>One entry of a plan of faults.</summary>
/// <param name="Fault">What happens.</param>
/// <param name="From">Seconds after the start.</param>
/// <param name="Length">For how many seconds.</param>
/// <param name="Every">Again after so many seconds; infinite for once.</param>
public sealed record PlannedFault(StreamFault Fault, double From, double Length, double Every)
{
    /// <summary>Reads a plan <c>lost@10+0.5/60,down@100+5</c>: fault, seconds after the start, for how many seconds (0.1 where it is not said), again every so many.</summary>
    /// <exception cref="SourceAddressException">It is no plan.</exception>
    public static PlannedFault[] Parse(string plan) => [.. plan.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(entry =>
    {
        int at = entry.IndexOf('@'), slash = entry.IndexOf('/'), plus = entry.IndexOf('+');
        int end = slash < 0 ? entry.Length : slash;
        double every = double.PositiveInfinity, length = 0.1;
        if (at > 0 && (plus < 0 || plus > at && plus < end) && (slash < 0 || slash > at) && !char.IsDigit(entry[0])
            && Enum.TryParse(entry.AsSpan(0, at), ignoreCase: true, out StreamFault fault) && TrySeconds(entry[(at + 1)..(plus < 0 ? end : plus)], out double from)
            && (plus < 0 || TrySeconds(entry[(plus + 1)..end], out length)) && (slash < 0 || TrySeconds(entry[(slash + 1)..], out every) && every > length))
            return new PlannedFault(fault, from, length, every);
        throw new SourceAddressException($"'{entry}' is no fault: write KIND@SECONDS[+LENGTH][/EVERY], KIND one of {string.Join(", ", Enum.GetNames<StreamFault>().Select(n => n.ToLowerInvariant()))}");
    })];

    static bool TrySeconds(string text, out double seconds) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out seconds) && seconds < 1e9;

    /// <summary>Which occurrence of the fault a moment falls in; −1 for none.</summary>
    public long Occurrence(double seconds)
    {
        if (seconds < From) return -1;
        double k = double.IsInfinity(Every) ? 0 : Math.Floor((seconds - From) / Every);
        return seconds - From - (k == 0 ? 0 : k * Every) < Length ? (long)k : -1;
    }
}

/// <summary>A recording or synthetic signal that suffers from faults by plan, block by block: to try out what becomes of results.</summary>
public sealed class FaultySource : ISampleSource
{
    readonly ISampleSource _inner;
    readonly PlannedFault[] _plan;
    readonly long[] _last; // occurrence that a block was doubled or held back for, by entry
    SampleBlock? _kept;    // to be delivered again, or late
    long _sequence, _lost;
    int _keptFor;          // blocks to deliver before it
    bool _down;

    /// <param name="inner">Closed together with this; its sample rate must be known.</param>
    /// <param name="plan">The faults.</param>
    public FaultySource(ISampleSource inner, PlannedFault[] plan)
    {
        (_inner, _plan, _last) = (inner, plan, new long[plan.Length]);
        if (double.IsNaN(inner.Info.SampleRate)) throw new SourceAddressException($"{inner.Info.Name}: a plan of faults needs a known sample rate");
        Array.Fill(_last, -1);
    }

    /// <inheritdoc/>
    public SourceInfo Info => _inner.Info;

    /// <inheritdoc/>
    public bool Read(SampleBlock block)
    {
        _kept ??= new(block.Channels, block.Capacity);
        if (_kept.Count > 0 && _keptFor-- == 0)
        {
            Copy(_kept, block, _kept.Status);
            _kept.Commit(0, 0, 0, default);
            return true;
        }
        while (_inner.Read(block))
        {
            int entry = Active(block, out long occurrence);
            switch (entry < 0 ? (StreamFault?)null : _plan[entry].Fault)
            {
                case StreamFault.Lost:
                    _lost += block.Count;
                    continue;
                case StreamFault.Down:
                    (_lost, _down) = (_lost + block.Count, true);
                    block.Commit(0, _sequence++, block.FirstSample, block.Timestamp, 0, SampleStatus.Down, "the plan of faults has this source down");
                    return true;
                case StreamFault.Late when _last[entry] != occurrence && _kept.Count == 0:
                    _last[entry] = occurrence;
                    Copy(block, _kept, block.Status);
                    _keptFor = 1;
                    _lost += block.Count;
                    continue;
                case StreamFault.Twice when _last[entry] != occurrence && _kept.Count == 0:
                    _last[entry] = occurrence;
                    Publish(block, SampleStatus.None);
                    Copy(block, _kept, block.Status);
                    _keptFor = 0;
                    return true;
                case StreamFault.Missing:
                    for (int c = 0; c < block.Channels; c++) block.Buffer(c).Fill(float.NaN);
                    Publish(block, SampleStatus.None);
                    return true;
                case StreamFault.LeadOff:
                    Publish(block, SampleStatus.LeadOff);
                    return true;
                case StreamFault.Saturated:
                    Publish(block, SampleStatus.Saturated);
                    return true;
                default:
                    Publish(block, SampleStatus.None);
                    return true;
            }
        }
        return false;
    }

    int Active(SampleBlock block, out long occurrence)
    {
        occurrence = -1;
        for (int i = 0; i < _plan.Length; i++)
            if ((occurrence = _plan[i].Occurrence(block.FirstSample / Info.SampleRate)) >= 0) return i;
        return -1;
    }

    void Publish(SampleBlock block, SampleStatus status)
    {
        if (_down) status |= SampleStatus.Recovered;
        block.Renumber(_sequence++, block.Lost + _lost, block.Status | status);
        (_lost, _down) = (0, false);
    }

    void Copy(SampleBlock from, SampleBlock to, SampleStatus status)
    {
        for (int c = 0; c < from.Channels; c++) from.Channel(c).CopyTo(to.Buffer(c));
        to.Commit(from.Count, _sequence++, from.FirstSample, from.Timestamp, 0, status);
        foreach (Annotation a in from.Annotations) to.Annotations.Add(a);
    }

    /// <inheritdoc/>
    public void Dispose() => _inner.Dispose();
}
