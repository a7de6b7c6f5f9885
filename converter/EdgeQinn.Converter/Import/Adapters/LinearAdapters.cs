using EdgeQinn.Converter.Graph;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Import.Adapters;

/// <summary>Matrix products. Those with constant weights become <c>Linear</c> (y = x Wᵀ + b, W [M, N]); their scalings are folded into the weights.</summary>
static class LinearAdapters
{
    public static IEnumerable<Adapter> All =>
    [
        new("MatMul", 1, MatMul),
        new("Gemm", 1, Gemm),
        new("MatMulInteger", 10, n => n.Output(0, n.Emit("MatMulInteger", [], n.Input(0), n.Input(1), n.Optional(2), n.Optional(3)))),
        new("QLinearMatMul", 10, n => n.Output(0, n.Emit("QLinearMatMul", [],
            n.Input(0), n.Input(1), n.Input(2), n.Input(3), n.Input(4), n.Input(5), n.Input(6), n.Input(7)))),
    ];

    static void MatMul(NodeImporter n) => n.Output(0, Product(n, n.Input(0), n.Input(1)));

    /// <summary>The matrix product a b; with constant weights b, a linear layer.</summary>
    public static IrValue Product(NodeImporter n, IrValue a, IrValue b)
    {
        if (!IsFloat(a)) return IntegerProduct(n, a, b);
        bool isLinear = b.Constant is not null && b.Type.Rank == 2 && a.Constant is null;
        return isLinear ? n.EmitInFloat32(1, "Linear", [], a, n.Transpose(b, 1, 0))[0] : n.EmitInFloat32(1, "MatMul", [], a, b)[0];
    }

    static bool IsFloat(IrValue x) => x.Type.Element is ElementType.Float32 or ElementType.Float64 or ElementType.Float16 or ElementType.BFloat16;

    /// <summary>The product of integers, which wraps around as sums do: every a·b, then their sums.</summary>
    static IrValue IntegerProduct(NodeImporter n, IrValue a, IrValue b)
    {
        if (a.Type.Rank == 0 || b.Type.Rank == 0) throw n.Fail($"cannot multiply {a.Type} and {b.Type}: scalars have no rows");
        bool isRow = a.Type.Rank == 1, isColumn = b.Type.Rank == 1;
        int[] left = isRow ? [1, .. a.Type.Shape] : [.. a.Type.Shape], right = isColumn ? [.. b.Type.Shape, 1] : [.. b.Type.Shape];
        if (left[^1] != right[^2]) throw n.Fail($"cannot multiply {a.Type} and {b.Type}: inner dimensions differ");
        var products = n.Emit("Mul", [], n.Reshape(a, [.. left, 1]), n.Reshape(b, [.. right[..^2], 1, .. right[^2..]]));
        var sums = n.Emit("ReduceSum", new AttributeMap { { "axes", -2L }, { "keepdims", 0L } }, products);
        int[] shape = [.. sums.Type.Shape];
        return n.Reshape(sums, [.. shape[..^2], .. isRow ? [] : new[] { shape[^2] }, .. isColumn ? [] : new[] { shape[^1] }]);
    }

    static void Gemm(NodeImporter n)
    {
        n.Ignore("broadcast"); // before opset 7; the shapes tell
        var (a, b, c) = (n.Input(0), n.Input(1), n.Optional(2));
        float alpha = n.Float("alpha", 1), beta = n.Float("beta", 1);
        bool transposesB = n.Int("transB", 0) != 0;
        if (a.Type.Rank != 2 || b.Type.Rank != 2) throw n.Fail($"needs matrices, not {a.Type} and {b.Type}");
        bool transposesA = n.Int("transA", 0) != 0;
        if (!IsFloat(a))
        {
            if (alpha != 1 || beta != 1) throw n.Fail("scales integers by alpha or beta, which is not supported");
            var product = IntegerProduct(n, transposesA ? n.Transpose(a, 1, 0) : a, transposesB ? n.Transpose(b, 1, 0) : b);
            n.Output(0, c is null ? product : n.Emit("Add", [], product, c));
            return;
        }
        if (b.Constant is null || a.Constant is not null)
        {
            var attributes = new AttributeMap { { "alpha", alpha }, { "beta", beta }, { "transA", transposesA ? 1L : 0 }, { "transB", transposesB ? 1L : 0 } };
            n.Output(0, n.EmitInFloat32(1, "Gemm", attributes, a, b, c)[0]);
            return;
        }
        if (transposesA) a = n.Transpose(a, 1, 0);
        if (c is not null) c = Scaled(n, c, beta);
        var w = Scaled(n, transposesB ? b : n.Transpose(b, 1, 0), alpha);
        int rows = w.Type.Shape[0];
        bool isBias = c?.Constant is not null && (c.Type.Count == 1 || (c.Type.Count == rows && c.Type.Rank > 0 && c.Type.Shape[^1] == rows));
        var bias = !isBias ? null : c!.Type.Count == rows ? n.Reshape(c, [rows]) : n.Emit("Expand", new AttributeMap { { "shape", rows } }, n.Reshape(c, [1]));
        var y = n.EmitInFloat32(1, "Linear", [], a, w, bias)[0];
        n.Output(0, c is null || isBias ? y : n.Emit("Add", [], y, c));
    }

    static IrValue Scaled(NodeImporter n, IrValue x, float factor) => factor == 1 ? x : n.Emit("Mul", [], x, n.Scalar(factor, x.Type.Element));
}
