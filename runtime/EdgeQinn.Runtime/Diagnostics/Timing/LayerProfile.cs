using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Runtime.Diagnostics.Timing;

/// <summary>One layer of a model as it runs here.</summary>
/// <param name="Report">The node.</param>
/// <param name="Format">The weight's encoding; empty for a node without one.</param>
/// <param name="Microseconds">The median time of its steps, in the model.</param>
/// <param name="Bytes">Of its constants as stored, its inputs and its outputs.</param>
/// <param name="StoredMultiplyAdds">The multiply-adds of one run with the weight as it is stored; of the definition where that is less.</param>
/// <param name="MultiplyAdds">The multiply-adds of the definition: what a dense weight would take.</param>
/// <param name="BoundMicroseconds">What this machine needs at least: its multiply-adds at the measured peak, or reading its bytes, whichever is longer.</param>
/// <param name="IsReadBound">Whether reading is longer.</param>
/// <param name="Faster">Formats in which it would be faster, fastest first.</param>
public sealed record LayerProfile(
    NodeReport Report, string Format, double Microseconds, long Bytes, long StoredMultiplyAdds, long MultiplyAdds, double BoundMicroseconds, bool IsReadBound, IReadOnlyList<FasterFormat> Faster)
{
    /// <summary>Shares of the run below this are not worth another format.</summary>
    const double WorthALook = 0.01;

    /// <summary>The bound as a share of the time. Minimal filtering does fewer multiplications than the definition and can exceed 1.</summary>
    public double ShareOfBound => Microseconds > 0 ? BoundMicroseconds / Microseconds : 0;

    /// <summary>Describes the layers that have steps, in order.</summary>
    /// <param name="model">The model.</param>
    /// <param name="profile">Times of its steps.</param>
    /// <param name="allowed">The instruction sets the model was bound to.</param>
    /// <param name="table">Times of layers on this CPU; null to time other formats here and now.</param>
    /// <param name="peaks">The machine's bounds.</param>
    public static IReadOnlyList<LayerProfile> Measure(Model model, StepProfile profile, IReadOnlyList<Isa> allowed, LayerTimes? table, out MachinePeaks peaks)
    {
        peaks = MachinePeaks.Measure(allowed);
        // Weights and activations of the whole model pass through the caches before a layer runs again.
        double reads = peaks.ReadRateOf(model.Plan.ModelBytes + model.Plan.ArenaBytes);
        var report = ModelReport.Of(model);
        var times = new double[report.Nodes.Length];
        for (int s = 0; s < report.Steps.Length; s++) times[report.Steps[s].Node] += Math.Max(0, profile.Steps[s].Percentile(50) - profile.TimerCost) / 1e3;
        double run = times.Sum();
        var layers = new List<LayerProfile>();
        for (int n = 0; n < times.Length; n++)
        {
            if (report.Nodes[n].Kernels.IsEmpty) continue;
            var node = model.Graph.Nodes[n];
            var layer = TimedLayer.Of(model.Graph, node);
            long dense = report.Nodes[n].MultiplyAdds, stored = Math.Min(dense, layer?.MultiplyAdds ?? dense), bytes = report.Nodes[n].WeightBytes + ActivationBytes(model.Graph, node);
            double arithmetic = stored / (layer is { IsInt8: true } ? peaks.Int8MultiplyAdds : peaks.FloatMultiplyAdds), reading = bytes / reads;
            layers.Add(new LayerProfile(report.Nodes[n], layer?.Format ?? "", times[n], bytes, stored, dense, Math.Max(arithmetic, reading) / 1e3, reading > arithmetic,
                layer is null || times[n] < WorthALook * run ? [] : FasterFormat.Of(model.Graph, node, layer, times[n], allowed, table)));
        }
        return layers;
    }

    static long ActivationBytes(ModelGraph graph, Node node) =>
        node.Inputs.Concat(node.Outputs).Where(v => v != Node.Absent && graph.Values[v].Constant is null).Sum(v => graph.Values[v].Type.ByteLength);
}

/// <summary>A format in which a layer would be faster.</summary>
/// <param name="Format">As <c>--format</c> of the converter takes it.</param>
/// <param name="IsExact">Whether the layer would compute the same but for rounding; otherwise its accuracy has to be looked at.</param>
/// <param name="Microseconds">What it would take in this model.</param>
/// <param name="IsExtrapolated">Whether that lies outside the kernel table.</param>
public sealed record FasterFormat(string Format, bool IsExact, double Microseconds, bool IsExtrapolated)
{
    const double MillisecondsPerFormat = 5, MostDensity = 0.6, Gain = 0.9;

    /// <summary>The formats that save at least a tenth: dense for what is stored otherwise, block-sparse by the zeros there are, int8.</summary>
    internal static IReadOnlyList<FasterFormat> Of(ModelGraph graph, Node node, TimedLayer layer, double microseconds, IReadOnlyList<Isa> allowed, LayerTimes? table)
    {
        if (layer.Operator is not ("Linear" or "Conv")) return [];
        var weight = WeightEncodings.Read(graph.Values[node.Inputs[1]].Constant!);
        // Ratios carry over from layers alone to layers in a model, where caches are shared.
        if (Time(graph, node, weight, allowed, table) is not { } now) return [];
        var faster = new List<FasterFormat>();
        foreach (var (format, exact, candidate) in Candidates(weight))
            if (Time(graph, node, candidate, allowed, table) is { } then && then.Microseconds < Gain * now.Microseconds)
                faster.Add(new FasterFormat(format, exact, microseconds * then.Microseconds / now.Microseconds, now.IsExtrapolated || then.IsExtrapolated));
        return [.. faster.OrderBy(f => f.Microseconds)];
    }

    static TimeEstimate? Time(ModelGraph graph, Node node, Weight weight, IReadOnlyList<Isa> allowed, LayerTimes? table) => table is not null
        ? table.Estimate(TimedLayer.Of(graph, node, weight)!)
        : new TimeEstimate(LayerTimer.Microseconds(SingleNode.Of(graph, node, weight.Encode()), allowed, MillisecondsPerFormat), false);

    static IEnumerable<(string Format, bool IsExact, Weight Weight)> Candidates(Weight weight)
    {
        int[] shape = [.. weight.Type.Shape];
        float[] data = weight.ToArray();
        if (weight is not DenseWeight) yield return (DenseWeight.Name, true, new DenseWeight(EncodedTensor.FromSpan<float>(data, shape), weight.Rows));
        foreach (int height in (int[])[1, 4, 8, 16])
        {
            if (height > weight.Rows) continue;
            var sparse = BlockSparseWeight.OfNonZeros(weight.Type, weight.Rows, height, data);
            double density = (double)sparse.Blocks / ((long)sparse.Groups * sparse.BlockColumns);
            if (density <= MostDensity && !(weight is BlockSparseWeight own && own.Height == height)) yield return (FormattableString.Invariant($"bcsr:v={height},density={Math.Ceiling(density * 1000) / 1000}"), true, sparse);
        }
        // Its numbers do not matter for its time.
        if (weight is DenseWeight) yield return (Int8Weight.Name, false, RandomWeights.Int8(new Random(1), shape));
    }
}
