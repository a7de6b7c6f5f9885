using EdgeQinn.Converter.Healing.Differentiation;
using EdgeQinn.Runtime.Operators;

namespace EdgeQinn.Converter.Healing.Layers;

/// <summary>
/// <c>Conv</c>: y = max-pool(clamp(W ∗ x + b)), as a product of the weights with every window laid out as a row (im2row; Chellapilla et al. 2006).
/// </summary>
sealed class ConvLayer : Layer
{
    const int FirstWindows = 8;

    readonly ConvShape _shape;
    readonly int _x, _y, _pool, _inCount, _positions;
    readonly Parameter _weight;
    readonly Parameter? _bias;
    readonly PackedMatrix[] _w;
    readonly ActivationGrid? _grid;
    readonly Clamp _clamp;

    /// <summary>[positions, kernel]: where in a channel each tap of each window lies, −1 in the padding.</summary>
    readonly int[] _taps;

    public ConvLayer(LayerContext context)
    {
        _shape = ConvShape.OfConv(context.Call);
        if (_shape.Batch != 1) throw context.Call.Fail($"a batch of {_shape.Batch} in the graph itself cannot be trained; convert it with a batch of 1");
        (_x, _y) = (context.Input(0), context.Output());
        (_weight, _bias) = (context.Parameter(1)!, context.Parameter(2));
        _pool = context.Attributes.Int("max_pool", 1);
        _inCount = _shape.In[0] * _shape.In[1] * _shape.In[2];
        _positions = _shape.OutCount;
        _w = [.. Enumerable.Range(0, _shape.Group).Select(g => _weight.Pack(g * _shape.OutPerGroup * _shape.Taps, _shape.OutPerGroup, _shape.Taps))];
        _grid = ActivationGrid.Of(_weight.Trainable);
        _clamp = Clamp.Of(context.Attributes);
        _taps = Taps(_shape);
    }

    int Pooled => _positions / _shape.Out[2] * (_shape.Out[2] / _pool);

    public override void Forward(Tape tape)
    {
        int rows = tape.Samples * _positions, m = _shape.OutPerGroup;
        var x = Seen(tape);
        var product = tape.Keep<float>(this, 2, rows * m).AsSpan(0, rows * m);
        var y = tape.Value(_y);
        var winners = _pool > 1 ? tape.Keep<int>(this, 3, y.Length) : [];
        for (int g = 0; g < _shape.Group; g++)
        {
            var windows = WindowsOf(tape, g);
            LayOut(tape.Samples, x, g, windows);
            _w[g].Multiply(rows, windows, _bias is null ? default : _bias.Value.AsSpan(g * m, m), product);
            for (int s = 0; s < tape.Samples; s++)
                for (int o = 0; o < m; o++)
                    Finish(product.Slice(s * _positions * m), o, ((s * _shape.OutChannels) + g * m + o) * Pooled, y, winners);
        }
        _clamp.Apply(y);
    }

    public override void Backward(Tape tape)
    {
        int rows = tape.Samples * _positions, m = _shape.OutPerGroup, taps = _shape.Taps;
        var y = tape.Value(_y);
        var dy = tape.Keep<float>(this, 4, y.Length).AsSpan(0, y.Length);
        _clamp.Backward(y, tape.Gradient(_y), dy);
        var winners = _pool > 1 ? tape.Keep<int>(this, 3, y.Length) : [];
        var dproduct = tape.Keep<float>(this, 2, rows * m).AsSpan(0, rows * m);
        var dwindows = tape.Keep<float>(this, 5, rows * taps).AsSpan(0, rows * taps);
        for (int g = 0; g < _shape.Group; g++)
        {
            var windows = WindowsOf(tape, g);
            dproduct.Clear();
            for (int s = 0; s < tape.Samples; s++)
                for (int o = 0; o < m; o++)
                {
                    int from = (s * _shape.OutChannels + g * m + o) * Pooled, to = s * _positions * m + o;
                    for (int t = 0; t < Pooled; t++) dproduct[to + (_pool > 1 ? winners[from + t] : t) * m] = dy[from + t];
                }
            if (_bias is not null) Rows.AddSums(dproduct, m, tape.Gradient(_bias).AsSpan(g * m, m));
            _w[g].AddGradient(tape, rows, dproduct, windows, tape.Keep<float>(this, 6, m * taps));
            _w[g].MultiplyBack(rows, dproduct, dwindows);
            Scatter(tape, dwindows, g);
        }
    }

