using EdgeQinn.Converter.Graph;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Import.Adapters;

/// <summary>Normalisations.</summary>
static class NormalizationAdapters
{
    public static IEnumerable<Adapter> All =>
    [
        new("BatchNormalization", 6, OldBatchNormalization) { To = 13 },
        new("BatchNormalization", 14, n =>
        {
            if (n.Int("training_mode", 0) != 0) throw TrainingMode(n);
            BatchNormalization(n);
        }),
        new("InstanceNormalization", 6, n => n.Output(0, n.Emit("InstanceNormalization", Epsilon(n), n.Input(0), n.Input(1), n.Input(2)))),
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
        new("LpNormalization", 6, n => n.Output(0, n.Emit("LpNormalization", new AttributeMap { { "axis", n.Int("axis", -1) }, { "p", n.Int("p", 2) } }, n.Input(0)))),
        new("LRN", 6, n => n.Output(0, n.Emit("LRN", new AttributeMap
        {
            { "size", n.Int("size", 0) }, { "alpha", n.Float("alpha", 1e-4f) }, { "beta", n.Float("beta", 0.75f) }, { "bias", n.Float("bias", 1) },
        }, n.Input(0)))),
        new("MeanVarianceNormalization", 9, n => n.Output(0, n.Emit("MeanVarianceNormalization",
            new AttributeMap { { "axes", n.Ints("axes") ?? [0, 2, 3] } }, n.Input(0)))),
    ];

    static AttributeMap Epsilon(NodeImporter n) => new() { { "epsilon", n.Float("epsilon", 1e-5f) } };

    static GraphException TrainingMode(NodeImporter n) => n.Fail("is in training mode; export the model in inference mode");

    static void OldBatchNormalization(NodeImporter n)
    {
        if (n.Int("is_test", n.Opset < 7 ? 0 : 1) == 0 || Enumerable.Range(1, 4).Any(n.Wants)) throw TrainingMode(n);
        if (n.Int("spatial", 1) == 0) throw n.Fail("normalises each element for itself (spatial = 0), which is not supported; export again with opset 9 or later");
        BatchNormalization(n);
    }

    static void BatchNormalization(NodeImporter n)
    {
        n.Ignore("momentum");
        n.Output(0, n.Emit("BatchNormalization", Epsilon(n), n.Input(0), n.Input(1), n.Input(2), n.Input(3), n.Input(4)));
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
