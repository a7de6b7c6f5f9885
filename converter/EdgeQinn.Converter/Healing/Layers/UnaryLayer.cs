using EdgeQinn.Converter.Healing.Differentiation;

namespace EdgeQinn.Converter.Healing.Layers;

/// <summary>An element-wise function y = f(x) with its derivative by x and y.</summary>
sealed class UnaryLayer(LayerContext context, UnaryFunction function) : Layer
{
    readonly int _x = context.Input(0), _y = context.Output();

    public override void Forward(Tape tape)
    {
        var x = tape.Value(_x);
        var y = tape.Value(_y);
        for (int i = 0; i < y.Length; i++) y[i] = function.Value(x[i]);
    }

    public override void Backward(Tape tape)
    {
        ReadOnlySpan<float> x = tape.Value(_x), y = tape.Value(_y), dy = tape.Gradient(_y);
        var dx = tape.Gradient(_x);
        for (int i = 0; i < dx.Length; i++) dx[i] += dy[i] * function.Derivative(x[i], y[i]);
    }
}
