using EdgeQinn.Converter.Graph;
using EdgeQinn.Converter.Onnx;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Import.Adapters;

/// <summary>Conversions between numbers and their quantised form.</summary>
static class QuantizationAdapters
{
    public static IEnumerable<Adapter> All =>
    [
        new("QuantizeLinear", 10, Quantize),
        new("DequantizeLinear", 10, Dequantize),
        new("DynamicQuantizeLinear", 11, n =>
        {
            var results = n.Emit(3, "DynamicQuantizeLinear", [], n.Input(0));
            for (int i = 0; i < 3; i++) n.Output(i, results[i]);
        }),
    ];

    static AttributeMap Axis(NodeImporter n) => new() { { "axis", n.Int("axis", 1) }, { "block_size", n.Int("block_size", 0) } };

    /// <summary>The zero point under the scale's shape: exporters mix [] and [1].</summary>
    static IrValue? ZeroPoint(NodeImporter n) =>
        n.Optional(2) is { Type.Count: 1 } zero && n.Input(1).Type.Count == 1 ? n.Reshape(zero, n.Input(1).Type.Shape.AsSpan()) : n.Optional(2);

    static void Dequantize(NodeImporter n)
    {
        bool isFloat = n.Importer.WidenedFrom(n.Input(0)) is not null && n.Input(0).Type.Element == ElementType.Float32;
        n.Output(0, isFloat ? DequantizeFloats(n) : n.Emit("DequantizeLinear", Axis(n), n.Input(0), n.Input(1), ZeroPoint(n)));
    }

    /// <summary>8-bit floats have been widened to float32: what is left is (x − zero point) · scale.</summary>
    static IrValue DequantizeFloats(NodeImporter n)
    {
        var x = n.Input(0);
        if (n.Int("block_size", 0) != 0) throw n.Fail("has 8-bit floats with scales per block, which is not supported");
        long axis = n.Int("axis", 1);
        if (n.Optional(2) is { } zero) x = n.Emit("Sub", [], x, Along(n, n.Cast(zero, ElementType.Float32), x, axis));
        var scale = n.Input(1);
        return n.Cast(n.Emit("Mul", [], x, Along(n, n.Cast(scale, ElementType.Float32), x, axis)), scale.Type.Element);
    }

    /// <summary>A scalar or a vector along <paramref name="axis"/> of <paramref name="x"/>, so that it broadcasts.</summary>
    static IrValue Along(NodeImporter n, IrValue value, IrValue x, long axis)
    {
        if (value.Type.Count == 1) return n.Reshape(value, []);
        int at = n.Axis(axis, x.Type.Rank);
        if (value.Type.Rank != 1 || value.Type.Count != x.Type.Shape[at]) throw n.Fail($"{value.Type} does not fit axis {axis} of {x.Type}");
        return n.Reshape(value, [value.Type.Count, .. Enumerable.Repeat(1, x.Type.Rank - at - 1)]);
    }

    static void Quantize(NodeImporter n)
    {
        n.Ignore("saturate"); // for 8-bit floats, which the runtime does not have
        var attributes = Axis(n);
        long type = n.Int("output_dtype", 0);
        if (type != 0)
        {
            if (!ElementNames.TryGet(type, out _)) throw n.Fail($"quantises to {ElementNames.Name(type)}, which the runtime does not have");
            attributes.Add("output_dtype", type);
        }
        // int32 is quantised as the float32 it converts to.
        var (x, scale) = (n.Input(0), n.Input(1));
        if (x.Type.Element == ElementType.Int32) (x, scale) = (n.Cast(x, ElementType.Float32), n.Cast(scale, ElementType.Float32));
        n.Output(0, n.Emit("QuantizeLinear", attributes, x, scale, ZeroPoint(n)));
    }
}
