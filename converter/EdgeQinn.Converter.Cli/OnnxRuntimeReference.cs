using System.Text;
using EdgeQinn.Converter.Onnx;
using EdgeQinn.OnnxRuntime;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Cli;

/// <summary>The original in ONNX Runtime, unoptimised, with every value the converted network also has made an output.</summary>
sealed class OnnxRuntimeReference : ILayerReference
{
    readonly OrtSession _session;
    readonly Dictionary<string, TensorType> _inputs;

    /// <exception cref="OrtException">The library is absent or refuses the model.</exception>
    public OnnxRuntimeReference(OnnxModel model, ModelGraph converted)
    {
        _inputs = converted.Inputs.Select(v => converted.Values[v]).ToDictionary(v => v.Name, v => v.Type);
        var outputs = model.Graph.Outputs.Select(o => o.Name).ToHashSet(StringComparer.Ordinal);
        var shared = converted.Values.Select(v => v.Name).ToHashSet(StringComparer.Ordinal);
        string[] more = [.. model.Graph.Nodes.SelectMany(n => n.Outputs).Where(o => o.Length > 0 && shared.Contains(o) && outputs.Add(o))];
        _session = OrtSession.FromBytes([.. model.Bytes.Span, .. Outputs(more)], new OrtOptions { Optimise = false });
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, float[]> Run(IReadOnlyDictionary<string, byte[]> inputs)
    {
        var tensors = new List<OrtTensor>();
        IReadOnlyList<OrtTensor> results = [];
        try
        {
            foreach (var input in _session.Inputs)
            {
                if (!_inputs.TryGetValue(input.Name, out var type)) throw new GraphException($"'{input.Name}' was bound at conversion; ONNX Runtime still needs it as an input");
                tensors.Add(new OrtTensor(input.Name, input.Element, [.. type.Shape.Select(d => (long)d)]));
                inputs[input.Name].CopyTo(tensors[^1].AsBytes());
            }
            results = _session.Run(tensors);
            return results.Where(t => t.Element == OrtElementType.Float).ToDictionary(t => t.Name, t => t.AsSpan<float>().ToArray(), StringComparer.Ordinal);
        }
        finally
        {
            foreach (var tensor in tensors.Concat(results)) tensor.Dispose();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();

    /// <summary>
    /// A second <c>graph</c> field that holds outputs alone. Protobuf merges it with the first, so the model need not be rewritten
    /// (protobuf.dev/programming-guides/encoding, "Last One Wins").
    /// </summary>
    static byte[] Outputs(IEnumerable<string> names)
    {
        var graph = new MemoryStream();
        foreach (string name in names)
        {
            var value = new MemoryStream();
            WriteField(value, 1, Encoding.UTF8.GetBytes(name));
            WriteField(graph, 12, value.ToArray());
        }
        var model = new MemoryStream();
        WriteField(model, 7, graph.ToArray());
        return model.ToArray();
    }

    static void WriteField(MemoryStream stream, int field, ReadOnlySpan<byte> bytes)
    {
        stream.WriteByte((byte)(field << 3 | 2));
        uint length = (uint)bytes.Length;
        for (; length >= 0x80; length >>= 7) stream.WriteByte((byte)(length | 0x80));
        stream.WriteByte((byte)length);
        stream.Write(bytes);
    }
}
