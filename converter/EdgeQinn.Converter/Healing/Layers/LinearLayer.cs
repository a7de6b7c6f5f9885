using EdgeQinn.Converter.Healing.Differentiation;

namespace EdgeQinn.Converter.Healing.Layers;

/// <summary><c>Linear</c>: Y = clamp(X Wᵀ + b).</summary>
sealed class LinearLayer : Layer
{
    readonly int _x, _y, _rows, _inputs, _outputs;
    readonly Parameter _weight;
    readonly Parameter? _bias;
    readonly PackedMatrix _w;
    readonly ActivationGrid? _grid;
    readonly Clamp _clamp;

    public LinearLayer(LayerContext context)
    {
        (_x, _y) = (context.Input(0), context.Output());
        (_weight, _bias) = (context.Parameter(1)!, context.Parameter(2));
        (_outputs, _inputs) = (context.Call.Input(1).Shape[0], context.Call.Input(1).Shape[1]);
        _rows = context.OutputType().Count / _outputs;
        _w = _weight.Pack(0, _outputs, _inputs);
        _grid = ActivationGrid.Of(_weight.Trainable);
        _clamp = Clamp.Of(context.Attributes);
    }

    public override void Forward(Tape tape)
    {
        int count = tape.Samples * _rows;
        _w.Multiply(count, Seen(tape), _bias is null ? default : _bias.Value, tape.Value(_y));
        _clamp.Apply(tape.Value(_y));
    }

    public override void Backward(Tape tape)
    {
        int count = tape.Samples * _rows;
        var dy = tape.Keep<float>(this, 1, count * _outputs).AsSpan(0, count * _outputs);
        _clamp.Backward(tape.Value(_y), tape.Gradient(_y), dy);
        if (_bias is not null) Rows.AddSums(dy, _outputs, tape.Gradient(_bias));
        _w.AddGradient(tape, count, dy, Seen(tape), tape.Keep<float>(this, 2, _outputs * _inputs));
        if (!tape.Wants(_x)) return;
        var dx = tape.Keep<float>(this, 3, count * _inputs).AsSpan(0, count * _inputs);
        _w.MultiplyBack(count, dy, dx);
        Rows.Add(dx, tape.Gradient(_x));
    }

    /// <summary>X as the product sees it: on the int8 grid where it runs in int8.</summary>
    ReadOnlySpan<float> Seen(Tape tape)
    {
        var x = tape.Value(_x);
        if (_grid is null) return x;
        var seen = tape.Keep<float>(this, 0, x.Length).AsSpan(0, x.Length);
        _grid.Round(x, tape.Samples, seen);
        return seen;
    }
}
