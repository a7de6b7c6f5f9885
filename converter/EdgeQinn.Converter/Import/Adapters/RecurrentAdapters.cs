using EdgeQinn.Converter.Graph;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Import.Adapters;

/// <summary>Recurrent layers. Batch-first ones (layout 1) get transposes around them, which are free for a batch of one.</summary>
static class RecurrentAdapters
{
    public static IEnumerable<Adapter> All =>
    [
        new("RNN", 7, n => Recurrent(n, "RNN", inputs: 6)),
        new("GRU", 7, n => Recurrent(n, "GRU", inputs: 6)),
        new("LSTM", 7, n => Recurrent(n, "LSTM", inputs: 8)),
    ];

    static void Recurrent(NodeImporter n, string op, int inputs)
    {
        bool batchFirst = n.Int("layout", 0) != 0;
        if (n.Input(0).Type.Rank != 3 || n.Input(2).Type.Rank != 3) throw n.Fail($"needs X and R of rank 3, not {n.Input(0).Type} and {n.Input(2).Type}");
        var all = new IrValue?[inputs];
        for (int i = 0; i < inputs; i++) all[i] = n.Optional(i);
        if (batchFirst)
        {
            all[0] = n.Transpose(n.Input(0), 1, 0, 2);
            for (int i = 5; i < Math.Min(inputs, 7); i++)
                if (all[i] is { } state) all[i] = n.Transpose(state, 1, 0, 2); // [B, D, H] → [D, B, H]
        }
        for (int i = 5; i < Math.Min(inputs, 7); i++)
            if (all[i]?.Constant is { IsDense: true } state && !state.Part("data").Bytes.Span.ContainsAnyExcept((byte)0)) all[i] = null; // zero is the default
        if (IsWholeSequence(all[4], n.Input(0).Type.Shape[batchFirst ? 1 : 0])) all[4] = null;

        int states = op == "LSTM" ? 3 : 2;
        int outputs = Enumerable.Range(0, states).Last(i => i == 0 || n.Wants(i)) + 1;
        var results = n.EmitInFloat32(outputs, op, Attributes(n, op), all);
        for (int i = 0; i < outputs; i++)
        {
            if (!n.Wants(i)) continue;
            n.Output(i, !batchFirst ? results[i] : i == 0 ? n.Transpose(results[i], 2, 0, 1, 3) : n.Transpose(results[i], 1, 0, 2));
        }
    }

    static bool IsWholeSequence(IrValue? lengths, int steps) =>
        lengths?.Constant is { IsDense: true, Type.Element: ElementType.Int32 } constant && !constant.Data<int>().ContainsAnyExcept(steps);

    static AttributeMap Attributes(NodeImporter n, string op)
    {
        n.Ignore("output_sequence");
        var attributes = new AttributeMap { { "hidden_size", n.Int("hidden_size", n.Input(2).Type.Shape[^1]) }, { "direction", n.Text("direction", "forward") } };
        if (n.Texts("activations") is { } activations) attributes.Add("activations", string.Join(',', activations));
        if (n.Floats("activation_alpha") is { } alpha) attributes.Add("activation_alpha", alpha);
        if (n.Floats("activation_beta") is { } beta) attributes.Add("activation_beta", beta);
        if (n.Node.Attributes.ContainsKey("clip")) attributes.Add("clip", n.Float("clip", 0));
        if (op == "GRU") attributes.Add("linear_before_reset", n.Int("linear_before_reset", 0));
        if (op == "LSTM") attributes.Add("input_forget", n.Int("input_forget", 0));
        return attributes;
    }
}
