using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Diagnostics.Timing;

/// <summary>How long one run of a layer took.</summary>
public sealed record LayerTime(TimedLayer Layer, double Microseconds);

/// <summary>What a layer will probably take.</summary>
/// <param name="Microseconds">Of one run, with caches as warm as the layer's size allows.</param>
/// <param name="IsExtrapolated">Whether a size of the layer lies outside those that were measured.</param>
public readonly record struct TimeEstimate(double Microseconds, bool IsExtrapolated);

/// <summary>
/// A kernel table: the times of layers over a grid of sizes on one CPU (<c>edgeqinn bench --kernels</c> measures it), and what they say about
/// layers that were not measured. It lives in the runtime because boards read it too (<c>edgeqinn bench MODEL.eqn --kernel-table</c>).
/// </summary>
public sealed partial class LayerTimes
{
    readonly Dictionary<string, SizeGrid> _grids = new(StringComparer.Ordinal);

    /// <summary>A table of these entries.</summary>
    public LayerTimes(IReadOnlyList<LayerTime> entries)
    {
        Entries = entries;
        foreach (var group in entries.GroupBy(e => e.Layer.Key, StringComparer.Ordinal)) _grids.Add(group.Key, new SizeGrid([.. group]));
    }

    /// <summary>The processor's name.</summary>
    public string Processor { get; init; } = "";

    /// <summary>The best instruction set that was allowed.</summary>
    public string Isa { get; init; } = "";

    /// <summary>When it was measured, as ISO 8601.</summary>
    public string Date { get; init; } = "";

    /// <summary>The runtime that measured it.</summary>
    public string RuntimeVersion { get; init; } = "";

    /// <summary>The machine's bounds.</summary>
    public MachinePeaks Peaks { get; init; } = new(0, 0, []);

    /// <summary>The measured grid.</summary>
    public IReadOnlyList<LayerTime> Entries { get; }

    /// <summary>Layers off the grid, measured in the same run and not used by <see cref="Estimate"/>: they tell how good it is.</summary>
    public IReadOnlyList<LayerTime> Checks { get; init; } = [];

    /// <summary>
    /// The time of one run of a layer; null where the table has nothing like it. Among entries that differ from the layer in sizes only, the
    /// logarithm of the time per multiply-add is interpolated linearly in the logarithm of each size, one size after the other. Beyond the
    /// largest size measured the rate stays what it is there, below the smallest the time does; both are said to be extrapolated. A sum takes as
    /// long as its terms, and so does a product of matrices of which the table has none.
    /// </summary>
    public TimeEstimate? Estimate(TimedLayer layer)
    {
        if (_grids.TryGetValue(layer.Key, out var grid) && grid.Estimate(layer) is { } estimate) return estimate;
        if (layer.Terms.IsEmpty) return null;
        double sum = 0;
        bool extrapolated = false;
        foreach (var term in layer.Terms)
        {
            if (Estimate(term) is not { } part) return null;
            sum += part.Microseconds;
            extrapolated |= part.IsExtrapolated;
        }
        return new TimeEstimate(sum, extrapolated);
    }
}
