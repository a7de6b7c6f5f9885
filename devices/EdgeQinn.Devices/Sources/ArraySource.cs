using EdgeQinn.Devices.Recordings;

namespace EdgeQinn.Devices.Sources;

/// <summary>A source over samples in memory.</summary>
public sealed class ArraySource : RecordedSource
{
    readonly float[][] _channels;
    int _position;

    /// <param name="info">What the source delivers; its length is taken from the arrays.</param>
    /// <param name="channels">One array per channel, all of one length, in physical units.</param>
    /// <param name="annotations">Events in order of their samples.</param>
    /// <param name="part">The part to deliver, or null for everything.</param>
    public ArraySource(SourceInfo info, float[][] channels, IReadOnlyList<Annotation>? annotations = null, SourcePart? part = null)
        : base(info with { Length = channels[0].Length, IsAnnotated = annotations is not null }, annotations, part)
    {
        if (channels.Length != info.Channels.Count || channels.Any(c => c.Length != channels[0].Length))
            throw new ArgumentException("one array per channel, all of one length", nameof(channels));
        _channels = channels;
    }

    /// <inheritdoc/>
    protected override int Fill(SampleBlock block, int limit)
    {
        int count = Math.Min(limit, _channels[0].Length - _position);
        for (int c = 0; c < _channels.Length; c++) _channels[c].AsSpan(_position, count).CopyTo(block.Buffer(c));
        _position += count;
        return count;
    }
}
