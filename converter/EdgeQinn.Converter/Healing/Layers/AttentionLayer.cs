using EdgeQinn.Converter.Healing.Differentiation;

namespace EdgeQinn.Converter.Healing.Layers;

/// <summary>
/// <c>Attention</c>: P = softmax(scale · Q Kᵀ + mask), Y = P V for each head, reading vectors where they lie. With dP = dY Vᵀ and dS = P ∘ (dP − rowsum(dP ∘ P)):
/// dQ = scale · dS K, dK = scale · dSᵀ Q, dV = Pᵀ dY. The mask stays as it is.
/// </summary>
sealed class AttentionLayer : Layer
{
    readonly Operand _q, _k, _v, _y;
    readonly int _heads, _steps, _keys, _width, _valueWidth;
    readonly float _scale;
    readonly bool _maskedIsZero;
    readonly float[]? _mask;

    public AttentionLayer(LayerContext context)
    {
        var sizes = context.Attributes.Ints("sizes");
        (_steps, _keys, _width, _valueWidth) = (sizes[2], sizes[3], sizes[4], sizes[5]);
        _heads = sizes[0] * sizes[1];
        (_scale, _maskedIsZero) = (context.Attributes.Float("scale", 1), context.Attributes.Int("masked_is_zero") != 0);
        _q = Read(0, "query");
        _k = Read(1, "key");
        _v = Read(2, "value");
        int perHead = _steps * _valueWidth;
        _y = context.Attributes.Int("steps_first") != 0
            ? new Operand(context.Output(), 0, sizes[1] * perHead, _valueWidth, sizes[1] * _valueWidth, sizes[1])
            : new Operand(context.Output(), 0, sizes[1] * perHead, perHead, _valueWidth, sizes[1]);
        if (context.IsComputed(3)) throw context.Call.Fail("training knows only a constant mask");
        if (context.Call.Constant(3) is { } mask) _mask = Spread(mask.Floats().ToArray(), [.. context.Call.Input(3).Shape], [sizes[0], sizes[1], _steps, _keys]);

        Operand Read(int input, string attribute)
        {
            var at = context.Attributes.Ints(attribute);
            return new Operand(context.Input(input), at[0], at[1], at[2], at[3], sizes[1]);
        }
    }

    /// <summary>Vectors in a value: its first, and the distances of batch items, heads and steps.</summary>
    sealed record Operand(int Value, int Offset, int Batch, int Head, int Step, int HeadsPerItem)
    {
        int At(int head, int step) => Offset + head / HeadsPerItem * Batch + head % HeadsPerItem * Head + step * Step;

        public void Gather(ReadOnlySpan<float> sample, int head, int steps, int width, Span<float> to)
        {
            for (int t = 0; t < steps; t++) sample.Slice(At(head, t), width).CopyTo(to[(t * width)..]);
        }

        public void Add(ReadOnlySpan<float> from, int head, int steps, int width, Span<float> sample)
        {
            for (int t = 0; t < steps; t++) Rows.Add(from.Slice(t * width, width), sample.Slice(At(head, t), width));
        }
    }

    int Scores => _steps * _keys;

    public override void Forward(Tape tape)
    {
        int n = tape.Samples;
        var (q, k, v) = (Vectors(tape, 0, _steps * _width), Vectors(tape, 1, _keys * _width), Vectors(tape, 2, _keys * _valueWidth));
        var probabilities = tape.Keep<float>(this, 3, n * _heads * Scores);
        var turned = tape.Keep<float>(this, 4, _keys * Math.Max(_width, _valueWidth));
        var result = tape.Keep<float>(this, 5, Math.Max(_steps, _keys) * Math.Max(_width, _valueWidth));
        tape.Value(_y.Value).Clear();
        for (int s = 0, at = 0; s < n; s++)
            for (int h = 0; h < _heads; h++, at++)
            {
                Gather(tape, s, h, q, k, v);
                Product.Transpose(_keys, _width, k, turned);
                var p = probabilities.AsSpan(at * Scores, Scores);
                Product.Run(_steps, _width, _keys, q, turned, p);
                for (int i = 0; i < p.Length; i++) p[i] = _scale * p[i] + (_mask is null ? 0 : _mask[h * Scores + i]);
                for (int t = 0; t < _steps; t++) Softmax(p.Slice(t * _keys, _keys));
                Product.Run(_steps, _keys, _valueWidth, p, v, result);
                _y.Add(result, h, _steps, _valueWidth, Sample(tape.Value(_y.Value), s, n));
            }
    }

