using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels.Recurrent;
using Xunit;

namespace EdgeQinn.Runtime.Tests.Operators;

/// <summary>GRU, LSTM and RNN against <see cref="RecurrentDefinition"/>, on every instruction set, with constant and computed weights.</summary>
public class RecurrentOperatorTests
{
    static readonly Dictionary<string, int> Gates = new() { ["RNN"] = 1, ["GRU"] = 3, ["LSTM"] = 4 };

    /// <summary>What a case varies; everything else is random.</summary>
    sealed record Case(string Op, int T = 5, int Batch = 1, int I = 6, int H = 8)
    {
        public string Direction { get; init; } = "forward";
        public bool Bias { get; init; } = true;
        public bool Initial { get; init; }
        public bool Peepholes { get; init; }
        public int[] Lengths { get; init; } = [];
        public float Clip { get; init; } = float.PositiveInfinity;
        public bool LinearBeforeReset { get; init; }
        public bool InputForget { get; init; }
        public string Activations { get; init; } = "";
        public float[] Alpha { get; init; } = [];
        public float[] Beta { get; init; } = [];
        public CellActivation[]? Expected { get; init; }
    }

    [Theory]
    [InlineData("RNN"), InlineData("GRU"), InlineData("LSTM")]
    public void Every_number_of_units(string op)
    {
        for (int h = 1; h <= 67; h++) Check(new Case(op, T: 3, I: 1 + h % 7, H: h) { LinearBeforeReset = h % 2 == 0 });
    }

    [Theory]
    [InlineData("RNN", false), InlineData("GRU", false), InlineData("GRU", true), InlineData("LSTM", false)]
    public void Directions_batches_lengths_and_initial_states(string op, bool linearBeforeReset)
    {
        foreach (string direction in new[] { "forward", "reverse", "bidirectional" })
        {
            Check(new Case(op, Batch: 1) { Direction = direction, LinearBeforeReset = linearBeforeReset, Initial = true });
            Check(new Case(op, Batch: 3) { Direction = direction, LinearBeforeReset = linearBeforeReset, Bias = false });
            Check(new Case(op, T: 6, Batch: 4) { Direction = direction, LinearBeforeReset = linearBeforeReset, Initial = true, Lengths = [6, 1, 0, 4] });
        }
    }

    [Theory]
    [InlineData("GRU", 64, 48, 64), InlineData("LSTM", 20, 40, 96), InlineData("RNN", 100, 3, 128)]
    public void Many_steps(string op, int t, int i, int h)
    {
        Check(new Case(op, T: t, I: i, H: h) { LinearBeforeReset = true });
        Check(new Case(op, T: t, I: i, H: h));
    }

    [Theory]
    [InlineData("RNN"), InlineData("GRU"), InlineData("LSTM")]
    public void Clip(string op) => Check(new Case(op) { Clip = 0.3f, LinearBeforeReset = true, Initial = true });

    [Fact]
    public void Peepholes_and_coupled_gates()
    {
        Check(new Case("LSTM", Batch: 2) { Peepholes = true, Initial = true });
        Check(new Case("LSTM") { Peepholes = true, Direction = "bidirectional", Clip = 0.5f });
        Check(new Case("LSTM") { InputForget = true, Initial = true });
    }

    [Fact]
    public void Named_activations_with_parameters()
    {
        Check(new Case("RNN") { Activations = "Relu", Expected = [new(CellActivationKind.Relu)] });
        Check(new Case("RNN") { Activations = "ThresholdedRelu", Alpha = [0.1f], Expected = [new(CellActivationKind.ThresholdedRelu, 0.1f)] });
        Check(new Case("RNN") { Activations = "Elu", Expected = [new(CellActivationKind.Elu, 1)] });
        Check(new Case("RNN") { Activations = "softplus", Expected = [new(CellActivationKind.Softplus)] });
        Check(new Case("RNN") { Direction = "bidirectional", Activations = "Softsign, Affine", Alpha = [0.5f], Beta = [0.1f], Expected = [new(CellActivationKind.Softsign), new(CellActivationKind.Affine, 0.5f, 0.1f)] });
        Check(new Case("GRU")
        {
            Activations = "HardSigmoid,ScaledTanh", Alpha = [0.25f, 0.8f], Beta = [0.45f, 1.2f],
            Expected = [new(CellActivationKind.HardSigmoid, 0.25f, 0.45f), new(CellActivationKind.ScaledTanh, 0.8f, 1.2f)],
        });
        Check(new Case("LSTM")
        {
            Activations = "HardSigmoid,LeakyRelu,Tanh",
            Expected = [new(CellActivationKind.HardSigmoid, 0.2f, 0.5f), new(CellActivationKind.LeakyRelu, 0.01f), new(CellActivationKind.Tanh)],
        });
    }

