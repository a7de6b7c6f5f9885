using System.Diagnostics;
using EdgeQinn.Runtime.Kernels;

namespace EdgeQinn.Runtime.Diagnostics.Timing;

/// <summary>Measures a kernel table on the CPU at hand.</summary>
static class KernelTableBuilder
{
    const double MillisecondsPerLayer = 2.5;

    /// <summary>Measures.</summary>
    /// <param name="fineness">How fine the grid is.</param>
    /// <param name="allowed">The instruction sets to choose from, best first.</param>
    /// <param name="processor">The processor's name.</param>
    /// <param name="version">The runtime's version.</param>
    /// <param name="progress">Called with the number of layers timed so far.</param>
    public static LayerTimes Measure(LayerGrid.Fineness fineness, IReadOnlyList<Isa> allowed, string processor, string version, Action<int> progress)
    {
        WarmUp(allowed, fineness);
        var peaks = MachinePeaks.Measure(allowed);
        int done = 0;
        List<LayerTime> Time(IEnumerable<GridLayer> layers)
        {
            var times = new List<LayerTime>();
            var seen = new HashSet<string>(StringComparer.Ordinal);
            foreach (var (layer, graph) in layers)
            {
                // Small weights of different densities can have the same number of blocks.
                if (!seen.Add($"{layer.Key} {string.Join(' ', layer.Sizes)}")) continue;
                times.Add(new LayerTime(layer, LayerTimer.Microseconds(graph, allowed, MillisecondsPerLayer)));
                progress(++done);
            }
            return times;
        }
        return new LayerTimes(Time(LayerGrid.Layers(fineness)))
        {
            Processor = processor,
            Isa = allowed[0].ToString().ToLowerInvariant(),
            Date = DateTime.UtcNow.ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture),
            RuntimeVersion = version,
            Peaks = peaks,
            Checks = Time(LayerGrid.Checks(fineness)),
        };
    }

    /// <summary>Lets the clock rate rise and the JIT finish the loop that runs steps.</summary>
    static void WarmUp(IReadOnlyList<Isa> allowed, LayerGrid.Fineness fineness)
    {
        var first = LayerGrid.Layers(LayerGrid.Fineness.Quick).First().Graph;
        double milliseconds = fineness == LayerGrid.Fineness.Full ? 500 : 50;
        for (var watch = Stopwatch.StartNew(); watch.ElapsedMilliseconds < milliseconds;) LayerTimer.Microseconds(first, allowed, milliseconds / 5);
    }
}
