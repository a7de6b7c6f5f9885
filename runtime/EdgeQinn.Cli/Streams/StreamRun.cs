using System.Diagnostics;
using EdgeQinn.Devices.Signals.Windows;
using EdgeQinn.Devices.Sources;
using EdgeQinn.Runtime.Diagnostics;

namespace EdgeQinn.Cli.Streams;

/// <summary>One classified window.</summary>
/// <param name="Window">The window; its arrays are valid until the next.</param>
/// <param name="Label">Index of the label.</param>
/// <param name="Latency">From the block with the last sample it needed being there to the label, in ns.</param>
readonly record struct Result(SignalWindow Window, int Label, long Latency);

/// <summary>Drives samples through windower and network and keeps the figures.</summary>
sealed class StreamRun(StreamClassifier classifier, ISampleSource source, Windower windower, int blockSamples)
{
    readonly SampleBlock _block = new(source.Info.Channels.Count, blockSamples);

    /// <summary>From the block with the last sample a window needed to its label, in ns.</summary>
    public LatencyHistogram Latency { get; } = new();

    /// <summary>Results per label.</summary>
    public long[] Counts { get; } = new long[classifier.Contract.Decision.Labels.Count];

    /// <summary>Bytes allocated from blocks to labels after the first label, before which the runtime sets itself up.</summary>
    public long Allocated { get; private set; }

    /// <summary>Samples per channel read.</summary>
    public long Samples { get; private set; }

    /// <summary>The last block, for those who show the signal.</summary>
    public SampleBlock Block => _block;

    /// <summary>Reads the source to its end.</summary>
    /// <param name="stop">Asked before each block.</param>
    /// <param name="blockRead">Called after each block, before its windows.</param>
    /// <param name="result">Called for each window; false stops.</param>
    public void Run(Func<bool> stop, Action<SampleBlock>? blockRead, Func<Result, bool> result)
    {
        while (!stop() && source.Read(_block))
        {
            long available = Stopwatch.GetTimestamp();
            Samples += _block.Count;
            blockRead?.Invoke(_block);
            windower.Accept(_block);
            if (!Drain(available, result)) return;
        }
        windower.Finish();
        Drain(Stopwatch.GetTimestamp(), result);
    }

    bool Drain(long available, Func<Result, bool> result)
    {
        while (true)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            bool found = windower.TryRead(out var window);
            int label = found ? classifier.Classify(window!) : -1;
            long latency = (long)Stopwatch.GetElapsedTime(available).TotalNanoseconds;
            if (Latency.Count > 0) Allocated += GC.GetAllocatedBytesForCurrentThread() - before;
            if (!found) return true;
            if (label < 0) continue; // a stream that has just begun

            Latency.Record(latency);
            Counts[label]++;
            if (!result(new Result(window!, label, latency))) return false;
            available = Stopwatch.GetTimestamp(); // printing is not the pipeline's time
        }
    }
}
