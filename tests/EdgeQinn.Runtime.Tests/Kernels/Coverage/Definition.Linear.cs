using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels.Recurrent;
using EdgeQinn.Runtime.Tests.Kernels.Conv;
using EdgeQinn.Runtime.Tests.Operators;
using EdgeQinn.Runtime.Weights;
using static EdgeQinn.Runtime.Tests.Operators.Tensors;

namespace EdgeQinn.Runtime.Tests.Kernels.Coverage;

static partial class Definition
{
    static void AddLinear()
    {
        Add("Linear", Linear);
        Add("MatMul", call => MatrixProduct(call, 1, 0));
        Add("Gemm", call => MatrixProduct(call, call.Attributes.Float("alpha", 1), call.Attributes.Float("beta", 1)));
        Add("Conv", Convolution);
        Add("Attention", Attention);
        ByOperator.Add("RNN", call => Recurrent(call, 1));
        ByOperator.Add("GRU", call => Recurrent(call, 3));
        ByOperator.Add("LSTM", call => Recurrent(call, 4));
    }

    /// <summary>y = clamp(x Wᵀ + b), in int8 with x and W as quantised.</summary>
    static Answer Linear(DefinedCall call)
    {
        var tensor = call.Inputs[1].Tensor;
        int m = tensor.Type.Shape[0], n = tensor.Type.Shape[1], rows = call.X.Data.Length / n;
        double[] x = call.X.Data, b = call.Optional(2)?.Data ?? new double[m], sums = new double[rows * m], sizes = new double[rows * m];
        var bounds = call.Attributes.Has("clamp") ? call.Attributes.Floats("clamp") : [float.NegativeInfinity, float.PositiveInfinity];
        var weight = tensor.IsDense ? null : WeightEncodings.Read(tensor);
        double roundings = n + 2;
        void Term(int i, int j, double w, double magnitude)
        {
            for (int r = 0; r < rows; r++)
            {
                sums[r * m + i] += w * x[r * n + j];
                sizes[r * m + i] += Math.Abs(magnitude * x[r * n + j]);
            }
        }
        void Matrix(double[] w, double[] magnitudes)
        {
            for (int k = 0; k < w.Length; k++) Term(k / n, k % n, w[k], magnitudes[k]);
        }

        if (weight is null) Matrix(call.Inputs[1].Data, call.Inputs[1].Data);
        else if (!call.RunsDense && Levels(weight) is { } levels)
        {
            // Sums of integers are exact: what rounds is what comes after.
            var range = RangeOf(weight, x);
            x = [.. x.Select(v => (double)Level(v, range))];
            Matrix(levels, levels);
            for (int k = 0; k < sums.Length; k++)
                (sums[k], sizes[k]) = (sums[k] * range.Scale * Scales(weight)[k % m], Math.Abs(sums[k]) * (range.Scale * Scales(weight)[k % m] + Underflow));
            roundings = 4;
        }
        else if (weight is BlockSparseWeight { IsInt8: false } sparse && !call.RunsDense)
            Visit(sparse, (at, block, group, row, column) => Term(at / n, at % n, sparse.Value(block, group, row, column), sparse.Value(block, group, row, column)));
        else
        {
            Matrix([.. weight.ToArray().Select(v => (double)v)], Magnitudes(weight));
            roundings = 2 * (n + m) + 16;
        }
        return new([.. sums.Select((s, k) => Math.Min(Math.Max(s + b[k % m], bounds[0]), bounds[1]))], [.. sizes.Select((s, k) => s + Math.Abs(b[k % m]))], roundings);
    }

    /// <summary>α A B + β C of matrices, or of batches of matrices of one shape.</summary>
    static Answer MatrixProduct(DefinedCall call, double alpha, double beta)
    {
        bool ta = call.Attributes.Int("transA") != 0, tb = call.Attributes.Int("transB") != 0;
        int[] a = call.X.Shape, b = call.Inputs[1].Shape;
        int m = a[ta ? ^1 : ^2], k = a[ta ? ^2 : ^1], n = b[tb ? ^2 : ^1], batch = Product(a[..^2]);
        bool shared = b.Length < a.Length;
        double[] y = new double[batch * m * n], size = new double[y.Length];
        for (int p = 0; p < y.Length; p++)
        {
            var (item, i, j) = (p / (m * n), p / n % m, p % n);
            double sum = 0, magnitude = 0;
            for (int q = 0; q < k; q++)
            {
                double term = call.X.Data[item * m * k + (ta ? q * m + i : i * k + q)] * call.Inputs[1].Data[(shared ? 0 : item * k * n) + (tb ? j * k + q : q * n + j)];
                sum += term;
                magnitude += Math.Abs(term);
            }
            double c = beta != 0 && call.Optional(2) is { } addend ? beta * At(addend, [i, j]) : 0;
            (y[p], size[p]) = (alpha * sum + c, Math.Abs(alpha) * magnitude + Math.Abs(c));
        }
        return new(y, size, k + 4);
    }

