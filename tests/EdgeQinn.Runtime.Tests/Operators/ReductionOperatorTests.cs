using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;
using Xunit;
using static EdgeQinn.Runtime.Tests.Operators.Tensors;

namespace EdgeQinn.Runtime.Tests.Operators;

public class ReductionOperatorTests
{
    static AttributeMap None => AttributeMap.Empty;

    static readonly Dictionary<string, Func<double[], double>> Folds = new()
    {
        ["ReduceSum"] = v => v.Sum(), ["ReduceMean"] = v => v.Average(), ["ReduceMax"] = v => v.Max(), ["ReduceMin"] = v => v.Min(),
        ["ReduceProd"] = v => v.Aggregate(1.0, (a, b) => a * b), ["ReduceL1"] = v => v.Sum(Math.Abs), ["ReduceL2"] = v => Math.Sqrt(v.Sum(x => x * x)),
        ["ReduceSumSquare"] = v => v.Sum(x => x * x), ["ReduceLogSum"] = v => Math.Log(v.Sum()), ["ReduceLogSumExp"] = v => Math.Log(v.Sum(Math.Exp)),
    };

    public static TheoryData<string> Ops => [.. Folds.Keys];

    [Theory]
    [MemberData(nameof(Ops))]
    public void Reductions_fold_over_any_axes(string op)
    {
        int[] shape = [2, 3, 4, 5];
        float[] x = [.. Floats(1, 120, 1).Select(v => v + 1.25f)];
        foreach (int[] axes in new int[][] { [], [0], [1], [3], [0, 1], [2, 3], [1, 2], [0, 2], [1, 3], [0, 1, 2, 3], [-1] })
        {
            int[] reduced = [.. axes.Select(a => a < 0 ? a + 4 : a)];
            int[] kept = [.. Enumerable.Range(0, 4).Except(reduced)];
            double[] expected = [.. Indices([.. kept.Select(a => shape[a])]).Select(k => Folds[op](
                [.. Indices([.. reduced.Select(a => shape[a])]).Select(r => (double)x[Flat(shape, Combine(kept, k, reduced, r))])]))];
            OperatorRunner.ExpectClose(op, new() { { "axes", axes.AsSpan() }, { "keepdims", 0L } }, [Of(x, shape)], expected, 4e-6);
        }
        var type = OperatorRunner.Run(op, new() { { "axes", [1L, 3] } }, [Of(x, shape)])[0].Type;
        Assert.Equal(new TensorType(ElementType.Float32, 2, 1, 4, 1), type);
        Assert.Equal(0, OperatorRunner.Run(op, new() { { "keepdims", 0L } }, [Of(x, shape)])[0].Type.Rank);

        static int[] Combine(int[] kept, int[] k, int[] reduced, int[] r)
        {
            var index = new int[4];
            for (int i = 0; i < kept.Length; i++) index[kept[i]] = k[i];
            for (int i = 0; i < reduced.Length; i++) index[reduced[i]] = r[i];
            return index;
        }
    }

    [Theory]
    [MemberData(nameof(Ops))]
    public void Float32_agrees_at_every_length_along_and_across_rows(string op)
    {
        foreach (var isa in Cpu.Allowed(null))
            foreach (int n in Lengths.Where(n => n > 0))
            {
                float[] x = [.. Floats(n, 3 * n, 0.5).Select(v => v + 1f)];
                var allowed = Cpu.Allowed(isa.ToString());
                var along = OperatorRunner.Run(op, new() { { "axes", 1L } }, [Of(x, 3, n)], allowed);
                OperatorRunner.AssertClose([.. x.Chunk(n).Select(r => Folds[op]([.. r.Select(v => (double)v)]))], along[0].Data<float>(), 4e-6);
                var across = OperatorRunner.Run(op, new() { { "axes", 0L } }, [Of(x, 3, n)], allowed);
                OperatorRunner.AssertClose([.. Enumerable.Range(0, n).Select(i => Folds[op]([x[i], x[n + i], x[2 * n + i]]))], across[0].Data<float>(), 4e-6);
            }
    }