    [Fact]
    public void Misfits_are_refused()
    {
        EncodedTensor x = Tensor(new float[12], 2, 1, 6), w = Tensor(new float[24 * 6], 1, 24, 6), r = Tensor(new float[24 * 8], 1, 24, 8);
        void Refused(string why, string op, AttributeMap attributes, params EncodedTensor?[] inputs) =>
            Assert.Contains(why, OperatorRunner.Refusal(op, attributes, inputs), StringComparison.Ordinal);
        Refused("R is", "LSTM", [], x, Tensor(new float[32 * 6], 1, 32, 6), r);
        Refused("W is", "GRU", new AttributeMap { { "direction", "bidirectional" } }, x, w, r);
        Refused("direction 'up'", "GRU", new AttributeMap { { "direction", "up" } }, x, w, r);
        Refused("layout", "GRU", new AttributeMap { { "layout", 2 } }, x, w, r);
        Refused("one direction", "GRU", new AttributeMap { { "layout", 1 }, { "direction", "bidirectional" } }, x, w, r);
        Refused("hidden_size", "GRU", new AttributeMap { { "hidden_size", 9 } }, x, w, r);
        Refused("activation 'Cosine'", "GRU", new AttributeMap { { "activations", "Cosine,Tanh" } }, x, w, r);
        Refused("names 1 activations", "GRU", new AttributeMap { { "activations", "Tanh" } }, x, w, r);
        Refused("clip", "GRU", new AttributeMap { { "clip", -1f } }, x, w, r);
        Refused("too long", "GRU", [], Tensor([], 20_000_000, 1, 0), Tensor([], 1, 24, 0), r);
        Refused("B is", "GRU", [], x, w, r, Tensor(new float[24], 1, 24));
    }

    static void Check(Case c)
    {
        int g = Gates[c.Op], d = c.Direction == "bidirectional" ? 2 : 1, n = 0;
        var random = new Random(HashCode.Combine(c.T, c.H, c.I));
        float scale = 1 / MathF.Sqrt(c.H);
        EncodedTensor Random(float scale, params int[] shape)
        {
            var data = new float[shape.Aggregate(1, (a, b) => a * b)];
            foreach (ref float v in data.AsSpan()) v = (random.NextSingle() * 2 - 1) * scale;
            return Tensor(data, shape);
        }
        var inputs = new List<EncodedTensor?>
        {
            Random(2, c.T, c.Batch, c.I), Random(1, d, g * c.H, c.I), Random(scale, d, g * c.H, c.H), c.Bias ? Random(0.5f, d, 2 * g * c.H) : null,
            c.Lengths.Length > 0 ? EncodedTensor.FromSpan<int>(c.Lengths, c.Batch) : null,
            c.Initial ? Random(1, d, c.Batch, c.H) : null,
        };
        if (c.Op == "LSTM") inputs.AddRange([c.Initial ? Random(1, d, c.Batch, c.H) : null, c.Peepholes ? Random(1, d, 3 * c.H) : null]);

        CellActivationKind[] standard = c.Op switch
        {
            "RNN" => [CellActivationKind.Tanh],
            "GRU" => [CellActivationKind.Sigmoid, CellActivationKind.Tanh],
            _ => [CellActivationKind.Sigmoid, CellActivationKind.Tanh, CellActivationKind.Tanh],
        };
        double[] Doubles(int i) => i < inputs.Count && inputs[i] is { } t ? [.. t.Data<float>().ToArray().Select(v => (double)v)] : [];
        var exact = new RecurrentDefinition
        {
            T = c.T, Batch = c.Batch, I = c.I, H = c.H, D = d, X = Doubles(n++), W = Doubles(n++), R = Doubles(n++), B = Doubles(n++), Lengths = c.Lengths,
            InitialH = Doubles(5), InitialC = Doubles(6), P = Doubles(7), Clip = c.Clip, LinearBeforeReset = c.LinearBeforeReset, InputForget = c.InputForget,
            Reverse = c.Direction switch { "forward" => [false], "reverse" => [true], _ => [false, true] },
            Activations = c.Expected ?? [.. Enumerable.Repeat(standard, d).SelectMany(k => k).Select(k => new CellActivation(k))],
        };
        if (c.Op == "GRU") exact.Gru();
        else if (c.Op == "LSTM") exact.Lstm();
        else exact.Rnn();

        var attributes = new AttributeMap { { "direction", c.Direction }, { "hidden_size", c.H } };
        if (c.Op == "GRU") attributes.Add("linear_before_reset", c.LinearBeforeReset ? 1 : 0);
        if (c.Op == "LSTM") attributes.Add("input_forget", c.InputForget ? 1 : 0);
        if (float.IsFinite(c.Clip)) attributes.Add("clip", c.Clip);
        if (c.Activations.Length > 0) attributes.Add("activations", c.Activations);
        if (c.Alpha.Length > 0) attributes.Add("activation_alpha", c.Alpha.AsSpan());
        if (c.Beta.Length > 0) attributes.Add("activation_beta", c.Beta.AsSpan());
        foreach (var (allowed, feed) in OperatorRunner.Ways)
        {
            var outputs = OperatorRunner.Run(c.Op, attributes, inputs, allowed, feed);
            double[][] expected = c.Op == "LSTM" ? [exact.Y, exact.Yh, exact.Yc] : [exact.Y, exact.Yh];
            for (int o = 0; o < expected.Length; o++)
            {
                var data = outputs[o].Data<float>();
                Assert.Equal(expected[o].Length, data.Length);
                for (int i = 0; i < data.Length; i++)
                    if (!(Math.Abs(expected[o][i] - data[i]) <= 1e-5 * Math.Max(1, Math.Abs(expected[o][i]))))
                        Assert.Fail($"{c} {allowed[0]} {feed}: output {o} element {i} is {data[i]}, expected {expected[o][i]}");
            }
        }
    }

    static EncodedTensor Tensor(float[] data, params int[] shape) => EncodedTensor.FromSpan<float>(data, shape);
}