    /// <summary>What minimal filtering multiplies the rounding errors of a tile by, at most: measured 5e-6 of the largest output, in units of 2⁻²⁴ (Conv tests bound each filter).</summary>
    const double MinimalFiltering = 84;

    static Answer Convolution(DefinedCall call)
    {
        var (attributes, tensor) = (call.Attributes, call.Inputs[1].Tensor);
        int[] x = call.X.Shape, w = [.. tensor.Type.Shape], y = [.. call.Outputs[0].Shape];
        int[] Each(string name, int otherwise) => attributes.Has(name) ? [.. attributes.Ints(name)] : [.. w[2..].Select(_ => otherwise)];
        var weight = tensor.IsDense ? null : WeightEncodings.Read(tensor);
        float[] data = [.. call.X.Data.Select(v => (float)v)], taps = [], bias = [.. call.Inputs[2].Data.Select(v => (float)v)];
        var definition = new ConvCase(x[0], x[1], w[0], x[2..], w[2..])
        {
            Stride = Each("strides", 1), Dilation = Each("dilations", 1), Pads = attributes.Has("pads") ? [.. attributes.Ints("pads")] : new int[2 * w[2..].Length],
            Group = attributes.Int("group", 1), Clamp = attributes.Has("clamp") ? [.. attributes.Floats("clamp")] : null,
            Stored = weight is BlockSparseWeight { IsInt8: false } sparse && !call.RunsDense ? Stored(sparse) : null,
        };
        if (!call.RunsDense && Levels(weight) is { } levels)
        {
            var range = RangeOf(weight!, call.X.Data);
            var (sums, _) = (definition with { Bias = false }).Define([.. call.X.Data.Select(v => (float)Level(v, range))], [.. levels.Select(v => (float)v)], []);
            double[] scaled = new double[sums.Length], size = new double[sums.Length];
            int plane = Product(y[2..]);
            for (int i = 0; i < sums.Length; i++)
            {
                int o = i / plane % w[0];
                double sum = sums[i] * range.Scale * Scales(weight!)[o];
                (scaled[i], size[i]) = (sum + bias[o], Math.Abs(sum) + Math.Abs(sums[i]) * Underflow + Math.Abs(bias[o]));
            }
            return new(scaled, size, 4);
        }
        taps = [.. tensor.Floats()];
        var (values, magnitudes) = definition.Define(data, taps, bias);
        int terms = Product(w[1..]) + 2;
        if (attributes.Text("algorithm") != "winograd") return new(values, magnitudes, terms);
        double largest = magnitudes.Where(double.IsFinite).DefaultIfEmpty().Max();
        return new(values, [.. magnitudes.Select(_ => largest)], MinimalFiltering + terms);
    }

    static Answer Attention(DefinedCall call)
    {
        int[] sizes = [.. call.Attributes.Ints("sizes")], q = [.. call.Attributes.Ints("query")], k = [.. call.Attributes.Ints("key")], v = [.. call.Attributes.Ints("value")];
        var (heads, steps, keys, width, valueWidth, scale) = (sizes[1], sizes[2], sizes[3], sizes[4], sizes[5], call.Attributes.Float("scale", 1));
        double[] y = new double[heads * steps * valueWidth], size = new double[y.Length];
        for (int h = 0; h < heads; h++)
            for (int t = 0; t < steps; t++)
            {
                double[] scores = new double[keys];
                double spread = 0;
                for (int s = 0; s < keys; s++)
                {
                    double magnitude = 0;
                    for (int d = 0; d < width; d++)
                    {
                        double term = scale * call.Inputs[0].Data[q[0] + h * q[2] + t * q[3] + d] * call.Inputs[1].Data[k[0] + h * k[2] + s * k[3] + d];
                        scores[s] += term;
                        magnitude += Math.Abs(term);
                    }
                    double mask = call.Optional(3) is { } m ? m.Data[t * keys + s] : 0;
                    scores[s] += mask;
                    if (double.IsFinite(magnitude + mask)) spread = Math.Max(spread, magnitude + Math.Abs(mask)); // e^−∞ is 0, exactly
                }
                double highest = scores.Max(), sum = scores.Sum(x => Math.Exp(x - highest));
                int row = call.Attributes.Int("steps_first") != 0 ? t * heads + h : h * steps + t;
                for (int e = 0; e < valueWidth; e++)
                    for (int s = 0; s < keys; s++)
                    {
                        double term = Math.Exp(scores[s] - highest) / sum * call.Inputs[2].Data[v[0] + h * v[2] + s * v[3] + e];
                        y[row * valueWidth + e] += term;
                        // An error e of a score is one of 2 e, relatively, of a weight.
                        size[row * valueWidth + e] += Math.Abs(term) * (1 + 2 * spread);
                    }
            }
        return new(y, size, width + 2 * keys + 16);
    }