    [Fact]
    public void Over_nothing_a_reduction_is_its_neutral_element()
    {
        var axes = new AttributeMap { { "axes", 1L }, { "keepdims", 0L } };
        foreach (var (op, value) in new[] { ("ReduceSum", 0f), ("ReduceProd", 1), ("ReduceMax", float.NegativeInfinity), ("ReduceMin", float.PositiveInfinity), ("ReduceL2", 0), ("ReduceLogSum", float.NegativeInfinity), ("ReduceLogSumExp", float.NegativeInfinity) })
            OperatorRunner.Expect(op, axes, [Counting(2, 0)], [value, value], 2);
        OperatorRunner.Expect<float>("ReduceSum", axes, [Counting(0, 3)], [], 0);
        OperatorRunner.Expect<int>("ReduceMax", axes, [Of<int>([], 1, 0)], [int.MinValue], 1);
        OperatorRunner.Expect<byte>("ReduceMin", axes, [Of<byte>([], 1, 0)], [255], 1);
    }

    [Fact]
    public void Extremes_carry_NaN_and_infinities_do_not_spoil_exponents()
    {
        float[] x = [1, 2, float.NaN, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18];
        OperatorRunner.Expect<float>("ReduceMax", None, [Of(x, 18)], [float.NaN], 1);
        OperatorRunner.Expect<float>("ReduceMin", None, [Of(x, 18)], [float.NaN], 1);
        OperatorRunner.ExpectClose("ReduceLogSumExp", None, [Of([1000f, 1000], 2)], [1000 + Math.Log(2)]);
        OperatorRunner.ExpectClose("ReduceLogSumExp", None, [Of([float.NegativeInfinity, 3], 2)], [3]);
        OperatorRunner.Expect<float>("ReduceLogSumExp", None, [Of([float.PositiveInfinity, 3], 2)], [float.PositiveInfinity], 1);
    }

