using System.Numerics.Tensors;
using EdgeQinn.Converter.Healing.Differentiation;
using EdgeQinn.Runtime.Operators;

namespace EdgeQinn.Converter.Healing.Layers;

/// <summary>
/// <c>Conv</c>: y = max-pool(clamp(W ∗ x + b)), as a product of the weights with a matrix that holds in each column what one position sees (im2col;
/// Chellapilla et al. 2006). Samples lie side by side where one alone has too few positions to fill the registers.
/// </summary>
sealed class ConvLayer : Layer
{
    const int FirstColumns = 8, WantedColumns = 128;

    readonly ConvShape _shape;
    readonly int _x, _y, _pool, _inCount, _positions, _together;
    readonly Parameter _weight;
    readonly Parameter? _bias;
    readonly ActivationGrid? _grid;
    readonly Clamp _clamp;
    readonly Run[] _runs;

    public ConvLayer(LayerContext context)
    {
        _shape = ConvShape.OfConv(context.Call);
        if (_shape.Batch != 1) throw context.Call.Fail($"a batch of {_shape.Batch} in the graph itself cannot be trained; convert it with a batch of 1");
        (_x, _y) = (context.Input(0), context.Output());
        (_weight, _bias) = (context.Parameter(1)!, context.Parameter(2));
        _pool = context.Attributes.Int("max_pool", 1);
        _inCount = _shape.In[0] * _shape.In[1] * _shape.In[2];
        _positions = _shape.OutCount;
        _together = (WantedColumns + _positions - 1) / Math.Max(1, _positions);
        _grid = ActivationGrid.Of(_weight.Trainable);
        _clamp = Clamp.Of(context.Attributes);
        _runs = [.. Runs(_shape)];
    }

    /// <summary>Positions next to each other that a tap sees at inputs a stride apart, or, with a negative input, in the padding.</summary>
    readonly record struct Run(int Tap, int Position, int Length, int Input);

    int Pooled => _positions / _shape.Out[2] * (_shape.Out[2] / _pool);

    public override void Forward(Tape tape)
    {
        int m = _shape.OutPerGroup;
        var x = Seen(tape);
        var y = tape.Value(_y);
        var winners = _pool > 1 ? tape.Keep<int>(this, 3, y.Length) : [];
        for (int g = 0; g < _shape.Group; g++)
            for (int first = 0; first < tape.Samples; first += _together)
            {
                int samples = Math.Min(_together, tape.Samples - first), width = samples * _positions;
                var columns = ColumnsOf(tape, g, first, width);
                LayOut(x, g, first, samples, columns);
                var product = tape.Keep<float>(this, 2, m * width).AsSpan(0, m * width);
                Product.Run(m, _shape.Taps, width, Weights(g), columns, product);
                for (int s = 0; s < samples; s++)
                    for (int o = 0; o < m; o++)
                        Finish(product.Slice(o * width + s * _positions, _positions), _bias?.Value[g * m + o] ?? 0, PooledAt(first + s, g * m + o), y, winners);
            }
        _clamp.Apply(y);
    }

    public override void Backward(Tape tape)
    {
        int m = _shape.OutPerGroup, taps = _shape.Taps;
        var y = tape.Value(_y);
        var dy = tape.Keep<float>(this, 4, y.Length).AsSpan(0, y.Length);
        _clamp.Backward(y, tape.Gradient(_y), dy);
        var winners = _pool > 1 ? tape.Keep<int>(this, 3, y.Length) : [];
        // Transposed, as the product makes it.
        var dweights = tape.Keep<float>(this, 5, taps * m).AsSpan(0, taps * m);
        var part = tape.Keep<float>(this, 6, taps * m).AsSpan(0, taps * m);
        for (int g = 0; g < _shape.Group; g++)
        {
            dweights.Clear();
            for (int first = 0; first < tape.Samples; first += _together)
            {
                int samples = Math.Min(_together, tape.Samples - first), width = samples * _positions;
                var dproduct = tape.Keep<float>(this, 2, m * width).AsSpan(0, m * width);
                dproduct.Clear();
                for (int s = 0; s < samples; s++)
                    for (int o = 0; o < m; o++)
                    {
                        int from = PooledAt(first + s, g * m + o);
                        var to = dproduct.Slice(o * width + s * _positions, _positions);
                        if (_pool == 1) dy.Slice(from, Pooled).CopyTo(to);
                        else
                            for (int t = 0; t < Pooled; t++) to[winners[from + t]] = dy[from + t];
                    }
                if (_bias is not null)
                    for (int o = 0; o < m; o++) tape.Gradient(_bias)[g * m + o] += TensorPrimitives.Sum<float>(dproduct.Slice(o * width, width));
                var columns = ColumnsOf(tape, g, first, width);
                var packed = tape.Keep<float>(this, 7, Product.PackedLength(m, width));
                Product.RunPacked(taps, width, m, columns, Product.Pack(dproduct, m, width, packed), default, part);
                Rows.Add(part, dweights);
                if (!tape.Wants(_x)) continue;
                var dcolumns = tape.Keep<float>(this, 1, taps * width).AsSpan(0, taps * width);
                Product.RunTransposed(taps, m, width, Weights(g), dproduct, dcolumns);
                Scatter(tape.Gradient(_x), g, first, samples, dcolumns);
            }
            var gradient = tape.Gradient(_weight).AsSpan(g * m * taps, m * taps);
            for (int o = 0; o < m; o++)
                for (int i = 0; i < taps; i++) gradient[o * taps + i] += dweights[i * m + o];
        }
    }

