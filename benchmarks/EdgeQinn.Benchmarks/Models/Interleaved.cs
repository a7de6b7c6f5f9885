using System.Diagnostics;

namespace EdgeQinn.Benchmarks.Models;

/// <summary>
/// Times engines in alternating blocks, so that a busy neighbour or a changing clock meets all alike: in each round every engine runs one
/// block, starting with another one each time.
/// </summary>
static class Interleaved
{
    static readonly TimeSpan _block = TimeSpan.FromMilliseconds(40);
    static readonly TimeSpan _warmUp = TimeSpan.FromMilliseconds(400);

    /// <summary>Each inference timed alone, its data in the caches as the previous one left it.</summary>
    /// <returns>For each engine the ticks of each block's inferences.</returns>
    public static long[][][] Warm(IReadOnlyList<Engine> engines, int rounds)
    {
        foreach (var engine in engines) WarmUp(engine);
        int[] sizes = [.. engines.Select(BlockSize)];
        return Run(engines, rounds, i => Time(engines[i], sizes[i], beforeEach: null));
    }

    /// <summary>Each inference timed alone, after all caches were filled with other data.</summary>
    public static long[][][] Cold(IReadOnlyList<Engine> engines, int rounds, CacheFlusher flusher)
    {
        const int perBlock = 8;
        return Run(engines, rounds, i => Time(engines[i], perBlock, flusher.Flush));
    }

    static long[][][] Run(IReadOnlyList<Engine> engines, int rounds, Func<int, long[]> block)
    {
        var blocks = engines.Select(_ => new long[rounds][]).ToArray();
        for (int round = 0; round < rounds; round++)
        {
            for (int k = 0; k < engines.Count; k++)
            {
                int engine = (round + k) % engines.Count;
                blocks[engine][round] = block(engine);
            }
        }
        return blocks;
    }

    static long[] Time(Engine engine, int count, Action? beforeEach)
    {
        var ticks = new long[count];
        for (int i = 0; i < count; i++)
        {
            beforeEach?.Invoke();
            long start = Stopwatch.GetTimestamp();
            engine.Run();
            ticks[i] = Stopwatch.GetTimestamp() - start;
        }
        return ticks;
    }

    /// <summary>Long enough for the just-in-time compiler's last tier.</summary>
    static void WarmUp(Engine engine)
    {
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < _warmUp) engine.Run();
    }

    static int BlockSize(Engine engine)
    {
        double median = Latency.Of(Time(engine, 51, beforeEach: null)).P50;
        return (int)Math.Clamp(_block.TotalMicroseconds / median, 10, 20_000);
    }
}
