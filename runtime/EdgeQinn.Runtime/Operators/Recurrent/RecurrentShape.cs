using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Operators.Recurrent;

/// <summary>The sizes of a recurrent layer, checked: T steps, batch, I inputs, H units, G gates, D directions.</summary>
readonly record struct RecurrentShape(int T, int Batch, int I, int H, int G, int D)
{
    /// <summary>Whether the batch is the first axis of inputs, outputs and states (ONNX's layout 1), of one direction only; else time is, then directions.</summary>
    public bool BatchFirst { get; init; }

    /// <summary>The shape of initial and final states.</summary>
    public int[] State => BatchFirst ? [Batch, D, H] : [D, Batch, H];

    /// <summary>The shape of the hidden states of all steps.</summary>
    public int[] Sequence => BatchFirst ? [Batch, T, D, H] : [T, D, Batch, H];

    /// <summary>Inputs by position.</summary>
    public const int X = 0, W = 1, R = 2, B = 3, Lengths = 4, InitialH = 5, InitialC = 6, Peepholes = 7;

    /// <summary>The gates of all steps lie in memory at once; as many floats as the largest tensor holds.</summary>
    const double MostGateValues = GraphChecker.MaxTensorBytes / sizeof(float);

    /// <summary>Checks the inputs of a layer with <paramref name="gates"/> gates.</summary>
    public static RecurrentShape Of(OperatorCall call, int gates)
    {
        bool batchFirst = call.Flag("layout");
        var x = call.Input(X, ElementType.Float32);
        var r = call.Input(R, ElementType.Float32);
        int d = call.Attributes.Text("direction", "forward") switch
        {
            "forward" or "reverse" => 1,
            "bidirectional" => 2,
            var other => throw call.Fail($"direction '{other}' is none of forward, reverse, bidirectional"),
        };
        if (x.Rank != 3) throw call.Fail($"X {x} must be [time, batch, inputs]");
        if (r.Rank != 3) throw call.Fail($"R {r} must be [{d}, {gates}·units, units]");
        if (batchFirst && d > 1) throw call.Fail("layout 1, batch first, is for one direction");
        var s = new RecurrentShape(x.Shape[batchFirst ? 1 : 0], x.Shape[batchFirst ? 0 : 1], x.Shape[2], r.Shape[2], gates, d) { BatchFirst = batchFirst };
        if (call.Attributes.Has("hidden_size") && call.Attributes.Int("hidden_size") != s.H)
            throw call.Fail($"hidden_size {call.Attributes.Int("hidden_size")} does not fit R {r}");
        Expect(call, W, ElementType.Float32, "W", d, gates * s.H, s.I);
        Expect(call, R, ElementType.Float32, "R", d, gates * s.H, s.H);
        if (call.Has(B)) Expect(call, B, ElementType.Float32, "B", d, 2 * gates * s.H);
        if (call.Has(Lengths)) Expect(call, Lengths, ElementType.Int32, "sequence_lens", s.Batch);
        if (call.Has(InitialH)) Expect(call, InitialH, ElementType.Float32, "initial_h", s.State);
        if (call.Has(InitialC)) Expect(call, InitialC, ElementType.Float32, "initial_c", s.State);
        if (call.Has(Peepholes)) Expect(call, Peepholes, ElementType.Float32, "P", d, 3 * s.H);
        if ((double)s.T * s.Batch * Math.Max(1, gates * s.H) > MostGateValues) throw call.Fail($"X {x} with {s.H} units is too long: work with fewer steps at a time");
        return s;
    }

    static void Expect(OperatorCall call, int input, ElementType element, string name, params ReadOnlySpan<int> shape)
    {
        var type = call.Input(input, element);
        if (!type.Shape.AsSpan().SequenceEqual(shape)) throw call.Fail($"{name} is {type}, expected {new TensorType(element, shape)}");
    }
}