    /// <summary>One channel of one sample from the product [positions, m] to y: the maximum of each group of neighbours, and which it was.</summary>
    void Finish(ReadOnlySpan<float> product, int channel, int to, Span<float> y, int[] winners)
    {
        int m = _shape.OutPerGroup, line = _shape.Out[2];
        if (_pool == 1)
        {
            for (int t = 0; t < _positions; t++) y[to + t] = product[t * m + channel];
            return;
        }
        for (int start = 0; start < _positions; start += line)
            for (int t = start; t + _pool <= start + line; t += _pool, to++)
            {
                int best = t;
                for (int i = t + 1; i < t + _pool; i++)
                    if (product[i * m + channel] > product[best * m + channel]) best = i;
                (y[to], winners[to]) = (product[best * m + channel], best);
            }
    }

    /// <summary>Where the windows of a group lie as rows [samples · positions, channels · kernel], from the forward pass to the backward.</summary>
    Span<float> WindowsOf(Tape tape, int group)
    {
        int length = tape.Samples * _positions * _shape.Taps;
        return tape.Keep<float>(this, FirstWindows + group, length).AsSpan(0, length);
    }

    void LayOut(int samples, ReadOnlySpan<float> x, int group, Span<float> windows)
    {
        int kernel = _shape.KernelCount, channels = _shape.InPerGroup, taps = _shape.Taps;
        for (int s = 0, row = 0; s < samples; s++)
        {
            var sample = x.Slice((s * _shape.InChannels + group * channels) * _inCount, channels * _inCount);
            for (int p = 0; p < _positions; p++, row++)
            {
                var at = _taps.AsSpan(p * kernel, kernel);
                var to = windows.Slice(row * taps, taps);
                for (int c = 0, i = 0; c < channels; c++)
                    for (int k = 0; k < kernel; k++, i++) to[i] = at[k] < 0 ? 0 : sample[c * _inCount + at[k]];
            }
        }
    }

    /// <summary>Adds the gradients by the windows to those by the elements they hold.</summary>
    void Scatter(Tape tape, ReadOnlySpan<float> dwindows, int group)
    {
        int kernel = _shape.KernelCount, channels = _shape.InPerGroup, taps = _shape.Taps;
        for (int s = 0, row = 0; s < tape.Samples; s++)
        {
            var sample = tape.Gradient(_x).Slice((s * _shape.InChannels + group * channels) * _inCount, channels * _inCount);
            for (int p = 0; p < _positions; p++, row++)
            {
                var at = _taps.AsSpan(p * kernel, kernel);
                var from = dwindows.Slice(row * taps, taps);
                for (int c = 0, i = 0; c < channels; c++)
                    for (int k = 0; k < kernel; k++, i++)
                        if (at[k] >= 0) sample[c * _inCount + at[k]] += from[i];
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

    static int[] Taps(ConvShape s)
    {
        var taps = new int[s.OutCount * s.KernelCount];
        var (position, tap, start) = (new int[3], new int[3], new int[3]);
        for (int p = 0, i = 0; p < s.OutCount; p++)
        {
            Unravel(p, s.Out, position);
            for (int a = 0; a < 3; a++) start[a] = position[a] * s.Stride[a] - s.Begin[a];
            for (int k = 0; k < s.KernelCount; k++, i++)
            {
                Unravel(k, s.Kernel, tap);
                int at = 0;
                for (int a = 0; a < 3 && at >= 0; a++)
                {
                    int index = start[a] + tap[a] * s.Dilation[a];
                    at = (uint)index < (uint)s.In[a] ? at * s.In[a] + index : -1;
                }
                taps[i] = at;
            }
        }
        return taps;
    }

    static void Unravel(int flat, int[] sizes, int[] index)
    {
        for (int a = 2; a >= 0; a--) (index[a], flat) = (flat % sizes[a], flat / sizes[a]);
    }
}
