using EdgeQinn.Converter.Healing.Differentiation;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Healing.Layers;

/// <summary><c>Add</c>, <c>Sub</c>, <c>Mul</c> and <c>Div</c> with NumPy's broadcasting; a constant operand stays as it is.</summary>
sealed class BinaryLayer : Layer
{
    readonly string _operator;
    readonly int _y, _size;
    readonly Operand _a, _b;

    public BinaryLayer(LayerContext context)
    {
        (_operator, _y) = (context.Node.Operator, context.Output());
        _size = context.OutputType().Count;
        (_a, _b) = (Operand.Of(context, 0), Operand.Of(context, 1));
    }

    public override void Forward(Tape tape)
    {
        var y = tape.Value(_y);
        ReadOnlySpan<float> a = _a.Read(tape), b = _b.Read(tape);
        for (int s = 0; s < tape.Samples; s++)
            for (int i = 0; i < _size; i++)
            {
                float p = a[_a.At(s, i)], q = b[_b.At(s, i)];
                y[s * _size + i] = _operator switch { "Add" => p + q, "Sub" => p - q, "Mul" => p * q, _ => p / q };
            }
    }

    public override void Backward(Tape tape)
    {
        ReadOnlySpan<float> a = _a.Read(tape), b = _b.Read(tape), dy = tape.Gradient(_y);
        Span<float> da = _a.Gradient(tape), db = _b.Gradient(tape);
        for (int s = 0; s < tape.Samples; s++)
            for (int i = 0; i < _size; i++)
            {
                float p = a[_a.At(s, i)], q = b[_b.At(s, i)], d = dy[s * _size + i];
                if (!da.IsEmpty) da[_a.At(s, i)] += _operator switch { "Add" or "Sub" => d, "Mul" => d * q, _ => d / q };
                if (!db.IsEmpty) db[_b.At(s, i)] += _operator switch { "Add" => d, "Sub" => -d, "Mul" => d * p, _ => -d * p / (q * q) };
            }
    }

    /// <summary>One side: computed, with a value per sample, or constant; each of its elements may meet several of the result.</summary>
    sealed record Operand(int Value, float[]? Constant, int[] Index, int PerSample)
    {
        public static Operand Of(LayerContext context, int input)
        {
            var type = context.Call.Input(input);
            var constant = context.Call.Constant(input);
            return new(context.Input(input), constant?.Floats().ToArray(), Broadcast(type, context.OutputType()), constant is null ? type.Count : 0);
        }

        public int At(int sample, int element) => sample * PerSample + Index[element];

        public ReadOnlySpan<float> Read(Tape tape) => Constant is null ? tape.Value(Value) : Constant;

        public Span<float> Gradient(Tape tape) => Constant is null ? tape.Gradient(Value) : default;

        /// <summary>The element of <paramref name="from"/> that each element of <paramref name="to"/> reads.</summary>
        static int[] Broadcast(TensorType from, TensorType to)
        {
            var index = new int[to.Count];
            for (int i = 0; i < index.Length; i++)
            {
                int rest = i, stride = 1;
                for (int axis = to.Rank - 1; axis >= 0; axis--)
                {
                    int position = rest % to.Shape[axis], own = axis - (to.Rank - from.Rank);
                    rest /= to.Shape[axis];
                    if (own < 0) continue;
                    if (from.Shape[own] != 1) index[i] += position * stride;
                    stride *= from.Shape[own];
                }
            }
            return index;
        }
    }
}
