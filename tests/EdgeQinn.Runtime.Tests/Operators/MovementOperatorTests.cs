using EdgeQinn.Runtime.Format;
using Xunit;
using static EdgeQinn.Runtime.Tests.Operators.Tensors;

namespace EdgeQinn.Runtime.Tests.Operators;

public class MovementOperatorTests
{
    static AttributeMap None => AttributeMap.Empty;

    static AttributeMap Ints(string name, params long[] values) => new() { { name, values.AsSpan() } };

    /// <summary>y[index] = x[source(index)], as a definition to compare with.</summary>
    static float[] Picked(int[] shapeX, int[] shapeY, Func<int[], int[]> source) => [.. Indices(shapeY).Select(i => (float)Flat(shapeX, source(i)))];

    [Fact]
    public void Reshape_is_a_view()
    {
        OperatorRunner.Expect<float>("Reshape", Ints("shape", 3, 1, 2), [Counting(2, 3)], [0, 1, 2, 3, 4, 5], 3, 1, 2);
        Assert.Empty(OperatorRunner.Kernels("Reshape", Ints("shape", 6), Counting(2, 3)));
        Assert.Contains("shape [4] does not hold the 6 elements", OperatorRunner.Refusal("Reshape", Ints("shape", 4), Counting(2, 3)), StringComparison.Ordinal);
        Assert.Contains("shape [-1]", OperatorRunner.Refusal("Reshape", Ints("shape", -1), Counting(1)), StringComparison.Ordinal);
        Assert.Contains("attribute 'shape' is missing", OperatorRunner.Refusal("Reshape", None, Counting(1)), StringComparison.Ordinal);
    }

