using System.Numerics;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;
using Xunit;
using static EdgeQinn.Runtime.Tests.Operators.Tensors;

namespace EdgeQinn.Runtime.Tests.Operators;

public class BinaryOperatorTests
{
    static AttributeMap None => AttributeMap.Empty;

    static readonly (string Op, Func<double, double, double> F)[] Arithmetic =
    [
        ("Add", (a, b) => a + b), ("Sub", (a, b) => a - b), ("Mul", (a, b) => a * b), ("Div", (a, b) => a / b),
        ("Min", Math.Min), ("Max", Math.Max), ("PRelu", (a, b) => a < 0 ? a * b : a), ("Sum", (a, b) => a + b), ("Mean", (a, b) => (a + b) / 2),
        ("Pow", (a, b) => MathF.Pow((float)a, (float)b)), ("Mod", (a, b) => a - b * Math.Floor(a / b)),
    ];

    /// <summary>Shapes of a, b and the result: equal, scalar, trailing vector, per channel, both repeating, ranks that differ, empty.</summary>
    static readonly (int[] A, int[] B, int[] Y)[] Shapes =
    [
        ([2, 3, 5], [2, 3, 5], [2, 3, 5]), ([4, 9], [], [4, 9]), ([], [4, 9], [4, 9]), ([1], [1, 1], [1, 1]), ([3, 17], [17], [3, 17]), ([17], [3, 17], [3, 17]),
        ([2, 4, 19], [4, 1], [2, 4, 19]), ([4, 1], [2, 4, 19], [2, 4, 19]), ([5, 1], [1, 7], [5, 7]), ([2, 1, 3, 1, 5], [4, 1, 2, 1], [2, 4, 3, 2, 5]),
        ([0, 3], [3], [0, 3]), ([2, 1], [2, 0], [2, 0]), ([1, 2, 1, 2, 1, 2, 1, 2], [2, 1, 2, 1, 2, 1, 2, 1], [2, 2, 2, 2, 2, 2, 2, 2]),
    ];

    public static TheoryData<string> ArithmeticOps => [.. Arithmetic.Select(f => f.Op)];

    [Theory]
    [MemberData(nameof(ArithmeticOps))]
    public void Float32_broadcasts_as_NumPy_does(string op)
    {
        var f = Arithmetic.Single(a => a.Op == op).F;
        foreach (var (shapeA, shapeB, shapeY) in Shapes)
        {
            if (op == "PRelu" && !shapeA.SequenceEqual(shapeY)) continue;
            float[] a = Floats(1, Count(shapeA)), b = Floats(2, Count(shapeB));
            double[] expected = [.. Indices(shapeY).Select(i => f(a[Source(shapeA, i)], b[Source(shapeB, i)]))];
            OperatorRunner.ExpectClose(op, op == "Mod" ? new() { { "fmod", 0L } } : None, [Of(a, shapeA), Of(b, shapeB)], expected);
        }
    }

    [Theory]
    [MemberData(nameof(ArithmeticOps))]
    public void Float32_agrees_at_every_length(string op)
    {
        var f = Arithmetic.Single(a => a.Op == op).F;
        foreach (var isa in Cpu.Allowed(null))
            foreach (int n in Lengths)
            {
                float[] a = Floats(n, n), b = Floats(n + 1, n);
                var y = OperatorRunner.Run(op, None, [Of(a, n), Of(b, n)], Cpu.Allowed(isa.ToString()), Feed.Computed);
                OperatorRunner.AssertClose([.. a.Zip(b, (p, q) => f(p, q))], y[0].Data<float>(), 2e-6);
                y = OperatorRunner.Run(op, None, [Of(a, n), Of([1.5f])], Cpu.Allowed(isa.ToString()), Feed.Computed);
                OperatorRunner.AssertClose([.. a.Select(p => f(p, 1.5))], y[0].Data<float>(), 2e-6);
            }
    }

    [Theory]
    [InlineData("Min")]
    [InlineData("Max")]
    public void Extremes_of_NaN_are_NaN_wherever_it_stands(string op)
    {
        float[] a = [.. Enumerable.Repeat(1f, 40)], b = [.. Enumerable.Repeat(2f, 40)];
        (a[3], b[20], a[39], b[39]) = (float.NaN, float.NaN, float.NegativeInfinity, float.PositiveInfinity);
        OperatorRunner.RunAll(op, None, [Of(a, 40), Of(b, 40)], y =>
        {
            var result = y[0].Data<float>().ToArray();
            Assert.True(float.IsNaN(result[3]) && float.IsNaN(result[20]));
            Assert.Equal(op == "Min" ? float.NegativeInfinity : float.PositiveInfinity, result[39]);
            Assert.Equal(op == "Min" ? 1 : 2, result[0]);
        });
    }