    /// <summary>Where a channel of a sample begins in y.</summary>
    int PooledAt(int sample, int channel) => (sample * _shape.OutChannels + channel) * Pooled;

    ReadOnlySpan<float> Weights(int group) => _weight.Value.AsSpan(group * _shape.OutPerGroup * _shape.Taps, _shape.OutPerGroup * _shape.Taps);

    /// <summary>One channel of one sample from the product to y: the bias added, the maximum of each group of neighbours, and which it was.</summary>
    void Finish(ReadOnlySpan<float> product, float bias, int to, Span<float> y, int[] winners)
    {
        if (_pool == 1)
        {
            TensorPrimitives.Add(product, bias, y[to..]);
            return;
        }
        int line = _shape.Out[2];
        for (int start = 0; start < product.Length; start += line)
            for (int t = start; t + _pool <= start + line; t += _pool, to++)
            {
                int best = t;
                for (int i = t + 1; i < t + _pool; i++) best += (i - best) * Convert.ToInt32(product[i] > product[best]); // a branch would be a guess
                (y[to], winners[to]) = (product[best] + bias, best);
            }
    }

    /// <summary>Where the columns [channels · kernel, samples · positions] of a group lie from the forward pass to the backward.</summary>
    Span<float> ColumnsOf(Tape tape, int group, int first, int width) =>
        tape.Keep<float>(this, FirstColumns + group, tape.Capacity * _positions * _shape.Taps).AsSpan(first * _positions * _shape.Taps, width * _shape.Taps);

    void LayOut(ReadOnlySpan<float> x, int group, int first, int samples, Span<float> columns)
    {
        int kernel = _shape.KernelCount, width = samples * _positions, stride = _shape.Stride[2];
        for (int s = 0; s < samples; s++)
            for (int c = 0; c < _shape.InPerGroup; c++)
            {
                var channel = x.Slice(((first + s) * _shape.InChannels + group * _shape.InPerGroup + c) * _inCount, _inCount);
                foreach (var run in _runs)
                {
                    var to = columns.Slice((c * kernel + run.Tap) * width + s * _positions + run.Position, run.Length);
                    if (run.Input < 0) to.Clear();
                    else if (stride == 1) channel.Slice(run.Input, run.Length).CopyTo(to);
                    else
                        for (int i = 0, at = run.Input; i < to.Length; i++, at += stride) to[i] = channel[at];
                }
            }
    }

    /// <summary>Adds the gradients by the columns to those by the elements they hold.</summary>
    void Scatter(Span<float> dx, int group, int first, int samples, ReadOnlySpan<float> dcolumns)
    {
        int kernel = _shape.KernelCount, width = samples * _positions, stride = _shape.Stride[2];
        for (int s = 0; s < samples; s++)
            for (int c = 0; c < _shape.InPerGroup; c++)
            {
                var channel = dx.Slice(((first + s) * _shape.InChannels + group * _shape.InPerGroup + c) * _inCount, _inCount);
                foreach (var run in _runs)
                {
                    if (run.Input < 0) continue;
                    var from = dcolumns.Slice((c * kernel + run.Tap) * width + s * _positions + run.Position, run.Length);
                    if (stride == 1) Rows.Add(from, channel.Slice(run.Input, run.Length));
                    else
                        for (int i = 0, at = run.Input; i < from.Length; i++, at += stride) channel[at] += from[i];
                }
            }
    }

    ReadOnlySpan<float> Seen(Tape tape)
    {
        var x = tape.Value(_x);
        if (_grid is null) return x;
        var seen = tape.Keep<float>(this, 0, x.Length).AsSpan(0, x.Length);
        _grid.Round(x, tape.Samples, seen);
        return seen;
    }

    /// <summary>What every tap sees, line of positions by line.</summary>
    static IEnumerable<Run> Runs(ConvShape s)
    {
        var (position, tap) = (new int[3], new int[3]);
        int line = s.Out[2];
        for (int k = 0; k < s.KernelCount; k++)
            for (int p = 0; p < s.OutCount; p += line)
            {
                Unravel(k, s.Kernel, tap);
                Unravel(p, s.Out, position);
                int lineAt = 0;
                for (int a = 0; a < 2 && lineAt >= 0; a++)
                {
                    int index = position[a] * s.Stride[a] - s.Begin[a] + tap[a] * s.Dilation[a];
                    lineAt = (uint)index < (uint)s.In[a] ? lineAt * s.In[a] + index : -1;
                }
                // Positions from … to of the line see the input, those before and behind it padding.
                int offset = tap[2] * s.Dilation[2] - s.Begin[2], stride = s.Stride[2];
                int from = offset >= 0 ? 0 : Math.Min(line, (-offset + stride - 1) / stride), to = offset >= s.In[2] ? 0 : Math.Min(line, (s.In[2] - 1 - offset) / stride + 1);
                if (lineAt < 0 || to <= from) (from, to) = (line, line);
                if (from > 0) yield return new Run(k, p, from, -1);
                if (to > from) yield return new Run(k, p + from, to - from, lineAt * s.In[2] + from * stride + offset);
                if (to < line) yield return new Run(k, p + to, line - to, -1);
            }
    }

    static void Unravel(int flat, int[] sizes, int[] index)
    {
        for (int a = 2; a >= 0; a--) (index[a], flat) = (flat % sizes[a], flat / sizes[a]);
    }
}