    public override void Backward(Tape tape)
    {
        int n = tape.Samples;
        var (q, k, v) = (Vectors(tape, 0, _steps * _width), Vectors(tape, 1, _keys * _width), Vectors(tape, 2, _keys * _valueWidth));
        var probabilities = tape.Keep<float>(this, 3, n * _heads * Scores);
        var turned = tape.Keep<float>(this, 4, _keys * Math.Max(_width, _valueWidth));
        var result = tape.Keep<float>(this, 5, Math.Max(_steps, _keys) * Math.Max(_width, _valueWidth));
        float[] dy = tape.Keep<float>(this, 6, _steps * _valueWidth), ds = tape.Keep<float>(this, 7, Scores);
        for (int s = 0, at = 0; s < n; s++)
            for (int h = 0; h < _heads; h++, at++)
            {
                Gather(tape, s, h, q, k, v);
                var p = probabilities.AsSpan(at * Scores, Scores);
                _y.Gather(Sample(tape.Gradient(_y.Value), s, n), h, _steps, _valueWidth, dy);

                Product.RunTransposed(_keys, _steps, _valueWidth, p, dy, result);
                _v.Add(result, h, _keys, _valueWidth, Sample(tape.Gradient(_v.Value), s, n));

                Product.Transpose(_keys, _valueWidth, v, turned);
                Product.Run(_steps, _valueWidth, _keys, dy, turned, ds);
                for (int t = 0; t < _steps; t++)
                {
                    double along = 0;
                    for (int i = t * _keys; i < (t + 1) * _keys; i++) along += (double)ds[i] * p[i];
                    for (int i = t * _keys; i < (t + 1) * _keys; i++) ds[i] = (float)(_scale * p[i] * (ds[i] - along));
                }
                Product.Run(_steps, _keys, _width, ds, k, result);
                _q.Add(result, h, _steps, _width, Sample(tape.Gradient(_q.Value), s, n));
                Product.RunTransposed(_keys, _steps, _width, ds, q, result);
                _k.Add(result, h, _keys, _width, Sample(tape.Gradient(_k.Value), s, n));
            }
    }

    float[] Vectors(Tape tape, int slot, int length) => tape.Keep<float>(this, slot, length);

    void Gather(Tape tape, int sample, int head, float[] q, float[] k, float[] v)
    {
        int n = tape.Samples;
        _q.Gather(Sample(tape.Value(_q.Value), sample, n), head, _steps, _width, q);
        _k.Gather(Sample(tape.Value(_k.Value), sample, n), head, _keys, _width, k);
        _v.Gather(Sample(tape.Value(_v.Value), sample, n), head, _keys, _valueWidth, v);
    }

    static Span<float> Sample(Span<float> values, int sample, int samples) => values.Slice(sample * (values.Length / samples), values.Length / samples);

    void Softmax(Span<float> row)
    {
        float largest = float.NegativeInfinity;
        double sum = 0;
        foreach (float x in row) largest = Math.Max(largest, x);
        if (_maskedIsZero && float.IsNegativeInfinity(largest))
        {
            row.Clear();
            return;
        }
        foreach (ref float x in row) sum += x = MathF.Exp(x - largest);
        foreach (ref float x in row) x = (float)(x / sum);
    }

    /// <summary>The mask for every score, [B, H, T, S].</summary>
    static float[] Spread(float[] mask, int[] shape, int[] scores)
    {
        var all = new float[scores.Aggregate(1, (a, b) => a * b)];
        for (int i = 0; i < all.Length; i++)
        {
            int rest = i, from = 0, stride = 1;
            for (int axis = 1; axis <= 4; axis++)
            {
                int position = rest % scores[^axis];
                rest /= scores[^axis];
                if (axis > shape.Length) continue;
                if (shape[^axis] != 1) from += position * stride;
                stride *= shape[^axis];
            }
            all[i] = mask[from];
        }
        return all;
    }
}