    [Fact]
    public void Every_number_type_adds_subtracts_multiplies_and_compares()
    {
        Check<float>(); Check<double>(); Check<Half>(); Check<sbyte>(); Check<byte>(); Check<short>(); Check<ushort>(); Check<int>(); Check<uint>(); Check<long>(); Check<ulong>();

        static void Check<T>() where T : unmanaged, INumber<T>
        {
            T[] a = [.. new[] { 1, 7, 3, 100 }.Select(T.CreateChecked)], b = [.. new[] { 2, 7, 1, 27 }.Select(T.CreateChecked)];
            OperatorRunner.Expect("Add", None, [Of(a, 4), Of(b, 4)], [.. a.Zip(b, (p, q) => p + q)], 4);
            OperatorRunner.Expect("Sub", None, [Of(a, 4), Of(b, 4)], [.. a.Zip(b, (p, q) => p - q)], 4);
            OperatorRunner.Expect("Mul", None, [Of(a, 4), Of(b, 4)], [.. a.Zip(b, (p, q) => p * q)], 4);
            OperatorRunner.Expect("Div", None, [Of(a, 4), Of(b, 4)], [.. a.Zip(b, (p, q) => p / q)], 4);
            OperatorRunner.Expect("Max", None, [Of(a, 4), Of(b, 4)], [.. a.Zip(b, T.Max)], 4);
            OperatorRunner.Expect("Min", None, [Of(a, 4), Of(b, 4)], [.. a.Zip(b, T.Min)], 4);
            OperatorRunner.Expect("Less", None, [Of(a, 4), Of(b, 4)], [.. a.Zip(b, (p, q) => p < q)], 4);
            OperatorRunner.Expect("LessOrEqual", None, [Of(a, 4), Of(b, 4)], [.. a.Zip(b, (p, q) => p <= q)], 4);
            OperatorRunner.Expect("Greater", None, [Of(a, 4), Of(b, 4)], [.. a.Zip(b, (p, q) => p > q)], 4);
            OperatorRunner.Expect("GreaterOrEqual", None, [Of(a, 4), Of(b, 4)], [.. a.Zip(b, (p, q) => p >= q)], 4);
            OperatorRunner.Expect("Equal", None, [Of(a, 4), Of(b, 4)], [.. a.Zip(b, (p, q) => p == q)], 4);
        }
    }

    [Fact]
    public void Integers_never_throw()
    {
        OperatorRunner.Expect<int>("Div", None, [Of([7, -7, int.MinValue, 5], 4), Of([2, 2, -1, 0], 4)], [3, -3, int.MinValue, 0], 4);
        OperatorRunner.Expect<int>("Mod", None, [Of([7, -7, 7, -7, 5, int.MinValue], 6), Of([3, 3, -3, -3, 0, -1], 6)], [1, 2, -2, -1, 0, 0], 6);
        OperatorRunner.Expect<int>("Mod", new() { { "fmod", 1L } }, [Of([7, -7, 7, -7, 5], 5), Of([3, 3, -3, -3, 0], 5)], [1, -1, 1, -1, 0], 5);
        OperatorRunner.Expect<int>("Pow", None, [Of([2, -3, 7, -1, 1, 0], 6), Of([10, 3, -1, -3, -5, 0], 6)], [1024, -27, 0, -1, 1, 1], 6);
        OperatorRunner.Expect<byte>("Add", None, [Of<byte>([250], 1), Of<byte>([10], 1)], [4], 1);
    }

    [Fact]
    public void Powers_of_mixed_types_have_the_type_of_the_base()
    {
        OperatorRunner.Expect<float>("Pow", None, [Of([1f, 2, 3], 3), Of([4, 5, 6], 3)], [1, 32, 729], 3);
        OperatorRunner.Expect<int>("Pow", None, [Of([1, 2, 3], 3), Of([4f, 5, 6], 3)], [1, 32, 729], 3);
        OperatorRunner.Expect<long>("Pow", None, [Of([1L, 2, 3], 3), Of([2.0], 1)], [1, 4, 9], 3);
        foreach (float exponent in new[] { 2f, 0.5f, -1, 3 })
            OperatorRunner.ExpectClose("Pow", None, [Of([1f, 2, 3, 4.5f], 4), Of([exponent])], [.. new[] { 1f, 2, 3, 4.5f }.Select(x => Math.Pow(x, exponent))]);
    }

