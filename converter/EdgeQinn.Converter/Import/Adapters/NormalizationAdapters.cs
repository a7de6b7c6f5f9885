using EdgeQinn.Converter.Graph;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Import.Adapters;

/// <summary>Normalisations.</summary>
static class NormalizationAdapters
{
    public static IEnumerable<Adapter> All =>
    [
        new("BatchNormalization", 1, OldBatchNormalization) { To = 13 },
        new("BatchNormalization", 14, n =>
        {
            if (n.Int("training_mode", 0) != 0) TrainingBatchNormalization(n);
            else BatchNormalization(n);
        }),
        new("InstanceNormalization", 1, n => n.Output(0, n.Emit("InstanceNormalization", Epsilon(n), n.Input(0), n.Input(1), n.Input(2)))),
        new("GroupNormalization", 18, n => GroupNormalization(n, perGroup: true)) { To = 20 },
        new("GroupNormalization", 21, n => GroupNormalization(n, perGroup: false)),
        new("LayerNormalization", 17, LayerNormalization),
        new("RMSNormalization", 23, n =>
        {
            n.Ignore("stash_type");
            var attributes = Epsilon(n);
            attributes.Add("axis", n.Int("axis", -1));
            n.Output(0, n.Emit("RMSNormalization", attributes, n.Input(0), n.Input(1)));
        }),
        new("LpNormalization", 1, n => n.Output(0, n.Emit("LpNormalization", new AttributeMap { { "axis", n.Int("axis", -1) }, { "p", n.Int("p", 2) } }, n.Input(0)))),
        new("LRN", 1, n => n.Output(0, n.Emit("LRN", new AttributeMap
        {
            { "size", n.Int("size", 0) }, { "alpha", n.Float("alpha", 1e-4f) }, { "beta", n.Float("beta", 0.75f) }, { "bias", n.Float("bias", 1) },
        }, n.Input(0)))),
        new("MeanVarianceNormalization", 9, n => n.Output(0, n.Emit("MeanVarianceNormalization",
            new AttributeMap { { "axes", n.Ints("axes") ?? [0, 2, 3] } }, n.Input(0)))),
    ];

    static AttributeMap Epsilon(NodeImporter n) => new() { { "epsilon", n.Float("epsilon", 1e-5f) } };

    static void OldBatchNormalization(NodeImporter n)
    {
        if (n.Int("is_test", n.Opset < 7 ? 0 : 1) == 0 || Enumerable.Range(1, 4).Any(n.Wants))
            throw n.Fail("is in training mode; export the model in inference mode");
        if (n.Int("spatial", 1) == 0) PerElementNormalization(n);
        else BatchNormalization(n);
    }

    /// <summary>Before opset 9, <c>spatial</c> = 0 gave every element of an item a scale, bias, mean and variance of its own: all [C, D₁ …].</summary>
    static void PerElementNormalization(NodeImporter n)
    {
        n.Ignore("momentum");
        var x = n.Input(0);
        var deviation = n.Emit("Sqrt", [], n.Emit("Add", [], n.Input(4), n.Scalar(n.Float("epsilon", 1e-5f), x.Type.Element)));
        var factor = n.Emit("Div", [], n.Input(1), deviation);
        n.Output(0, n.Emit("Add", [], n.Emit("Mul", [], n.Emit("Sub", [], x, n.Input(3)), factor), n.Input(2)));
    }

    static void BatchNormalization(NodeImporter n)
    {
        n.Ignore("momentum");
        n.Output(0, n.Emit("BatchNormalization", Epsilon(n), n.Input(0), n.Input(1), n.Input(2), n.Input(3), n.Input(4)));
    }

    /// <summary>Normalises by the batch's own mean and variance, and moves the running ones: momentum·old + (1 − momentum)·new.</summary>
    static void TrainingBatchNormalization(NodeImporter n)
    {
        n.Importer.Note($"'{n.Node.Label}' is in training mode: it normalises by the window at hand, not by what it was trained on");
        var x = n.Input(0);
        if (x.Type.Rank < 2) throw n.Fail($"needs channels, not {x.Type}");
        int channels = x.Type.Shape[1];
        var element = x.Type.Element;
        var reduction = new AttributeMap { { "axes", (int[])[0, .. Enumerable.Range(2, x.Type.Rank - 2)] }, { "keepdims", 1L } };
        float epsilon = n.Float("epsilon", 1e-5f), momentum = n.Float("momentum", 0.9f);
        IrValue PerChannel(IrValue v) => n.Reshape(v, [channels, .. Enumerable.Repeat(1, x.Type.Rank - 2)]);

        var mean = n.Emit("ReduceMean", reduction, x);
        var centred = n.Emit("Sub", [], x, mean);
        var variance = n.Emit("ReduceMean", reduction, n.Emit("Mul", [], centred, centred));
        var deviation = n.Emit("Sqrt", [], n.Emit("Add", [], variance, n.Scalar(epsilon, element)));
        n.Output(0, n.Emit("Add", [], n.Emit("Mul", [], n.Emit("Div", [], centred, deviation), PerChannel(n.Input(1))), PerChannel(n.Input(2))));
        IrValue Running(IrValue old, IrValue now) => n.Emit("Add", [],
            n.Emit("Mul", [], old, n.Scalar(momentum, old.Type.Element)), n.Emit("Mul", [], n.Reshape(now, [channels]), n.Scalar(1 - momentum, element)));
        if (n.Wants(1)) n.Output(1, Running(n.Input(3), mean));
        if (n.Wants(2)) n.Output(2, Running(n.Input(4), variance));
    }

    static void GroupNormalization(NodeImporter n, bool perGroup)
    {
        n.Ignore("stash_type");
        var x = n.Input(0);
        int groups = n.ToInt32(n.Int("num_groups", 0), "num_groups");
        if (groups < 1 || x.Type.Rank < 2 || x.Type.Shape[1] % groups != 0) throw n.Fail($"num_groups {groups} does not divide the channels of {x.Type}");
        IrValue PerChannel(IrValue v) => !perGroup ? v
            : n.Reshape(n.Emit("Expand", new AttributeMap { { "shape", groups, x.Type.Shape[1] / groups } }, n.Reshape(v, [groups, 1])), [x.Type.Shape[1]]);
        var attributes = Epsilon(n);
        attributes.Add("num_groups", groups);
        n.Output(0, n.Emit("GroupNormalization", attributes, x, PerChannel(n.Input(1)), PerChannel(n.Input(2))));
    }

    static void LayerNormalization(NodeImporter n)
    {
        n.Ignore("stash_type");
        var attributes = Epsilon(n);
        attributes.Add("axis", n.Int("axis", -1));
        int outputs = n.Wants(2) ? 3 : n.Wants(1) ? 2 : 1;
        var results = n.Emit(outputs, "LayerNormalization", attributes, n.Input(0), n.Input(1), n.Optional(2));
        for (int i = 0; i < outputs; i++) n.Output(i, results[i]);
    }
}
