using EdgeQinn.Runtime.Format;
using Xunit;
using static EdgeQinn.Runtime.Tests.Operators.Tensors;

namespace EdgeQinn.Runtime.Tests.Operators;

public class PoolOperatorTests
{
    static AttributeMap Window(int[] kernel, int[]? strides = null, int[]? pads = null, int[]? dilations = null, bool ceil = false, bool countPadding = false)
    {
        var attributes = new AttributeMap { { "kernel_shape", kernel.AsSpan() } };
        if (strides is not null) attributes.Add("strides", strides.AsSpan());
        if (pads is not null) attributes.Add("pads", pads.AsSpan());
        if (dilations is not null) attributes.Add("dilations", dilations.AsSpan());
        if (ceil) attributes.Add("ceil_mode", 1L);
        if (countPadding) attributes.Add("count_include_pad", 1L);
        return attributes;
    }

    /// <summary>Every window's elements and their positions in the plane, straight from the definition.</summary>
    static IEnumerable<(float Value, int Position)[]> Windows(float[] x, int[] shape, int[] y, int[] kernel, int[] strides, int[] pads, int[] dilations)
    {
        int[] spatial = shape[2..];
        foreach (int[] o in Indices(y))
        {
            var inside = new List<(float, int)>();
            foreach (int[] k in Indices(kernel))
            {
                int[] i = [.. k.Select((v, a) => o[a + 2] * strides[a] - pads[a] + v * dilations[a])];
                if (i.Where((v, a) => v < 0 || v >= spatial[a]).Any()) continue;
                int at = Flat(shape, [o[0], o[1], .. i]);
                inside.Add((x[at], at));
            }
            yield return [.. inside];
        }
    }

