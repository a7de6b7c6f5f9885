using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;
using Xunit;
using static EdgeQinn.Runtime.Tests.Kernels.Coverage.Definition;
using static EdgeQinn.Runtime.Tests.Operators.Tensors;

namespace EdgeQinn.Runtime.Tests.Operators;

public class UnaryOperatorTests
{
    static readonly float[] Special = [0f, -0f, 1, -1, 0.5f, -0.5f, 1.5f, 2.5f, -2.5f, float.NaN, float.PositiveInfinity, float.NegativeInfinity, 1e-40f, -1e-40f, float.Epsilon, 1e30f, -1e30f, 88.6f, -88.6f, -104f];

    static AttributeMap None => AttributeMap.Empty;

    static readonly (string Op, AttributeMap Attributes, Func<double, double> F)[] Functions =
    [
        ("Relu", None, x => x < 0 ? 0 : x), ("Abs", None, Math.Abs), ("Neg", None, x => -x), ("Sign", None, x => double.IsNaN(x) ? x : Math.Sign(x)),
        ("Reciprocal", None, x => 1 / x), ("Sqrt", None, Math.Sqrt), ("Floor", None, Math.Floor), ("Ceil", None, Math.Ceiling),
        ("Round", None, x => Math.Round(x, MidpointRounding.ToEven)), ("Exp", None, Math.Exp), ("Log", None, Math.Log),
        ("Sin", None, Math.Sin), ("Cos", None, Math.Cos), ("Tan", None, Math.Tan), ("Asin", None, Math.Asin), ("Acos", None, Math.Acos), ("Atan", None, Math.Atan),
        ("Sinh", None, Math.Sinh), ("Cosh", None, Math.Cosh), ("Asinh", None, Math.Asinh), ("Acosh", None, Math.Acosh), ("Atanh", None, Math.Atanh),
        ("Erf", None, Erf), ("Sigmoid", None, x => 1 / (1 + Math.Exp(-x))), ("Tanh", None, Math.Tanh), ("Softplus", None, Softplus),
        ("Softsign", None, x => x / (1 + Math.Abs(x))), ("Mish", None, x => x * Math.Tanh(Softplus(x))),
        ("HardSwish", None, x => x * Math.Clamp(x / 6 + 0.5, 0, 1)),
        ("HardSigmoid", None, x => Math.Clamp(0.2f * x + 0.5, 0, 1)),
        ("HardSigmoid", new() { { "alpha", 0.5f }, { "beta", 0.25f } }, x => Math.Clamp(0.5 * x + 0.25, 0, 1)),
        ("LeakyRelu", None, x => x < 0 ? 0.01f * x : x), ("LeakyRelu", new() { { "alpha", -0.5f } }, x => x < 0 ? -0.5 * x : x),
        ("Elu", None, x => Elu(x, 1)), ("Elu", new() { { "alpha", 2f } }, x => Elu(x, 2)),
        ("Celu", new() { { "alpha", 2f } }, x => Elu(x / 2, 1) * 2),
        ("Selu", None, x => 1.05070102214813232421875 * Elu(x, 1.67326319217681884765625)),
        ("ThresholdedRelu", new() { { "alpha", 0.5f } }, x => double.IsNaN(x) || x > 0.5 ? x : 0),
        ("Gelu", None, x => x * (1 + Erf(x / Math.Sqrt(2))) / 2),
        ("Gelu", new() { { "approximate", "tanh" } }, x => x / 2 * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)))),
        ("Shrink", new() { { "lambd", 1.5f }, { "bias", 0.5f } }, x => x < -1.5 ? x + 0.5 : x > 1.5 ? x - 0.5 : double.IsNaN(x) ? x : 0),
    ];

    public static TheoryData<int, string> Cases
    {
        get
        {
            var data = new TheoryData<int, string>();
            for (int i = 0; i < Functions.Length; i++) data.Add(i, Functions[i].Op);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Float32_agrees_with_double_at_every_length(int index, string op)
    {
        var (_, attributes, f) = Functions[index];
        foreach (var isa in Cpu.Allowed(null))
            foreach (int n in Tensors.Lengths)
            {
                float[] x = Floats(n, n);
                var y = OperatorRunner.Run(op, attributes, [Of(x, n)], Cpu.Allowed(isa.ToString()), Feed.Computed);
                OperatorRunner.AssertClose([.. x.Select(v => f(v))], y[0].Data<float>(), 2e-6);
            }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Float32_special_values_are_those_of_the_formula(int index, string op)
    {
        var (_, attributes, f) = Functions[index];
        // x · 0 at infinity: the formula says NaN, the function's limit is what networks want.
        float[] x = op is "Mish" or "Gelu" or "HardSwish" or "Softsign" ? [.. Special.Where(v => !float.IsInfinity(v))] : Special;
        // Trigonometry of 1e30 is a matter of argument reduction; beyond single precision the tanh form cannot be told from its limit.
        if (op is "Sin" or "Cos" or "Tan" or "Gelu") x = [.. x.Where(v => Math.Abs(v) < 1e20)];
        OperatorRunner.ExpectClose(op, attributes, [Of(x, x.Length)], [.. x.Select(v => (double)(float)f(v))], 4e-6);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Float64_and_float16_work_too(int index, string op)
    {
        var (_, attributes, f) = Functions[index];
        double[] x = [.. Floats(5, 23, 3).Select(v => (double)(Half)v)];
        OperatorRunner.RunAll(op, attributes, [Of(x, 23)], y =>
        {
            for (int i = 0; i < x.Length; i++) AssertNear(f(x[i]), y[0].Data<double>()[i], 1e-6);
        });
        OperatorRunner.RunAll(op, attributes, [Of(x.Select(v => (Half)v).ToArray(), 23)], y =>
        {
            for (int i = 0; i < x.Length; i++) AssertNear(f(x[i]), (double)y[0].Data<Half>()[i], 8e-3);
        });
    }

    static void AssertNear(double expected, double actual, double tolerance) =>
        Assert.True(expected.Equals(actual) || Math.Abs(expected - actual) <= tolerance * Math.Max(1, Math.Abs(expected)), $"expected {expected:R}, got {actual:R}");

    [Fact]
    public void Integers_wrap_and_keep_their_type()
    {
        OperatorRunner.Expect<sbyte>("Neg", None, [Of<sbyte>([-128, -1, 0, 127], 4)], [-128, 1, 0, -127], 4);
        OperatorRunner.Expect<sbyte>("Abs", None, [Of<sbyte>([-128, -1, 0, 127], 4)], [-128, 1, 0, 127], 4);
        OperatorRunner.Expect<int>("Relu", None, [Of<int>([int.MinValue, -1, 0, 7], 4)], [0, 0, 0, 7], 4);
        OperatorRunner.Expect<long>("Sign", None, [Of<long>([long.MinValue, 0, long.MaxValue], 3)], [-1, 0, 1], 3);
        OperatorRunner.Expect<ulong>("Neg", None, [Of<ulong>([0, 1, ulong.MaxValue], 3)], [0, ulong.MaxValue, 1], 3);
        OperatorRunner.Expect<ushort>("BitwiseNot", None, [Of<ushort>([0, 0xFF00], 2)], [0xFFFF, 0x00FF], 2);
    }

    [Fact]
    public void Questions_give_bool()
    {
        float[] x = [1, float.NaN, float.PositiveInfinity, float.NegativeInfinity];
        OperatorRunner.Expect<bool>("IsNaN", None, [Of(x, 4)], [false, true, false, false], 4);
        OperatorRunner.Expect<bool>("IsInf", None, [Of(x, 4)], [false, false, true, true], 4);
        OperatorRunner.Expect<bool>("IsInf", new() { { "detect_negative", 0L } }, [Of(x, 4)], [false, false, true, false], 4);
        OperatorRunner.Expect<bool>("IsInf", new() { { "detect_positive", 0L } }, [Of([(Half)1, Half.NegativeInfinity], 2)], [false, true], 2);
        OperatorRunner.Expect<bool>("Not", None, [Of([true, false, true], 3)], [false, true, false], 3);
    }

    [Fact]
    public void Wrong_types_are_refused_by_name()
    {
        Assert.Equal("node 'node' (Exp): input 0 is int32[2], expected floating point", OperatorRunner.Refusal("Exp", None, Of([1, 2], 2)));
        Assert.Equal("node 'node' (Not): input 0 is float32[1], expected bool", OperatorRunner.Refusal("Not", None, Of([1f], 1)));
        Assert.Contains("approximate is 'erf', expected none or tanh", OperatorRunner.Refusal("Gelu", new() { { "approximate", "erf" } }, Of([1f], 1)), StringComparison.Ordinal);
        Assert.Contains("has 2 inputs, expected 1", OperatorRunner.Refusal("Relu", None, Of([1f], 1), Of([1f], 1)), StringComparison.Ordinal);
    }
}