    [Fact]
    public void Truth_and_bits()
    {
        var (a, b) = (Of([true, true, false, false], 4), Of([true, false, true, false], 4));
        OperatorRunner.Expect<bool>("And", None, [a, b], [true, false, false, false], 4);
        OperatorRunner.Expect<bool>("Or", None, [a, b], [true, true, true, false], 4);
        OperatorRunner.Expect<bool>("Xor", None, [a, b], [false, true, true, false], 4);
        OperatorRunner.Expect<bool>("Equal", None, [a, b], [true, false, false, true], 4);
        OperatorRunner.Expect<int>("BitwiseAnd", None, [Of([12], 1), Of([10], 1)], [8], 1);
        OperatorRunner.Expect<int>("BitwiseOr", None, [Of([12], 1), Of([10], 1)], [14], 1);
        OperatorRunner.Expect<int>("BitwiseXor", None, [Of([12], 1), Of([10], 1)], [6], 1);
        OperatorRunner.Expect<byte>("BitShift", new() { { "direction", "LEFT" } }, [Of<byte>([1, 200, 3], 3), Of<byte>([3, 1, 8], 3)], [8, 144, 0], 3);
        OperatorRunner.Expect<uint>("BitShift", new() { { "direction", "RIGHT" } }, [Of<uint>([16, 0xFFFFFFFF, 5], 3), Of<uint>([2, 31, 32], 3)], [4, 1, 0], 3);
    }

    [Fact]
    public void Variadic_operators_take_any_number_and_widen_step_by_step()
    {
        var (a, b, c) = (Of([1f, 2, 3], 3), Of([10f], 1, 1), Of([100f, 200], 2, 1));
        OperatorRunner.Expect<float>("Sum", None, [a, b, c], [111, 112, 113, 211, 212, 213], 2, 3);
        OperatorRunner.ExpectClose("Mean", None, [a, b, c], [37, 112 / 3.0, 113 / 3.0, 211 / 3.0, 212 / 3.0, 71]);
        OperatorRunner.Expect<float>("Max", None, [a, b, c], [100, 100, 100, 200, 200, 200], 2, 3);
        OperatorRunner.Expect<float>("Min", None, [a], [1, 2, 3], 3);
    }

    [Fact]
    public void Where_and_clip()
    {
        OperatorRunner.Expect<int>("Where", None, [Of([true, false], 2, 1), Of([1, 2, 3], 3), Of([-1])], [1, 2, 3, -1, -1, -1], 2, 3);
        OperatorRunner.Expect<Half>("Where", None, [Of([true, false], 2), Of([(Half)1, (Half)2], 2), Of([(Half)3, (Half)4], 2)], [(Half)1, (Half)4], 2);
        foreach (int n in Lengths)
        {
            float[] x = Floats(n, n);
            OperatorRunner.Expect("Clip", None, [Of(x, n), Of([-1f]), Of([2f])], [.. x.Select(v => Math.Clamp(v, -1, 2))], n);
        }
        float[] some = [-5, float.NaN, 5];
        OperatorRunner.Expect<float>("Clip", None, [Of(some, 3), Of([0f])], [0, float.NaN, 5], 3);
        OperatorRunner.Expect<float>("Clip", None, [Of(some, 3), null, Of([0f])], [-5, float.NaN, 0], 3);
        OperatorRunner.Expect<float>("Clip", None, [Of(some, 3)], some, 3);
        OperatorRunner.Expect<long>("Clip", None, [Of([long.MinValue, 1L << 60, 0], 3), Of([-9L]), Of([(1L << 60) - 1])], [-9, (1L << 60) - 1, 0], 3);
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        Assert.Equal("node 'node' (Add): shapes [2,3] and [2] do not broadcast", OperatorRunner.Refusal("Add", None, Counting(2, 3), Counting(2)));
        Assert.Contains("input 1 is int32[2], expected float32", OperatorRunner.Refusal("Mul", None, Counting(2), Of([1, 2], 2)), StringComparison.Ordinal);
        Assert.Contains("direction is '', expected LEFT or RIGHT", OperatorRunner.Refusal("BitShift", None, Of([1u], 1), Of([1u], 1)), StringComparison.Ordinal);
        Assert.Contains("input 0 is int32[1], expected an unsigned integer", OperatorRunner.Refusal("BitShift", new() { { "direction", "LEFT" } }, Of([1], 1), Of([1], 1)), StringComparison.Ordinal);
        Assert.Contains("bound (input 1) is float32[2], expected a scalar", OperatorRunner.Refusal("Clip", None, Counting(2), Counting(2)), StringComparison.Ordinal);
        Assert.Contains("input 1 is missing", OperatorRunner.Refusal("Add", None, Counting(2), null), StringComparison.Ordinal);
        Assert.Contains("does not broadcast to input 0", OperatorRunner.Refusal("PRelu", None, Counting(2), Counting(3, 2)), StringComparison.Ordinal);
    }

    /// <summary>Where broadcasting reads an operand of <paramref name="shape"/> for a result's index.</summary>
    static int Source(int[] shape, int[] index) => Flat(shape, [.. shape.Select((d, axis) => d == 1 ? 0 : index[index.Length - shape.Length + axis])]);
}
