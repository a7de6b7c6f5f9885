using EdgeQinn.Devices.Recordings;

namespace EdgeQinn.Devices.Sources;

/// <summary>
/// A run of consecutive samples of all channels, in physical units. The reader owns it and hands the same one in again and again,
/// so that a running stream allocates nothing.
/// </summary>
public sealed class SampleBlock
{
    readonly float[] _samples; // channel-major: the samples of one channel are contiguous

    /// <param name="channels">Channels per sample.</param>
    /// <param name="capacity">Most samples per channel; small blocks mean short delay, large ones little overhead.</param>
    public SampleBlock(int channels, int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(channels, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        Channels = channels;
        Capacity = capacity;
        _samples = new float[checked(channels * capacity)];
    }

    /// <summary>Channels per sample.</summary>
    public int Channels { get; }

    /// <summary>Most samples per channel.</summary>
    public int Capacity { get; }

    /// <summary>Samples per channel delivered.</summary>
    public int Count { get; private set; }

    /// <summary>Number of this block since the source was opened, from 0.</summary>
    public long Sequence { get; private set; }

    /// <summary>Index of the first sample since the start of the recording or since the source was opened; lost samples count.</summary>
    public long FirstSample { get; private set; }

    /// <summary>
    /// When the first sample was taken, on a clock that never goes back: since the start of the recording, or
    /// the machine's monotonic clock for live sources.
    /// </summary>
    public TimeSpan Timestamp { get; private set; }

    /// <summary>Samples known to be lost directly before this block.</summary>
    public long Lost { get; private set; }

    /// <summary>When the block was there to be worked on, on the machine's monotonic clock, where whoever reads the source notes it (<see cref="SourcePump"/>).</summary>
    public TimeSpan Arrived { get; set; }

    /// <summary>What is known to be wrong with these samples.</summary>
    public SampleStatus Status { get; private set; }

    /// <summary>Why there are no samples while <see cref="SampleStatus.Down"/> is set, with the way out; else null.</summary>
    public string? Fault { get; private set; }

    /// <summary>Events marked inside this block, in order of their samples.</summary>
    public List<Annotation> Annotations { get; } = [];

    /// <summary>The delivered samples of one channel; a missing sample is NaN.</summary>
    public ReadOnlySpan<float> Channel(int channel) => _samples.AsSpan(channel * Capacity, Count);

    /// <summary>For sources: room for <see cref="Capacity"/> samples of one channel.</summary>
    public Span<float> Buffer(int channel) => _samples.AsSpan(channel * Capacity, Capacity);

    /// <summary>For sources: declares what <see cref="Buffer"/> now holds and drops the last block's annotations.</summary>
    public void Commit(
        int count, long sequence, long firstSample, TimeSpan timestamp, long lost = 0, SampleStatus status = SampleStatus.None, string? fault = null)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)count, (uint)Capacity);
        Count = count;
        Sequence = sequence;
        FirstSample = firstSample;
        Timestamp = timestamp;
        Lost = lost;
        Status = status;
        Fault = fault;
        Annotations.Clear();
    }

    /// <summary>Changes what is told of the samples; they and the annotations stay.</summary>
    internal void Renumber(long sequence, long lost, SampleStatus status) => (Sequence, Lost, Status) = (sequence, lost, status);

    /// <summary>Changes when the first sample is said to have been taken.</summary>
    internal void Retime(TimeSpan timestamp) => Timestamp = timestamp;

    /// <summary>Samples before this block have been dropped on the way.</summary>
    internal void AddLost(long samples) => Lost += samples;
}
