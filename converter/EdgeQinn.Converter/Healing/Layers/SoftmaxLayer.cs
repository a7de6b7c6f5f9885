using EdgeQinn.Converter.Healing.Differentiation;

namespace EdgeQinn.Converter.Healing.Layers;

/// <summary><c>Softmax</c> and <c>LogSoftmax</c> along an axis: dx = y (dy − Σ dy y), and dx = dy − exp(y) Σ dy.</summary>
sealed class SoftmaxLayer : Layer
{
    readonly bool _log;
    readonly int _x, _y, _length, _stride;

    public SoftmaxLayer(LayerContext context)
    {
        var type = context.OutputType();
        int axis = context.Call.Axis(context.Attributes.Int("axis", -1), type.Rank);
        (_x, _y, _log) = (context.Input(0), context.Output(), context.Node.Operator == "LogSoftmax");
        (_length, _stride) = (type.Shape[axis], type.Shape.AsSpan()[(axis + 1)..].ToArray().Aggregate(1, (a, b) => a * b));
    }

    public override void Forward(Tape tape)
    {
        ReadOnlySpan<float> x = tape.Value(_x);
        var y = tape.Value(_y);
        for (int first = 0; first < x.Length; first += Next(first))
        {
            float largest = float.NegativeInfinity;
            double sum = 0;
            for (int i = 0; i < _length; i++) largest = Math.Max(largest, x[first + i * _stride]);
            for (int i = 0; i < _length; i++) sum += Math.Exp(x[first + i * _stride] - largest);
            double logSum = largest + Math.Log(sum);
            for (int i = 0; i < _length; i++)
            {
                double logarithm = x[first + i * _stride] - logSum;
                y[first + i * _stride] = (float)(_log ? logarithm : Math.Exp(logarithm));
            }
        }
    }

    public override void Backward(Tape tape)
    {
        ReadOnlySpan<float> y = tape.Value(_y), dy = tape.Gradient(_y);
        var dx = tape.Gradient(_x);
        for (int first = 0; first < y.Length; first += Next(first))
        {
            double sum = 0;
            for (int i = 0, at = first; i < _length; i++, at += _stride) sum += _log ? dy[at] : (double)dy[at] * y[at];
            for (int i = 0, at = first; i < _length; i++, at += _stride)
                dx[at] += (float)(_log ? dy[at] - Math.Exp(y[at]) * sum : y[at] * (dy[at] - sum));
        }
    }

    /// <summary>From the first element of a line along the axis to that of the next.</summary>
    int Next(int first) => (first + 1) % _stride != 0 ? 1 : 1 + (_length - 1) * _stride;
}