    static Answer[] Recurrent(DefinedCall call, int gates)
    {
        int h = call.Attributes.Int("hidden_size"), steps = call.X.Shape[0], batch = call.X.Shape[1], inputs = call.X.Shape[2];
        var definition = new RecurrentDefinition
        {
            T = steps, Batch = batch, I = inputs, H = h, D = 1, X = call.X.Data, W = call.Inputs[1].Data, R = call.Inputs[2].Data, B = call.Inputs[3].Data,
            InitialH = [], InitialC = [], P = [], Lengths = [], Reverse = [false], LinearBeforeReset = call.Attributes.Int("linear_before_reset") != 0,
            Activations = [.. (gates switch { 1 => "t", 3 => "st", _ => "stt" }).Select(c => new CellActivation(c == 's' ? CellActivationKind.Sigmoid : CellActivationKind.Tanh))],
        };
        if (gates == 1) definition.Rnn();
        else if (gates == 3) definition.Gru();
        else definition.Lstm();
        // A gate's sum is of so many terms of at most 2 · 2 and 2 · 1; its function does not magnify errors, and a step hands on its own, which saturation damps.
        double magnitude = 4 * inputs + 2 * h + 4;
        Answer Of(double[] y) => new(y, [.. y.Select(v => magnitude + Math.Abs(v))], (inputs + h + 16) * steps);
        return [Of(definition.Y), Of(definition.Yh), Of(definition.Yc)];
    }

    /// <summary>The numbers a quantised weight stores, row-major; null for others.</summary>
    static double[]? Levels(Weight? weight)
    {
        if (weight is Int8Weight dense) return [.. dense.Values.ToArray().Select(v => (double)v)];
        if (weight is not BlockSparseWeight { IsInt8: true } sparse) return null;
        var levels = new double[sparse.Rows * sparse.Columns];
        Visit(sparse, (at, block, group, row, column) => levels[at] = sparse.Level(block, group, row, column));
        return levels;
    }

    static float[] Scales(Weight weight) => [.. weight is Int8Weight dense ? dense.Scales : ((BlockSparseWeight)weight).Scales];

    static bool[] Stored(BlockSparseWeight weight)
    {
        var stored = new bool[weight.Rows * weight.Columns];
        Visit(weight, (at, _, _, _, _) => stored[at] = true);
        return stored;
    }

    static void Visit(BlockSparseWeight weight, Action<int, int, int, int, int> look)
    {
        for (int g = 0; g < weight.Groups; g++)
            for (int block = (int)weight.Pointers[g]; block < weight.Pointers[g + 1]; block++)
                for (int row = 0; row < weight.Height && g * weight.Height + row < weight.Rows; row++)
                    for (int c = 0; c < weight.Width; c++)
                    {
                        int column = (int)weight.BlockColumn[block] * weight.Width + c;
                        if (column < weight.Columns) look((g * weight.Height + row) * weight.Columns + column, block, g, row, c);
                    }
    }

    /// <summary>What each weight counts in the error bound of a product of factors: the same product of their absolute values.</summary>
    static double[] Magnitudes(Weight weight)
    {
        if (weight is not HadamardWeight walsh) return [.. WeightEncodings.Read(Absolute(weight.Encode())).ToArray().Select(v => (double)v)];
        // Every entry of the Walsh matrix is of magnitude 1.
        double[] f = Magnitudes(walsh.F), sizes = new double[weight.Rows * weight.Columns];
        for (int i = 0; i < weight.Rows; i++)
            Array.Fill(sizes, f.AsSpan(i * walsh.Size, walsh.Size).ToArray().Sum(), i * weight.Columns, weight.Columns);
        return sizes;
    }

    static EncodedTensor Absolute(EncodedTensor tensor) => tensor with
    {
        Parts = [.. tensor.Parts.Select(p => p.Type.Element == ElementType.Float32 ? EncodedTensor.FromSpan<float>([.. p.As<float>().ToArray().Select(Math.Abs)], p.Type.Shape.AsSpan()).Parts[0] with { Name = p.Name } : p)],
        Children = [.. tensor.Children.Select(Absolute)],
    };

    /// <summary>The given range, or that of the data and 0.</summary>
    static ActivationRange RangeOf(Weight weight, double[] x)
    {
        double[] numbers = [.. x.Where(v => !double.IsNaN(v)), 0];
        return (weight as Int8Weight)?.Input ?? ActivationRange.FromRange((float)numbers.Min(), (float)numbers.Max());
    }

    /// <summary>clamp(round(x / scale) + zero, −128, 127) − zero, in float32 as the contract has it; NaN counts as 0.</summary>
    static int Level(double x, ActivationRange range)
    {
        float scaled = (float)x * (1 / range.Scale);
        return float.IsNaN(scaled) ? 0 : (int)MathF.Round(Math.Clamp(scaled, -128 - range.ZeroPoint, 127 - range.ZeroPoint), MidpointRounding.ToEven);
    }
}
