using EdgeQinn.Runtime.Format;
using Xunit;
using static EdgeQinn.Runtime.Tests.Operators.Tensors;

namespace EdgeQinn.Runtime.Tests.Operators;

public class IndexOperatorTests
{
    static AttributeMap None => AttributeMap.Empty;

    static AttributeMap Axis(long axis) => new() { { "axis", axis } };

    [Fact]
    public void Gather_picks_rows_along_any_axis()
    {
        long[] indices = [2, 0, -1, 1];
        for (int axis = 0; axis < 3; axis++)
        {
            int[] shape = [3, 4, 5], y = [.. shape[..axis], 2, 2, .. shape[(axis + 1)..]];
            float[] expected = [.. Indices(y).Select(i =>
            {
                int index = (int)indices[i[axis] * 2 + i[axis + 1]];
                return (float)Flat(shape, [.. i[..axis], index < 0 ? index + shape[axis] : index, .. i[(axis + 2)..]]);
            })];
            OperatorRunner.Expect("Gather", Axis(axis), [Counting(shape), Of(indices, 2, 2)], expected, y);
            OperatorRunner.Expect("Gather", Axis(axis), [Counting(shape), Of(indices.Select(i => (int)i).ToArray(), 2, 2)], expected, y);
        }
        OperatorRunner.Expect<float>("Gather", Axis(1), [Counting(2, 3), Of([-1L])], [2, 5], 2);
        OperatorRunner.Expect<bool>("Gather", None, [Of([true, false], 2), Of([1, 0, 0], 3)], [false, true, true], 3);
        OperatorRunner.Expect<float>("Gather", None, [Counting(2, 3), Of<long>([], 0)], [], 0, 3);
    }

    [Fact]
    public void A_computed_index_outside_reads_zero_and_writes_nothing()
    {
        var far = Of([1L, 9, -9, long.MaxValue, long.MinValue], 5);
        var x = Of([5f, 6, 7], 3);
        Assert.Equal([6f, 0, 0, 0, 0], OperatorRunner.Run("Gather", None, [x, far])[0].Data<float>());
        Assert.Equal([6f, 0, 0, 0, 0], OperatorRunner.Run("GatherElements", None, [x, far])[0].Data<float>());
        Assert.Equal([6f, 0, 0, 0, 0], OperatorRunner.Run("GatherND", None, [x, Of(far.Data<long>().ToArray(), 5, 1)])[0].Data<float>());
        Assert.Equal([5f, 0, 7], OperatorRunner.Run("ScatterElements", None, [x, far, Counting(5)])[0].Data<float>());
        Assert.Equal([5f, 0, 7], OperatorRunner.Run("ScatterND", None, [x, Of(far.Data<long>().ToArray(), 5, 1), Counting(5)])[0].Data<float>());
        foreach (string op in new[] { "Gather", "GatherElements" })
            Assert.Contains("index 9 lies outside axis 0", OperatorRunner.Refusal(op, None, x, far), StringComparison.Ordinal);
        Assert.Contains("index 3 lies outside axis 1", OperatorRunner.Refusal("GatherND", None, Counting(9, 3), Of([8L, 3], 1, 2)), StringComparison.Ordinal);
    }