    [Fact]
    public void Integers_and_bool_reduce()
    {
        OperatorRunner.Expect<int>("ReduceSum", None, [Of([int.MaxValue, 1], 2)], [int.MinValue], 1);
        OperatorRunner.Expect<long>("ReduceProd", None, [Of([3L, -7], 2)], [-21], 1);
        OperatorRunner.Expect<byte>("ReduceMean", None, [Of<byte>([250, 251], 2)], [250], 1);
        OperatorRunner.Expect<ulong>("ReduceMax", None, [Of<ulong>([1, ulong.MaxValue], 2)], [ulong.MaxValue], 1);
        OperatorRunner.Expect<bool>("ReduceMax", None, [Of([false, true], 2)], [true], 1);
        OperatorRunner.Expect<Half>("ReduceSum", None, [Of([(Half)60000, (Half)10000, (Half)(-60000)], 3)], [(Half)10000], 1);
        Assert.Contains("names an axis twice", OperatorRunner.Refusal("ReduceSum", new() { { "axes", [1L, -1] } }, Counting(2, 2)), StringComparison.Ordinal);
        Assert.Contains("axis 2 is outside rank 2", OperatorRunner.Refusal("ReduceSum", new() { { "axes", 2L } }, Counting(2, 2)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public void Softmax_along_any_axis(int axis)
    {
        int[] shape = [3, 5, 4];
        float[] x = Floats(2, 60, 10);
        double[] Along(Func<double[], int, double> f) =>
        [
            .. Indices(shape).Select(i =>
            {
                double[] line = [.. Enumerable.Range(0, shape[axis]).Select(k => (double)x[Flat(shape, [.. i[..axis], k, .. i[(axis + 1)..]])])];
                return f(line, i[axis]);
            })
        ];
        var attributes = new AttributeMap { { "axis", (long)axis } };
        OperatorRunner.ExpectClose("Softmax", attributes, [Of(x, shape)], Along((v, k) => Math.Exp(v[k] - v.Max()) / v.Sum(e => Math.Exp(e - v.Max()))), 1e-6);
        OperatorRunner.ExpectClose("LogSoftmax", attributes, [Of(x, shape)], Along((v, k) => v[k] - v.Max() - Math.Log(v.Sum(e => Math.Exp(e - v.Max())))));
        OperatorRunner.ExpectClose("Hardmax", attributes, [Of(x, shape)], Along((v, k) => Array.IndexOf(v, v.Max()) == k ? 1 : 0));
    }

    [Fact]
    public void Softmax_at_every_length_and_at_the_extremes()
    {
        foreach (var isa in Cpu.Allowed(null))
            foreach (int n in Lengths.Where(n => n > 0))
            {
                float[] x = Floats(n, 2 * n, 20);
                var rows = x.Chunk(n).ToArray();
                var y = OperatorRunner.Run("Softmax", None, [Of(x, 2, n)], Cpu.Allowed(isa.ToString()), Feed.Computed);
                OperatorRunner.AssertClose([.. rows.SelectMany(r => r.Select(v => Math.Exp(v - r.Max()) / r.Sum(e => Math.Exp(e - r.Max()))))], y[0].Data<float>(), 1e-6);
                y = OperatorRunner.Run("LogSoftmax", None, [Of(x, 2, n)], Cpu.Allowed(isa.ToString()), Feed.Computed);
                OperatorRunner.AssertClose([.. rows.SelectMany(r => r.Select(v => v - r.Max() - Math.Log(r.Sum(e => Math.Exp((double)e - r.Max())))))], y[0].Data<float>(), 2e-6);
            }
        OperatorRunner.ExpectClose("Softmax", None, [Of([1e30f, 1e30f, -1e30f, float.NegativeInfinity], 4)], [0.5, 0.5, 0, 0]);
        OperatorRunner.RunAll("Softmax", None, [Of([1f, float.NaN, 2], 3)], y => Assert.All(y[0].Data<float>().ToArray(), v => Assert.True(float.IsNaN(v))));
    }

    [Fact]
    public void Extremes_have_positions()
    {
        var x = Of([3f, 1, 3, -2, 7, 7], 2, 3);
        AttributeMap Arg(long axis, long last = 0) => new() { { "axis", axis }, { "select_last_index", last }, { "keepdims", 0L } };
        OperatorRunner.Expect<long>("ArgMax", Arg(1), [x], [0, 1], 2);
        OperatorRunner.Expect<long>("ArgMax", Arg(1, last: 1), [x], [2, 2], 2);
        OperatorRunner.Expect<long>("ArgMin", Arg(0), [x], [1, 0, 0], 3);
        OperatorRunner.Expect<long>("ArgMin", new() { { "axis", 1L } }, [Of<sbyte>([3, -128, 5], 1, 3)], [1], 1, 1);
        OperatorRunner.Expect<long>("ArgMax", Arg(0), [Of([1f, float.NaN, 2], 3)], [1]);
        Assert.Contains("is empty", OperatorRunner.Refusal("ArgMax", Arg(0), Counting(0)), StringComparison.Ordinal);
    }

    [Fact]
    public void Running_sums()
    {
        AttributeMap Sum(long axis, long exclusive, long reverse) => new() { { "axis", axis }, { "exclusive", exclusive }, { "reverse", reverse } };
        OperatorRunner.Expect<float>("CumSum", Sum(1, 0, 0), [Counting(2, 3)], [0, 1, 3, 3, 7, 12], 2, 3);
        OperatorRunner.Expect<float>("CumSum", Sum(0, 0, 1), [Counting(2, 3)], [3, 5, 7, 3, 4, 5], 2, 3);
        OperatorRunner.Expect<long>("CumSum", Sum(0, 1, 0), [Of([1L, 2, 3], 3)], [0, 1, 3], 3);
        OperatorRunner.Expect<long>("CumSum", Sum(0, 1, 1), [Of([1L, 2, 3], 3)], [5, 3, 0], 3);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    [InlineData(-1, true)]
    public void Top_k_sorts_and_breaks_ties_by_index(int axis, bool largest)
    {
        int[] shape = [6, 7];
        float[] x = [.. Floats(4, 42).Select(v => MathF.Round(v))];
        int a = axis < 0 ? 1 : axis, n = shape[a];
        foreach (int k in new[] { 0, 1, 3, n })
        {
            var lines = Enumerable.Range(0, shape[1 - a]).Select(i => Enumerable.Range(0, n).Select(j => (Value: a == 0 ? x[j * 7 + i] : x[i * 7 + j], Index: j))
                .OrderBy(e => largest ? -e.Value : e.Value).ThenBy(e => e.Index).Take(k).ToArray()).ToArray();
            int[] y = [.. shape];
            y[a] = k;
            OperatorRunner.RunAll("TopK", new() { { "k", (long)k }, { "axis", (long)axis }, { "largest", largest ? 1L : 0 } }, [Of(x, shape)], outputs =>
            {
                Assert.Equal(new TensorType(ElementType.Float32, y), outputs[0].Type);
                foreach (int[] i in Indices(y))
                {
                    var (value, index) = lines[i[1 - a]][i[a]];
                    Assert.Equal(value, outputs[0].Data<float>()[Flat(y, i)]);
                    Assert.Equal(index, outputs[1].Data<long>()[Flat(y, i)]);
                }
            });
        }
        Assert.Contains("k = 8 does not fit", OperatorRunner.Refusal("TopK", new() { { "k", 8L } }, Counting(6, 7)), StringComparison.Ordinal);
    }
}
