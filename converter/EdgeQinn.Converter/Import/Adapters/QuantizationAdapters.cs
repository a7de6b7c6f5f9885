using EdgeQinn.Converter.Onnx;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Import.Adapters;

/// <summary>Conversions between numbers and their quantised form.</summary>
static class QuantizationAdapters
{
    public static IEnumerable<Adapter> All =>
    [
        new("QuantizeLinear", 10, Quantize),
        new("DequantizeLinear", 10, n => n.Output(0, n.Emit("DequantizeLinear", Axis(n), n.Input(0), n.Input(1), n.Optional(2)))),
        new("DynamicQuantizeLinear", 11, n =>
        {
            var results = n.Emit(3, "DynamicQuantizeLinear", [], n.Input(0));
            for (int i = 0; i < 3; i++) n.Output(i, results[i]);
        }),
    ];

    static AttributeMap Axis(NodeImporter n) => new() { { "axis", n.Int("axis", 1) }, { "block_size", n.Int("block_size", 0) } };

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
        n.Output(0, n.Emit("QuantizeLinear", attributes, n.Input(0), n.Input(1), n.Optional(2)));
    }
}