    [Fact]
    public void Elements_are_gathered_and_scattered_along_an_axis()
    {
        var indices = Of([1L, 0, 2, -1], 2, 2);
        OperatorRunner.Expect<float>("GatherElements", Axis(1), [Counting(3, 3), indices], [1, 0, 5, 5], 2, 2);
        OperatorRunner.Expect<float>("GatherElements", Axis(0), [Counting(3, 3), indices], [3, 1, 6, 7], 2, 2);
        OperatorRunner.Expect<float>("ScatterElements", Axis(1), [Counting(2, 3), indices, Of([10f, 20, 30, 40], 2, 2)], [20, 10, 2, 3, 4, 40], 2, 3);
        OperatorRunner.Expect<float>("ScatterElements", new() { { "axis", 1L }, { "reduction", "add" } }, [Counting(2, 3), indices, Of([10f, 20, 30, 40], 2, 2)], [20, 11, 2, 3, 4, 75], 2, 3);
        OperatorRunner.Expect<long>("ScatterElements", new() { { "reduction", "mul" } }, [Of([2L, 3], 2), Of([1, 1], 2), Of([5L, 7], 2)], [2, 105], 2);
        OperatorRunner.Expect<byte>("ScatterElements", new() { { "reduction", "max" } }, [Of<byte>([2, 3], 2), Of([0, 1], 2), Of<byte>([1, 7], 2)], [2, 7], 2);
        OperatorRunner.Expect<Half>("ScatterElements", new() { { "reduction", "min" } }, [Of([(Half)2, (Half)3], 2), Of([0, 1], 2), Of([(Half)1, (Half)7], 2)], [(Half)1, (Half)3], 2);
        Assert.Contains("differ in rank", OperatorRunner.Refusal("GatherElements", None, Counting(3, 3), Of([0L], 1)), StringComparison.Ordinal);
        Assert.Contains("are larger than", OperatorRunner.Refusal("GatherElements", None, Counting(3, 1), Of([0L, 0], 1, 2)), StringComparison.Ordinal);
        Assert.Contains("differ in shape", OperatorRunner.Refusal("ScatterElements", None, Counting(3), Of([0L], 1), Counting(2)), StringComparison.Ordinal);
    }

    [Fact]
    public void Tuples_name_slices()
    {
        OperatorRunner.Expect<float>("GatherND", None, [Counting(2, 3, 2), Of([1L, 0, 0, -1], 2, 2)], [6, 7, 4, 5], 2, 2);
        OperatorRunner.Expect<float>("GatherND", new() { { "batch_dims", 1L } }, [Counting(2, 3, 2), Of([2L, 0], 2, 1)], [4, 5, 6, 7], 2, 2);
        OperatorRunner.Expect<int>("GatherND", None, [Of([1, 2, 3, 4], 2, 2), Of([0, 0, 1, 1], 2, 2)], [1, 4], 2);
        OperatorRunner.Expect<float>("ScatterND", None, [Counting(3, 2), Of([2L, 0], 2, 1), Of([10f, 20, 30, 40], 2, 2)], [30, 40, 2, 3, 10, 20], 3, 2);
        OperatorRunner.Expect<float>("ScatterND", new() { { "reduction", "add" } }, [Counting(3), Of([1L, 1, 1], 3, 1), Of([1f, 2, 3], 3)], [0, 7, 2], 3);
        OperatorRunner.Expect<bool>("ScatterND", None, [Of([true, true], 2), Of([1L], 1, 1), Of([false], 1)], [true, false], 2);
        Assert.Contains("index tuples of 3 do not fit", OperatorRunner.Refusal("GatherND", None, Counting(2, 3), Of([0L, 0, 0], 1, 3)), StringComparison.Ordinal);
        Assert.Contains("expected shape [1,2]", OperatorRunner.Refusal("ScatterND", None, Counting(3, 2), Of([0L], 1, 1), Counting(2)), StringComparison.Ordinal);
        Assert.Contains("batch_dims 2 does not fit", OperatorRunner.Refusal("GatherND", new() { { "batch_dims", 2L } }, Counting(2, 3), Of([0L, 0], 2, 1)), StringComparison.Ordinal);
    }

    [Fact]
    public void One_hot_inserts_an_axis()
    {
        var values = Of([2f, 5], 2);
        var attributes = new AttributeMap { { "depth", 3L } };
        OperatorRunner.Expect<float>("OneHot", attributes, [Of([1L, -1, 7], 3), values], [2, 5, 2, 2, 2, 5, 2, 2, 2], 3, 3);
        OperatorRunner.Expect<float>("OneHot", new() { { "depth", 3L }, { "axis", 0L } }, [Of([1f, 2], 2), values], [2, 2, 5, 2, 2, 5], 3, 2);
        OperatorRunner.Expect<bool>("OneHot", attributes, [Of<byte>([2], 1), Of([false, true], 2)], [false, false, true], 1, 3);
        Assert.Contains("expected off and on", OperatorRunner.Refusal("OneHot", attributes, Of([1L], 1), Counting(3)), StringComparison.Ordinal);
        Assert.Contains("depth is -1", OperatorRunner.Refusal("OneHot", new() { { "depth", -1L } }, Of([1L], 1), values), StringComparison.Ordinal);
    }
}
