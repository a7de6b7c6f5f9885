using EdgeQinn.Devices.Recordings;

namespace EdgeQinn.Devices.Sources;

/// <summary>Common part of sources whose samples are evenly spaced: counts, time, annotations, a part of the whole.</summary>
public abstract class RecordedSource : ISampleSource
{
    /// <summary>Time stamps stay here in recordings that claim to last for millennia.</summary>
    const double LastSecond = 9e11;

    readonly IReadOnlyList<Annotation> _annotations;
    readonly long _start, _end;
    long _sequence;
    long _position;
    int _nextAnnotation;

    /// <param name="info">What the source delivers.</param>
    /// <param name="annotations">Events in order of their samples; they are handed out with the block they fall in.</param>
    /// <param name="part">The part to deliver, or null for everything.</param>
    protected RecordedSource(SourceInfo info, IReadOnlyList<Annotation>? annotations = null, SourcePart? part = null)
    {
        (_start, _end) = part?.Resolve(info) ?? (0, long.MaxValue);
        _annotations = annotations ?? [];
        Info = info;
    }

    /// <inheritdoc/>
    public SourceInfo Info { get; }

    /// <inheritdoc/>
    public bool Read(SampleBlock block)
    {
        long missing;
        while ((_position += missing = Missing()) < _start) // samples before the part are decoded and dropped: not every format can seek
        {
            int skipped = Fill(block, (int)Math.Min(block.Capacity, _start - _position));
            if (skipped == 0) break;
            _position += skipped;
        }
        missing = Math.Clamp(_position - _start, 0, missing);

        int count = Fill(block, (int)Math.Min(block.Capacity, Math.Max(0, _end - _position)));
        double rate = double.IsNaN(Info.SampleRate) ? 1 : Info.SampleRate;
        block.Commit(count, _sequence++, _position, TimeSpan.FromSeconds(Math.Min(_position / rate, LastSecond)), missing);
        AddAnnotations(block, _position, _position + count);
        _position += count;
        return count > 0;
    }

    /// <summary>Samples that are missing directly before the next one, told once; it may wait for that one.</summary>
    protected virtual long Missing() => 0;

    /// <summary>Writes up to <paramref name="limit"/> samples to the start of the block's buffers.</summary>
    /// <returns>The number written; 0 at the end.</returns>
    protected abstract int Fill(SampleBlock block, int limit);

    /// <summary>Adds the events of samples [<paramref name="from"/>, <paramref name="to"/>) to the block.</summary>
    protected virtual void AddAnnotations(SampleBlock block, long from, long to)
    {
        while (_nextAnnotation < _annotations.Count && _annotations[_nextAnnotation].Sample < to)
        {
            Annotation a = _annotations[_nextAnnotation++];
            if (a.Sample >= from) block.Annotations.Add(a);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes files.</summary>
    protected virtual void Dispose(bool disposing) { }
}
