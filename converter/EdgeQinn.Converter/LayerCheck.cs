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

/// <summary>What a converted network is compared with: runs the original and tells every value it knows.</summary>
public interface ILayerReference : IDisposable
{
    /// <summary>Runs on one case: the bytes of each input, by name.</summary>
    /// <returns>The float32 values computed on the way and in the end, by name.</returns>
    IReadOnlyDictionary<string, float[]> Run(IReadOnlyDictionary<string, byte[]> inputs);
}

/// <summary>The original, operator by operator without passes, on the scalar reference kernels.</summary>
public sealed class ScalarReference : ILayerReference
{
    readonly Model _model;
    readonly Session _session;

    /// <summary>Binds the network.</summary>
    /// <exception cref="GraphException">The runtime refuses it.</exception>
    public ScalarReference(ModelGraph original)
    {
        _model = Model.FromGraph(LayerCheck.Exposed(original), [Isa.Scalar]);
        _session = _model.CreateSession();
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, float[]> Run(IReadOnlyDictionary<string, byte[]> inputs)
    {
        foreach (var input in _session.Inputs) inputs[input.Name].CopyTo(input.AsBytes());
        _session.Run();
        return _session.Outputs.Where(t => t.Type.Element == ElementType.Float32).ToDictionary(t => t.Name, t => t.AsSpan<float>().ToArray(), StringComparer.Ordinal);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _session.Dispose();
        _model.Dispose();
    }
}

/// <summary>Runs a converted network beside its original and compares every float32 value they have in common, in order of computation.</summary>
public static class LayerCheck
{
    /// <summary>Compares <paramref name="converted"/>, on the best kernels of this CPU, with <paramref name="reference"/>.</summary>
    /// <param name="reference">The original.</param>
    /// <param name="converted">The network of the file.</param>
    /// <param name="cases">The bytes of each input, by name, for each case.</param>
    /// <returns>The common values in the converted network's order.</returns>
    /// <exception cref="GraphException">The runtime refuses the network.</exception>
    public static IReadOnlyList<LayerError> Run(ILayerReference reference, ModelGraph converted, IReadOnlyList<IReadOnlyDictionary<string, byte[]>> cases)
    {
        using var model = Model.FromGraph(Exposed(converted));
        using var session = model.CreateSession();
        var producers = converted.Nodes.SelectMany(n => n.Outputs.Where(o => o != Node.Absent).Select(o => (converted.Values[o].Name, Node: n.Name)))
            .ToDictionary(p => p.Name, p => p.Node, StringComparer.Ordinal);
        var outputs = converted.Outputs.Select(v => converted.Values[v].Name).ToHashSet(StringComparer.Ordinal);
        var values = session.Outputs.Where(t => t.Type.Element == ElementType.Float32).ToArray();
        double[] errors = new double[values.Length], scales = new double[values.Length];
        bool[] known = new bool[values.Length];
        foreach (var inputs in cases)
        {
            foreach (var input in session.Inputs) inputs[input.Name].CopyTo(input.AsBytes());
            session.Run();
            var expected = reference.Run(inputs);
            for (int v = 0; v < values.Length; v++)
            {
                if (!expected.TryGetValue(values[v].Name, out var wanted) || wanted.Length != values[v].Type.Count) continue;
                known[v] = true;
                Accumulate(values[v].AsSpan<float>(), wanted, ref errors[v], ref scales[v]);
            }
        }
        return [.. values.Select((t, v) => new LayerError(t.Name, producers[t.Name], errors[v], scales[v], outputs.Contains(t.Name))).Where((_, v) => known[v])];
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
    internal static ModelGraph Exposed(ModelGraph graph) => new()
    {
        Name = graph.Name, Values = graph.Values, Nodes = graph.Nodes, Inputs = graph.Inputs,
        Outputs = [.. graph.Nodes.SelectMany(n => n.Outputs).Where(o => o != Node.Absent)],
    };
}
