using EdgeQinn.Devices.Recordings;
using EdgeQinn.Devices.Sources;

namespace EdgeQinn.Cli.Streams;

/// <summary>Blocks of a source: through a queue where the source keeps to a clock, straight where it waits for us.</summary>
sealed class StreamFeed : IDisposable
{
    readonly ISampleSource _source;
    readonly SourcePump? _pump;
    readonly SampleBlock? _block;

    /// <param name="source">Closed together with this.</param>
    /// <param name="blockSamples">Samples per block at most.</param>
    /// <param name="queueBlocks">Blocks that may wait; 0 for no queue.</param>
    /// <param name="backlog">What happens beyond that.</param>
    public StreamFeed(ISampleSource source, int blockSamples, int queueBlocks, Backlog backlog)
    {
        _source = source;
        if (queueBlocks > 0) _pump = new(source, blockSamples, queueBlocks, backlog);
        else _block = new(source.Info.Channels.Count, blockSamples);
    }

    /// <summary>What the source delivers.</summary>
    public SourceInfo Info => _source.Info;

    /// <summary>Keeps what comes in, if that is wanted.</summary>
    public Recorder? Recorder => (_source as RecordingSource)?.Recorder;

    /// <summary>The queue, if there is one.</summary>
    public SourcePump? Queue => _pump;

    /// <summary>Whether there is nothing more to take.</summary>
    public bool IsFinished { get; private set; }

    /// <summary>The next block; null if none came in time, or at the end.</summary>
    public SampleBlock? Take(TimeSpan timeout)
    {
        if (_pump is not null)
        {
            var block = _pump.Take(timeout);
            IsFinished = block is null && _pump.IsFinished;
            return block;
        }
        IsFinished = !_source.Read(_block!);
        _block!.Arrived = MonotonicClock.System.Now;
        return IsFinished ? null : _block;
    }

    public void Dispose()
    {
        if (_pump is not null) _pump.Dispose();
        else _source.Dispose();
    }
}
