using EdgeQinn.Runtime.Diagnostics;
using EdgeQinn.Runtime.Diagnostics.Timing;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;

namespace EdgeQinn.Converter.Selection;

/// <summary>Runs the layer alone on this machine: right for this machine, and never quite the same twice. A kernel table makes choices repeatable.</summary>
public sealed class MeasuredLayerCost : ILayerCost
{
    const double Milliseconds = 2;

    /// <inheritdoc/>
    public string Source => $"each layer measured alone on this machine ({Cpu.Allowed()[0]})";

    /// <inheritdoc/>
    public double Microseconds(ModelGraph graph, int node) => LayerTimer.Microseconds(SingleNode.Of(graph, graph.Nodes[node]), Cpu.Allowed(), Milliseconds);
}

/// <summary>Estimates layers from a kernel table of the board (<c>edgeqinn bench --kernels</c>).</summary>
/// <param name="table">The table.</param>
/// <param name="name">Where it was read from.</param>
public sealed class TableLayerCost(LayerTimes table, string name) : ILayerCost
{
    /// <inheritdoc/>
    public string Source => $"kernel table {name} ({table.Processor}, {table.Isa}, {table.Date}); what it lacks, by its ratio to dense on this machine";

    /// <inheritdoc/>
    public double Microseconds(ModelGraph graph, int node) =>
        TimedLayer.Of(graph, graph.Nodes[node]) is { } layer && table.Estimate(layer) is { } estimate ? estimate.Microseconds : double.NaN;
}
