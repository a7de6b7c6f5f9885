using EdgeQinn.Converter.Graph;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Import.Adapters;

/// <summary>Operators that only give the same elements another shape, or none at all.</summary>
static class ShapeAdapters
{
    public static IEnumerable<Adapter> All =>
    [
        new("Identity", 1, n => n.Output(0, n.Input(0))),
        new("Dropout", 1, TestDropout) { To = 6 },
        new("Dropout", 7, n =>
        {
            n.Ignore("ratio");
            PassThrough(n);
        }) { To = 11 },
        new("Dropout", 12, Dropout, 1, 2),
        new("Reshape", 5, Reshape, 1),
        new("Flatten", 1, Flatten),
        new("Squeeze", 1, n => Squeeze(n, n.Ints("axes"))) { To = 12 },
        new("Squeeze", 13, n => Squeeze(n, n.ConstantInts(1, "axes")), 1),
        new("Unsqueeze", 1, n => Unsqueeze(n, n.Ints("axes"))) { To = 12 },
        new("Unsqueeze", 13, n => Unsqueeze(n, n.ConstantInts(1, "axes")), 1),
    ];

    static void PassThrough(NodeImporter n)
    {
        var x = n.Input(0);
        n.Output(0, x);
        if (!n.Wants(1)) return;
        byte[] mask = new byte[x.Type.Count];
        Array.Fill(mask, (byte)1);
        var type = new TensorType(n.Opset >= 10 ? ElementType.Bool : x.Type.Element, x.Type.Shape);
        n.Output(1, n.Cast(n.Constant(EncodedTensor.FromBytes(new TensorType(ElementType.Bool, x.Type.Shape), mask)), type.Element));
    }

    static void TestDropout(NodeImporter n)
    {
        n.Ignore("ratio");
        if (n.Int("is_test", 0) == 0) throw TrainingMode(n);
        PassThrough(n);
    }

    static void Dropout(NodeImporter n)
    {
        n.Ignore("seed");
        bool trains = n.Optional(2) is not null && n.ConstantBool(2) != false;
        bool drops = n.Optional(1) is null || n.ConstantBool(1) != false;
        if (trains && drops) throw TrainingMode(n);
        PassThrough(n);
    }

    static GraphException TrainingMode(NodeImporter n) => n.Fail("is in training mode, so that results are random; export the model in inference mode");

    static void Reshape(NodeImporter n)
    {
        var x = n.Input(0);
        long[] target = n.ConstantInts(1, "the shape") ?? throw n.Fail("the shape is missing");
        bool keepsZero = n.Int("allowzero", 0) != 0;
        int[] shape = new int[target.Length];
        long known = 1;
        int open = -1;
        for (int i = 0; i < target.Length; i++)
        {
            if (target[i] == -1)
            {
                if (open >= 0) throw n.Fail($"shape [{string.Join(',', target)}] leaves two dimensions open");
                open = i;
                continue;
            }
            if (target[i] == 0 && !keepsZero)
                shape[i] = i < x.Type.Rank ? x.Type.Shape[i] : throw n.Fail($"shape [{string.Join(',', target)}] keeps dimension {i}, which {x.Type} does not have");
            else
                shape[i] = target[i] is >= 0 and <= int.MaxValue ? (int)target[i] : throw n.Fail($"shape [{string.Join(',', target)}] has dimension {target[i]}");
            known *= shape[i];
            if (known > int.MaxValue) throw n.Fail($"shape [{string.Join(',', target)}] does not hold the elements of {x.Type}");
        }
        if (open >= 0) shape[open] = known == 0 ? 0 : (int)(x.Type.Count / known);
        if (known * (open >= 0 ? shape[open] : 1) != x.Type.Count) throw n.Fail($"shape [{string.Join(',', target)}] does not hold the elements of {x.Type}");
        n.Output(0, n.Reshape(x, shape));
    }

    static void Flatten(NodeImporter n)
    {
        var x = n.Input(0);
        long axis = n.Int("axis", 1);
        int split = axis == x.Type.Rank ? x.Type.Rank : n.Axis(axis, x.Type.Rank);
        n.Output(0, n.Reshape(x, [Product(x, 0, split), Product(x, split, x.Type.Rank)]));
    }

    /// <summary>The product of dimensions <paramref name="from"/> to <paramref name="to"/> (excluded).</summary>
    public static int Product(IrValue x, int from, int to)
    {
        int product = 1;
        for (int i = from; i < to; i++) product *= x.Type.Shape[i];
        return product;
    }

    static void Squeeze(NodeImporter n, long[]? axes)
    {
        var x = n.Input(0);
        var removed = axes?.Select(a => n.Axis(a, x.Type.Rank)).ToHashSet() ?? [.. Enumerable.Range(0, x.Type.Rank).Where(i => x.Type.Shape[i] == 1)];
        foreach (int axis in removed)
            if (x.Type.Shape[axis] != 1) throw n.Fail($"axis {axis} of {x.Type} is not 1");
        n.Output(0, n.Reshape(x, [.. x.Type.Shape.Where((_, i) => !removed.Contains(i))]));
    }

    static void Unsqueeze(NodeImporter n, long[]? axes)
    {
        var x = n.Input(0);
        if (axes is null) throw n.Fail("the axes are missing");
        int rank = x.Type.Rank + axes.Length;
        var added = axes.Select(a => n.Axis(a, rank)).ToHashSet();
        if (added.Count != axes.Length) throw n.Fail($"axes {string.Join(',', axes)} repeat");
        int next = 0;
        int[] shape = new int[rank];
        for (int i = 0; i < rank; i++) shape[i] = added.Contains(i) ? 1 : x.Type.Shape[next++];
        n.Output(0, n.Reshape(x, shape));
    }
}
