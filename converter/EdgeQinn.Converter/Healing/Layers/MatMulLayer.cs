using EdgeQinn.Converter.Healing.Differentiation;

namespace EdgeQinn.Converter.Healing.Layers;

/// <summary><c>MatMul</c> of two computed tensors, as in attention: Y = A B, dA = dY Bᵀ, dB = Aᵀ dY, one product per leading index.</summary>
sealed class MatMulLayer : Layer
{
    readonly int _a, _b, _y, _m, _k, _n, _products;

    public MatMulLayer(LayerContext context)
    {
        var (a, b) = (context.Call.Input(0), context.Call.Input(1));
        if (!context.IsComputed(0) || !context.IsComputed(1) || a.Rank != b.Rank || a.Rank < 2 || !a.Shape.AsSpan()[..^2].SequenceEqual(b.Shape.AsSpan()[..^2]))
            throw context.Call.Fail($"training multiplies computed tensors with the same leading axes, not {a} and {b}");
        (_a, _b, _y) = (context.Input(0), context.Input(1), context.Output());
        (_m, _k, _n) = (a.Shape[^2], a.Shape[^1], b.Shape[^1]);
        _products = a.Count / Math.Max(1, _m * _k);
    }

    public override void Forward(Tape tape)
    {
        for (int p = 0; p < tape.Samples * _products; p++)
            Product.Run(_m, _k, _n, tape.Value(_a).Slice(p * _m * _k, _m * _k), tape.Value(_b).Slice(p * _k * _n, _k * _n), tape.Value(_y).Slice(p * _m * _n, _m * _n));
    }

    public override void Backward(Tape tape)
    {
        var turned = tape.Keep<float>(this, 0, _n * _k);
        var sum = tape.Keep<float>(this, 1, Math.Max(_m, _n) * _k);
        for (int p = 0; p < tape.Samples * _products; p++)
        {
            ReadOnlySpan<float> dy = tape.Gradient(_y).Slice(p * _m * _n, _m * _n);
            Product.Transpose(_k, _n, tape.Value(_b).Slice(p * _k * _n, _k * _n), turned);
            Product.Run(_m, _n, _k, dy, turned, sum);
            Rows.Add(sum.AsSpan(0, _m * _k), tape.Gradient(_a).Slice(p * _m * _k, _m * _k));
            Product.RunTransposed(_k, _m, _n, tape.Value(_a).Slice(p * _m * _k, _m * _k), dy, sum);
            Rows.Add(sum.AsSpan(0, _k * _n), tape.Gradient(_b).Slice(p * _k * _n, _k * _n));
        }
    }
}