    [Fact]
    public void Transpose_permutes_axes()
    {
        int[] shape = [2, 3, 4, 5];
        foreach (int[] perm in new int[][] { [0, 1, 2, 3], [3, 2, 1, 0], [0, 2, 1, 3], [1, 0, 2, 3], [0, 1, 3, 2], [2, 3, 0, 1] })
        {
            int[] y = [.. perm.Select(a => shape[a])];
            float[] expected = Picked(shape, y, i => [.. Enumerable.Range(0, 4).Select(a => i[Array.IndexOf(perm, a)])]);
            OperatorRunner.Expect("Transpose", new() { { "perm", perm.AsSpan() } }, [Counting(shape)], expected, y);
        }
        OperatorRunner.Expect<byte>("Transpose", None, [Of<byte>([1, 2, 3, 4, 5, 6], 2, 3)], [1, 4, 2, 5, 3, 6], 3, 2);
        OperatorRunner.Expect<long>("Transpose", None, [Of([1L, 2, 3, 4, 5, 6], 2, 3)], [1, 4, 2, 5, 3, 6], 3, 2);
        OperatorRunner.Expect<float>("Transpose", None, [Counting(0, 3)], [], 3, 0);
        Assert.Contains("perm [0,0] is no permutation", OperatorRunner.Refusal("Transpose", Ints("perm", 0, 0), Counting(2, 2)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(17, 33)]
    [InlineData(64, 5)]
    [InlineData(1, 40)]
    [InlineData(70, 70)]
    public void Transpose_of_any_matrix(int rows, int columns) =>
        OperatorRunner.Expect("Transpose", None, [Counting(rows, columns)], Picked([rows, columns], [columns, rows], i => [i[1], i[0]]), columns, rows);

    [Fact]
    public void Slice_takes_steps_forwards_and_backwards()
    {
        AttributeMap Slice(long[] starts, long[] steps, long[] shape) => new() { { "starts", starts.AsSpan() }, { "steps", steps.AsSpan() }, { "shape", shape.AsSpan() } };
        OperatorRunner.Expect("Slice", Slice([1, 4, 0], [1, -2, 1], [1, 3, 4]), [Counting(2, 5, 4)], Picked([2, 5, 4], [1, 3, 4], i => [1 + i[0], 4 - 2 * i[1], i[2]]), 1, 3, 4);
        OperatorRunner.Expect<float>("Slice", Slice([9], [-1], [10]), [Counting(10)], [9, 8, 7, 6, 5, 4, 3, 2, 1, 0], 10);
        OperatorRunner.Expect<float>("Slice", Slice([7], [3], [0]), [Counting(5)], [], 0);
        Assert.Contains("elements 0 to 5 lie outside", OperatorRunner.Refusal("Slice", Slice([0], [1], [6]), Counting(5)), StringComparison.Ordinal);
        Assert.Contains("elements 1 to -1 lie outside", OperatorRunner.Refusal("Slice", Slice([1], [-1], [3]), Counting(5)), StringComparison.Ordinal);
        Assert.Contains("step of axis 0 is 0", OperatorRunner.Refusal("Slice", Slice([0], [0], [3]), Counting(5)), StringComparison.Ordinal);
        Assert.Contains("elements 1 to 2147483648 lie outside", OperatorRunner.Refusal("Slice", Slice([1], [int.MaxValue], [2]), Counting(5)), StringComparison.Ordinal);
        Assert.Contains("'steps' has 2 entries, expected 1", OperatorRunner.Refusal("Slice", Slice([0], [1, 1], [3]), Counting(5)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(-1)]
    public void Concat_then_split_gives_the_parts_back(int axis)
    {
        int[] sizes = [2, 0, 1, 5], shape = [3, 4, 6];
        int a = axis < 0 ? axis + 3 : axis;
        var parts = sizes.Select((n, i) =>
        {
            int[] s = [.. shape];
            s[a] = n;
            return Of(Floats(i, Count(s)), s);
        }).ToArray();
        EncodedTensor? joined = null;
        OperatorRunner.RunAll("Concat", Ints("axis", axis), parts, y => joined = y[0]);
        OperatorRunner.RunAll("Split", new() { { "axis", axis }, { "split", sizes.AsSpan() } }, [joined!], y =>
        {
            for (int i = 0; i < parts.Length; i++)
            {
                Assert.Equal(parts[i].Type, y[i].Type);
                Assert.Equal(parts[i].Data<float>().ToArray(), y[i].Data<float>().ToArray());
            }
        });
        OperatorRunner.Expect<bool>("Concat", Ints("axis", 0), [Of([true], 1), Of([false, true], 2)], [true, false, true], 3);
    }

    [Fact]
    public void Concat_and_split_refuse_what_does_not_fit()
    {
        Assert.Contains("differ outside axis 1", OperatorRunner.Refusal("Concat", Ints("axis", 1), Counting(2, 3), Counting(3, 3)), StringComparison.Ordinal);
        Assert.Contains("differ in rank", OperatorRunner.Refusal("Concat", Ints("axis", 0), Counting(2), Counting(2, 1)), StringComparison.Ordinal);
        Assert.Contains("axis 2 is outside rank 2", OperatorRunner.Refusal("Concat", Ints("axis", 2), Counting(2, 3)), StringComparison.Ordinal);
        Assert.Contains("does not add up", OperatorRunner.Refusal("Split", new() { { "axis", 0L }, { "split", [1L, 2] } }, Counting(4)), StringComparison.Ordinal);
        Assert.Contains("does not add up", OperatorRunner.Refusal("Split", new() { { "axis", 0L }, { "split", [5L, -1] } }, Counting(4)), StringComparison.Ordinal);
    }

    [Fact]
    public void Expand_and_tile_repeat()
    {
        OperatorRunner.Expect<float>("Expand", Ints("shape", 2, 1, 3), [Counting(2, 1)], [0, 0, 0, 1, 1, 1, 0, 0, 0, 1, 1, 1], 2, 2, 3);
        OperatorRunner.Expect<float>("Expand", Ints("shape", 1), [Counting(3)], [0, 1, 2], 3);
        OperatorRunner.Expect("Tile", Ints("repeats", 2, 3), [Counting(2, 3)], Picked([2, 3], [4, 9], i => [i[0] % 2, i[1] % 3]), 4, 9);
        OperatorRunner.Expect<float>("Tile", Ints("repeats", 0), [Counting(3)], [], 0);
        OperatorRunner.Expect<float>("Tile", Ints("repeats"), [Of([7f])], [7]);
        Assert.Contains("negative entry", OperatorRunner.Refusal("Tile", Ints("repeats", -1), Counting(3)), StringComparison.Ordinal);
        Assert.Contains("negative dimension", OperatorRunner.Refusal("Expand", Ints("shape", -1), Counting(1)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("edge")]
    [InlineData("reflect")]
    [InlineData("wrap")]
    [InlineData("constant")]
    public void Pad_in_every_mode(string mode)
    {
        int[] begins = [1, -1, 3], ends = [0, 2, 9], shape = [2, 5, 4], y = [3, 6, 16];
        var attributes = new AttributeMap { { "pads", [.. begins, .. ends] }, { "mode", mode } };
        float[] expected =
        [
            .. Indices(y).Select(i =>
            {
                int[] at = [.. i.Select((v, a) => Source(v - begins[a], shape[a]))];
                return at.Contains(-1) ? 9.5f : Flat(shape, at);
            })
        ];
        OperatorRunner.Expect("Pad", attributes, [Counting(shape), Of([9.5f])], expected, y);

        int Source(int i, int n) => mode switch
        {
            "edge" => Math.Clamp(i, 0, n - 1),
            "wrap" => (i + 10 * n) % n,
            "reflect" => Bounce(i, n),
            _ => i >= 0 && i < n ? i : -1,
        };

        static int Bounce(int i, int n)
        {
            while (i < 0 || i >= n) i = i < 0 ? -i : 2 * (n - 1) - i;
            return i;
        }
    }

    [Fact]
    public void Pad_defaults_to_zero_and_refuses_what_cannot_be()
    {
        OperatorRunner.Expect<int>("Pad", Ints("pads", 1, 2), [Of([7], 1)], [0, 7, 0, 0], 4);
        OperatorRunner.Expect<float>("Pad", Ints("pads", 1, 1), [Counting(0)], [0, 0], 2);
        OperatorRunner.Expect<float>("Pad", Ints("pads", -3, 3), [Counting(3)], [0, 0, 0], 3);
        Assert.Contains("cut more than axis 0", OperatorRunner.Refusal("Pad", Ints("pads", -2, -2), Counting(3)), StringComparison.Ordinal);
        Assert.Contains("nothing to repeat", OperatorRunner.Refusal("Pad", new() { { "pads", [1L, 1] }, { "mode", "edge" } }, Counting(0)), StringComparison.Ordinal);
        Assert.Contains("'pads' has 3 entries, expected 2", OperatorRunner.Refusal("Pad", Ints("pads", 1, 1, 1), Counting(3)), StringComparison.Ordinal);
        Assert.Contains("'mode' is 'mirror', expected one of constant, reflect, edge, wrap", OperatorRunner.Refusal("Pad", new() { { "pads", [0L, 0] }, { "mode", "mirror" } }, Counting(3)), StringComparison.Ordinal);
    }

    [Fact]
    public void Blocks_of_pixels_and_channels_are_inverse()
    {
        var x = Counting(2, 8, 3, 5);
        foreach (string mode in new[] { "DCR", "CRD" })
        {
            float[] expected = Picked([2, 8, 3, 5], [2, 2, 6, 10], i =>
                [i[0], mode == "DCR" ? (i[2] % 2 * 2 + i[3] % 2) * 2 + i[1] : i[1] * 4 + i[2] % 2 * 2 + i[3] % 2, i[2] / 2, i[3] / 2]);
            OperatorRunner.Expect("DepthToSpace", new() { { "blocksize", 2L }, { "mode", mode } }, [x], expected, 2, 2, 6, 10);
            if (mode == "DCR") OperatorRunner.Expect("SpaceToDepth", Ints("blocksize", 2), [Of(expected, 2, 2, 6, 10)], x.Data<float>().ToArray(), 2, 8, 3, 5);
        }
        Assert.Contains("do not make blocks", OperatorRunner.Refusal("DepthToSpace", Ints("blocksize", 3), Counting(1, 4, 1, 1)), StringComparison.Ordinal);
        Assert.Contains("does not divide", OperatorRunner.Refusal("SpaceToDepth", Ints("blocksize", 2), Counting(1, 4, 3, 2)), StringComparison.Ordinal);
        Assert.Contains("blocksize 0 must be", OperatorRunner.Refusal("SpaceToDepth", Ints("blocksize", 0), Counting(1, 4, 3, 2)), StringComparison.Ordinal);
    }

    [Fact]
    public void Triangles()
    {
        foreach (long k in new long[] { -3, -1, 0, 1, 9 })
            foreach (long upper in new long[] { 0, 1 })
                OperatorRunner.Expect("Trilu", new() { { "k", k }, { "upper", upper } }, [Counting(2, 3, 4)],
                    [.. Indices([2, 3, 4]).Select(i => (upper == 1 ? i[2] - i[1] >= k : i[2] - i[1] <= k) ? (float)Flat([2, 3, 4], i) : 0)], 2, 3, 4);
        Assert.Contains("rank of at least 2", OperatorRunner.Refusal("Trilu", None, Counting(3)), StringComparison.Ordinal);
    }

    [Fact]
    public void Sequences_reverse_up_to_their_length()
    {
        long[] lengths = [3, 0, 4];
        OperatorRunner.Expect("ReverseSequence", None, [Counting(4, 3, 2), Of(lengths, 3)],
            Picked([4, 3, 2], [4, 3, 2], i => [i[0] < lengths[i[1]] ? (int)lengths[i[1]] - 1 - i[0] : i[0], i[1], i[2]]), 4, 3, 2);
        OperatorRunner.Expect<float>("ReverseSequence", new() { { "batch_axis", 0L }, { "time_axis", 1L } }, [Counting(2, 3), Of([2L, 99], 2)], [1, 0, 2, 5, 4, 3], 2, 3);
        Assert.Contains("expected one for each of 3 sequences", OperatorRunner.Refusal("ReverseSequence", None, Counting(4, 3), Of([1L], 1)), StringComparison.Ordinal);
    }
}
