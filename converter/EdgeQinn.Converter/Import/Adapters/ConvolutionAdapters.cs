using EdgeQinn.Converter.Graph;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Import.Adapters;

/// <summary>Convolutions and pools.</summary>
static class ConvolutionAdapters
{
    public static IEnumerable<Adapter> All =>
    [
        new("Conv", 1, n => n.Output(0, n.EmitInFloat32(1, "Conv", ConvAttributes(n, weights: 1), n.Input(0), n.Input(1), n.Optional(2))[0])),
        new("ConvTranspose", 1, ConvTranspose),
        new("QLinearConv", 10, n => n.Output(0, n.Emit("QLinearConv", ConvAttributes(n, weights: 3),
            n.Input(0), n.Input(1), n.Input(2), n.Input(3), n.Input(4), n.Input(5), n.Input(6), n.Input(7), n.Optional(8)))),
        new("ConvInteger", 10, n => n.Output(0, n.Emit("ConvInteger", ConvAttributes(n, weights: 1), n.Input(0), n.Input(1), n.Optional(2), n.Optional(3)))),
        new("MaxPool", 1, MaxPool),
        new("AveragePool", 1, n => Pool(n, "AveragePool", new AttributeMap { { "count_include_pad", n.Int("count_include_pad", 0) } })),
        new("LpPool", 2, n => Pool(n, "LpPool", new AttributeMap { { "p", n.Int("p", 2) } })),
        new("GlobalMaxPool", 1, n => n.Output(0, n.Emit("GlobalMaxPool", [], n.Input(0)))),
        new("GlobalAveragePool", 1, n => n.Output(0, n.Emit("GlobalAveragePool", [], n.Input(0)))),
        new("GlobalLpPool", 2, n => n.Output(0, n.Emit("GlobalLpPool", new AttributeMap { { "p", n.Int("p", 2) } }, n.Input(0)))),
    ];

    static ReadOnlySpan<int> Spatial(NodeImporter n, IrValue x) =>
        x.Type.Rank > 2 ? x.Type.Shape.AsSpan()[2..] : throw n.Fail($"input {x.Type} has no spatial axis");

    static int[] Kernel(NodeImporter n, IrValue x, IrValue w) =>
        w.Type.Rank == x.Type.Rank ? [.. w.Type.Shape.AsSpan()[2..]] : throw n.Fail($"weights {w.Type} do not fit input {x.Type}");

    static AttributeMap ConvAttributes(NodeImporter n, int weights)
    {
        var x = n.Input(0);
        var windows = Windows.Read(n, Spatial(n, x), Kernel(n, x, n.Input(weights)));
        return new AttributeMap
        {
            { "strides", windows.Strides }, { "pads", windows.Pads }, { "dilations", windows.Dilations }, { "group", n.Int("group", 1) },
        };
    }

    static void ConvTranspose(NodeImporter n)
    {
        var (x, w) = (n.Input(0), n.Input(1));
        var spatial = Spatial(n, x);
        int rank = spatial.Length;
        int[] kernel = Kernel(n, x, w);
        string mode = n.Text("auto_pad", "NOTSET");
        int[]? shape = Windows.Read(n, "output_shape", rank);
        int[] extra = Windows.Read(n, "output_padding", rank) ?? new int[rank];
        // Padding as for a convolution is wrong here (it would be that of the output): read the rest, then resolve it below.
        int[] strides = Windows.Read(n, "strides", rank) ?? [.. Enumerable.Repeat(1, rank)];
        int[] dilations = Windows.Read(n, "dilations", rank) ?? [.. Enumerable.Repeat(1, rank)];
        if (Windows.Read(n, "kernel_shape", rank) is { } given && !given.SequenceEqual(kernel)) throw n.Fail("kernel_shape differs from the weights'");
        int[] pads = Windows.Read(n, "pads", 2 * rank) ?? new int[2 * rank];
        if (mode == "VALID") pads = new int[2 * rank];
        bool isSame = mode is "SAME_UPPER" or "SAME_LOWER";
        for (int i = 0; i < rank && (isSame || shape is not null); i++)
        {
            int wanted = shape?[i] ?? checked(spatial[i] * strides[i]);
            long total = strides[i] * (spatial[i] - 1L) + extra[i] + (kernel[i] - 1L) * dilations[i] + 1 - wanted;
            if (total < 0) (extra[i], total) = (n.ToInt32(extra[i] - total, "output_padding"), 0); // the output is longer than the taps reach
            int total32 = n.ToInt32(total, "pads"), half = total32 / 2;
            (pads[i], pads[i + rank]) = mode == "SAME_UPPER" ? (half, total32 - half) : (total32 - half, half);
        }
        var attributes = new AttributeMap
        {
            { "strides", strides }, { "pads", pads }, { "dilations", dilations }, { "group", n.Int("group", 1) }, { "output_padding", extra },
        };
        n.Output(0, n.EmitInFloat32(1, "ConvTranspose", attributes, x, w, n.Optional(2))[0]);
    }

    static AttributeMap PoolAttributes(NodeImporter n, AttributeMap attributes)
    {
        var windows = Windows.Read(n, Spatial(n, n.Input(0)), null);
        attributes.Add("kernel_shape", windows.Kernel);
        attributes.Add("strides", windows.Strides);
        attributes.Add("pads", windows.Pads);
        attributes.Add("dilations", windows.Dilations);
        bool isAutomatic = n.Text("auto_pad", "NOTSET") is "SAME_UPPER" or "SAME_LOWER";
        long ceil = n.Int("ceil_mode", 0);
        attributes.Add("ceil_mode", isAutomatic ? 0 : ceil);
        return attributes;
    }

    static void Pool(NodeImporter n, string op, AttributeMap attributes) => n.Output(0, n.Emit(op, PoolAttributes(n, attributes), n.Input(0)));

    static void MaxPool(NodeImporter n)
    {
        var attributes = PoolAttributes(n, new AttributeMap { { "storage_order", n.Int("storage_order", 0) } });
        if (!n.Wants(1))
        {
            n.Output(0, n.Emit("MaxPool", attributes, n.Input(0)));
            return;
        }
        var outputs = n.Emit(2, "MaxPool", attributes, n.Input(0));
        n.Output(0, outputs[0]);
        n.Output(1, outputs[1]);
    }
}
