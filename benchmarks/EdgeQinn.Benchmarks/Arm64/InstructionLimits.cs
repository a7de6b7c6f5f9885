using EdgeQinn.Benchmarks.Models;
using EdgeQinn.Runtime.Diagnostics;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Benchmarks.Arm64;

/// <summary>A layer above its goal, and where its instructions go.</summary>
/// <param name="Layer">The layer, as counted in its model.</param>
/// <param name="Alike">Layers of the same network that run alike, itself included.</param>
/// <param name="Split">Null where other sizes run on other kernels.</param>
sealed record InstructionLimit(InstructionCount Layer, IReadOnlyList<string> Alike, InstructionSplit? Split);

/// <summary>What the smallest things take: of a layer with fewer multiply-adds than this allows, nothing else need be said.</summary>
/// <param name="What">A plan of one step, or a layer.</param>
/// <param name="Cpu">The emulated core.</param>
/// <param name="Instructions">What it takes.</param>
sealed record InstructionFloor(string What, string Cpu, double Instructions);

/// <summary>Counts the layers above their goals in other sizes, on the same core.</summary>
static class InstructionLimits
{
    /// <summary>The limits, and the floors.</summary>
    /// <param name="counting">What counts.</param>
    /// <param name="counts">Every count of the models.</param>
    /// <param name="graphs">The model in a format.</param>
    public static (IReadOnlyList<InstructionLimit> Limits, IReadOnlyList<InstructionFloor> Floors) Of(
        CountingEmulator counting, IReadOnlyList<InstructionCount> counts, Func<(string Model, string Format), ModelGraph> graphs)
    {
        using var files = new TemporaryFolder();
        int written = 0;
        CountedModel Written(ModelGraph graph, string name, Counted what)
        {
            string file = files.Path($"{written++}.eqn");
            EqnWriter.Write(file, new EqnContents(graph));
            return new CountedModel(file, name, "", 1, 1, what);
        }

        // Float32 layers run alike on every core, and in an int8 model those that stay float32 as in the dense one: each is split once.
        var above = counts.Where(c => c.IsAboveGoal && (c.Format == "dense" || c.Kernels.Contains(".i8/", StringComparison.Ordinal)))
            .Select(c => (Count: c, Layer: ScaledLayer.Of(graphs((c.Model, c.Format)), c))).Where(l => l.Layer is not null)
            .DistinctBy(l => (l.Count.Model, l.Count.Layer, l.Count.Kernels))
            .GroupBy(l => (l.Count.Model, l.Count.Kernels, l.Layer!.Key)).Select(g => (g.First().Count, Layer: g.First().Layer!, Alike: g.Select(l => l.Count.Layer).ToArray())).ToList();
        string[] cpus = [.. counts.Select(c => c.Cpu).Distinct()];
        var models = cpus.ToDictionary(c => c, _ => new List<CountedModel>());
        for (int i = 0; i < above.Count; i++)
        {
            int[] filled = above[i].Layer.Filled();
            for (int doubled = 0; doubled < 1 << filled.Length; doubled++)
                models[above[i].Count.Cpu].Add(Written(above[i].Layer.Graph([.. filled.Select((size, s) => size << (doubled >> s & 1))]), $"{i}/{doubled}", Counted.Prepared));
        }
        foreach (var list in models.Values) list.AddRange(Smallest().Select(s => Written(s.Graph, s.What, Counted.Whole)));
        var results = new IReadOnlyList<InstructionCount>[cpus.Length];
        Parallel.For(0, cpus.Length, c => results[c] = counting.Count(cpus[c], models[cpus[c]]));
        var byName = results.SelectMany(r => r).ToLookup(r => r.Model);

        var limits = above.Select((layer, i) =>
        {
            int[] filled = layer.Layer.Filled();
            var scaled = Enumerable.Range(0, 1 << filled.Length).Select(doubled => byName[$"{i}/{doubled}"].Single()).ToArray();
            bool alike = scaled.All(s => s.Kernels.Split(", ")[^1] == layer.Count.Kernels.Split(", ")[^1]);
            return new InstructionLimit(layer.Count, layer.Alike,
                alike ? InstructionSplit.Of([.. scaled.Select(s => s.Instructions)], filled, layer.Layer.Sizes, layer.Count.Instructions - layer.Count.Preparing, layer.Count.Preparing) : null);
        });
        var floors = Smallest().SelectMany(s => byName[s.What].Select(c => new InstructionFloor(s.What, c.Cpu, c.Instructions)));
        return ([.. limits], [.. floors]);
    }

    /// <summary>A step that does next to nothing, and linear layers of one multiply-add.</summary>
    static IEnumerable<(string What, ModelGraph Graph)> Smallest()
    {
        TensorType one = new(ElementType.Float32, 1), matrix = new(ElementType.Float32, 1, 1);
        ModelGraph Linear(Weight weight) => SingleNode.Graph("Linear", [], 1, (null, matrix), (weight.Encode(), matrix), (EncodedTensor.FromSpan<float>([1], 1), one));
        yield return ("plan step that negates one number", SingleNode.Graph("Neg", [], 1, (null, one)));
        yield return ("linear layer 1→1, float32", Linear(RandomWeights.Dense(new Random(1), 1, 1)));
        yield return ("linear layer 1→1, int8", Linear(RandomWeights.Int8(new Random(1), 1, 1)));
    }
}
