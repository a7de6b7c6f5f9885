using System.Runtime.InteropServices;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;

namespace EdgeQinn.Converter;

/// <summary>One value that original and converted network both compute.</summary>
/// <param name="Value">Its name.</param>
/// <param name="Layer">The node that computes it in the converted network.</param>
/// <param name="MaxError">The largest absolute difference over all cases.</param>
/// <param name="Scale">The largest magnitude of the original's values.</param>
/// <param name="IsOutput">Whether it is an output of the network.</param>
public sealed record LayerError(string Value, string Layer, double MaxError, double Scale, bool IsOutput)
{
    /// <summary>Whether the error exceeds the bound, absolute and relative to the value's own scale.</summary>
    public bool Exceeds(double bound) => !(MaxError <= bound * Math.Max(1, Scale));
}

/// <summary>Runs two networks side by side and compares every float32 value they have in common, in order of computation.</summary>
public static class LayerCheck
{
    /// <summary>
    /// Compares <paramref name="converted"/> on the kernels of this CPU with <paramref name="original"/> on the scalar references.
    /// </summary>
    /// <param name="original">The network as the model says it, without passes.</param>
    /// <param name="converted">The network of the file.</param>
    /// <param name="cases">One array of bytes per input and case, in the order of the original's inputs.</param>
    /// <returns>The common values in the converted network's order; outputs always included.</returns>
    public static IReadOnlyList<LayerError> Run(ModelGraph original, ModelGraph converted, IReadOnlyList<byte[][]> cases)
    {
        using var referenceModel = Model.FromGraph(Exposed(original), [Isa.Scalar]);
        using var actualModel = Model.FromGraph(Exposed(converted));
        using var reference = referenceModel.CreateSession();
        using var actual = actualModel.CreateSession();
        var inputs = original.Inputs.Select(v => original.Values[v].Name).ToArray();
        var producers = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var node in converted.Nodes)
            foreach (int output in node.Outputs)
                if (output != Node.Absent) producers[converted.Values[output].Name] = node.Name;
        var outputs = converted.Outputs.Select(v => converted.Values[v].Name).ToHashSet(StringComparer.Ordinal);

        var expectedByName = reference.Outputs.ToDictionary(t => t.Name, StringComparer.Ordinal);
        var pairs = actual.Outputs.Where(t => t.Type.Element == ElementType.Float32 && expectedByName.TryGetValue(t.Name, out var e) && e.Type.Count == t.Type.Count && e.Type.Element == ElementType.Float32)
            .Select(t => (Actual: t, Expected: expectedByName[t.Name])).ToArray();
        double[] errors = new double[pairs.Length], scales = new double[pairs.Length];
        foreach (var data in cases)
        {
            for (int i = 0; i < inputs.Length; i++)
            {
                data[i].CopyTo(reference.Input(inputs[i]).AsBytes());
                data[i].CopyTo(actual.Input(inputs[i]).AsBytes());
            }
            reference.Run();
            actual.Run();
            for (int p = 0; p < pairs.Length; p++) Accumulate(pairs[p].Actual.AsSpan<float>(), pairs[p].Expected.AsSpan<float>(), ref errors[p], ref scales[p]);
        }
        return [.. pairs.Select((p, i) => new LayerError(p.Actual.Name, producers.GetValueOrDefault(p.Actual.Name, ""), errors[i], scales[i], outputs.Contains(p.Actual.Name)))];
    }

    static void Accumulate(ReadOnlySpan<float> actual, ReadOnlySpan<float> expected, ref double error, ref double scale)
    {
        for (int i = 0; i < actual.Length; i++)
        {
            if (actual[i].Equals(expected[i])) continue;
            double difference = Math.Abs((double)actual[i] - expected[i]);
            error = Math.Max(error, double.IsNaN(difference) ? double.PositiveInfinity : difference);
        }
        foreach (float e in expected)
            if (float.IsFinite(e)) scale = Math.Max(scale, Math.Abs((double)e));
    }

    /// <summary>The graph with every computed value an output, so that nothing is overwritten before it is compared.</summary>
    static ModelGraph Exposed(ModelGraph graph) => new()
    {
        Name = graph.Name, Values = graph.Values, Nodes = graph.Nodes, Inputs = graph.Inputs,
        Outputs = [.. graph.Nodes.SelectMany(n => n.Outputs).Where(o => o != Node.Absent)],
    };
}