    /// <summary>Sizes that meet the fast ways (kernel 2 stride 2, 3 × 3, …), their tails, and everything beside them.</summary>
    public static TheoryData<int[], int[], int[], int[], int[], bool> Geometries
    {
        get
        {
            var data = new TheoryData<int[], int[], int[], int[], int[], bool>
            {
                { [1, 2, 6], [3], [1], [0, 0], [1], false },
                { [2, 3, 9], [3], [2], [1, 1], [1], false },
                { [1, 1, 10], [3], [2], [0, 0], [2], true },
                { [1, 2, 8, 9], [2, 2], [2, 2], [0, 0, 0, 0], [1, 1], false },
                { [1, 2, 9, 9], [3, 3], [2, 2], [1, 1, 1, 1], [1, 1], false },
                { [1, 2, 9, 40], [3, 3], [1, 1], [1, 1, 1, 1], [1, 1], false },
                { [1, 1, 9, 7], [2, 3], [1, 2], [1, 0, 0, 2], [2, 1], true },
                { [1, 2, 4, 5, 6], [2, 2, 2], [2, 2, 2], [0, 1, 0, 0, 0, 1], [1, 1, 1], true },
                { [1, 1, 3, 4, 5], [2, 1, 3], [1, 1, 1], [0, 0, 0, 0, 0, 0], [2, 1, 1], false },
                { [2, 0, 5], [2], [1], [0, 0], [1], false },
            };
            foreach (int n in new[] { 2, 3, 7, 8, 15, 16, 17, 31, 32, 33, 34, 63, 64, 65, 66, 67 }) data.Add([1, 2, n], [2], [2], [0, 0], [1], false);
            foreach (int n in new[] { 5, 16, 17, 33, 66 }) data.Add([1, 2, n], [3], [3], [1, 1], [1], false);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Geometries))]
    public void Pools_agree_with_their_definition(int[] shape, int[] kernel, int[] strides, int[] pads, int[] dilations, bool ceil)
    {
        float[] x = Floats(7, Count(shape));
        var attributes = Window(kernel, strides, pads, dilations, ceil);
        int[] y = [.. OperatorRunner.Run("MaxPool", attributes, [Of(x, shape)])[0].Type.Shape];
        var windows = Windows(x, shape, y, kernel, strides, pads, dilations).ToArray();
        OperatorRunner.RunAll("MaxPool", attributes, [Of(x, shape)], outputs =>
        {
            Assert.Equal(windows.Select(w => w.Max(e => e.Value)), outputs[0].Data<float>().ToArray());
            Assert.Equal(windows.Select(w => (long)w.MaxBy(e => e.Value).Position), outputs[1].Data<long>().ToArray());
        });
        OperatorRunner.RunAll("MaxPool", attributes, [Of(x, shape)], outputs => Assert.Equal(windows.Select(w => w.Max(e => e.Value)), outputs[0].Data<float>().ToArray()), wanted: 1);
        OperatorRunner.ExpectClose("AveragePool", attributes, [Of(x, shape)], [.. windows.Select(w => w.Average(e => (double)e.Value))]);
        OperatorRunner.ExpectClose("AveragePool", Window(kernel, strides, pads, dilations, ceil, countPadding: true), [Of(x, shape)],
            [.. windows.Select(w => w.Sum(e => (double)e.Value) / Count(kernel))]);
        OperatorRunner.ExpectClose("LpPool", attributes, [Of(x, shape)], [.. windows.Select(w => Math.Sqrt(w.Sum(e => (double)e.Value * e.Value)))]);
    }

    [Fact]
    public void Max_pool_carries_NaN_and_other_types()
    {
        float[] x = [1, float.NaN, 3, 4, float.NegativeInfinity, float.NegativeInfinity, .. Enumerable.Repeat(1f, 60), float.NaN, 5];
        OperatorRunner.RunAll("MaxPool", Window([2], [2]), [Of(x, 1, 1, x.Length)], y =>
        {
            Assert.Equal([float.NaN, 4, float.NegativeInfinity], y[0].Data<float>()[..3]);
            Assert.True(float.IsNaN(y[0].Data<float>()[^1]));
        }, wanted: 1);
        OperatorRunner.Expect<byte>("MaxPool", Window([2], [2]), [Of<byte>([1, 200, 3, 4], 1, 1, 4)], [200, 4], 1, 1, 2);
        OperatorRunner.Expect<sbyte>("MaxPool", Window([3], [1], [1, 1]), [Of<sbyte>([-3, -2, -1], 1, 1, 3)], [-2, -1, -1], 1, 1, 3);
        OperatorRunner.Expect<double>("AveragePool", Window([2], [2]), [Of([1.0, 2, 3, 4], 1, 1, 4)], [1.5, 3.5], 1, 1, 2);
    }

    [Fact]
    public void Max_pool_numbers_positions_row_or_column_first()
    {
        var attributes = Window([2, 2], [2, 2]);
        attributes.Add("storage_order", 1);
        OperatorRunner.RunAll("MaxPool", attributes, [Counting(1, 1, 4, 4)], y => Assert.Equal([5L, 13, 7, 15], y[1].Data<long>()));
    }

    [Fact]
    public void Global_pools_cover_everything()
    {
        float[] x = Floats(3, 30);
        OperatorRunner.ExpectClose("GlobalAveragePool", AttributeMap.Empty, [Of(x, 1, 2, 3, 5)], [x[..15].Average(v => (double)v), x[15..].Average(v => (double)v)]);
        OperatorRunner.Expect<float>("GlobalMaxPool", AttributeMap.Empty, [Of(x, 1, 2, 15)], [x[..15].Max(), x[15..].Max()], 1, 2, 1);
        OperatorRunner.ExpectClose("GlobalLpPool", new() { { "p", 1L } }, [Of(x, 1, 1, 30)], [x.Sum(v => Math.Abs((double)v))]);
        Assert.Contains("nothing to pool", OperatorRunner.Refusal("GlobalMaxPool", AttributeMap.Empty, Counting(1, 2, 0)), StringComparison.Ordinal);
    }

    [Fact]
    public void Impossible_windows_are_refused()
    {
        Assert.Contains("a window of 4 does not fit 3 elements", OperatorRunner.Refusal("MaxPool", Window([4]), Counting(1, 1, 3)), StringComparison.Ordinal);
        Assert.Contains("stride 0", OperatorRunner.Refusal("MaxPool", Window([1], [0]), Counting(1, 1, 3)), StringComparison.Ordinal);
        Assert.Contains("pads -1", OperatorRunner.Refusal("MaxPool", Window([1], [1], [-1, 0]), Counting(1, 1, 3)), StringComparison.Ordinal);
        Assert.Contains("must have rank 3 to 5", OperatorRunner.Refusal("AveragePool", Window([1]), Counting(3, 3)), StringComparison.Ordinal);
        Assert.Contains("does not fit 3 elements", OperatorRunner.Refusal("MaxPool", Window([int.MaxValue], null, null, [int.MaxValue]), Counting(1, 1, 3)), StringComparison.Ordinal);
        Assert.Contains("'kernel_shape' is missing", OperatorRunner.Refusal("MaxPool", AttributeMap.Empty, Counting(1, 1, 3)), StringComparison.Ordinal);
        Assert.Contains("p = 0", OperatorRunner.Refusal("GlobalLpPool", new() { { "p", 0L } }, Counting(1, 1, 3)), StringComparison.Ordinal);
    }
}
