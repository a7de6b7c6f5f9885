using EdgeQinn.Runtime.Format;
using static EdgeQinn.Runtime.Tests.Operators.Tensors;

namespace EdgeQinn.Runtime.Tests.Kernels.Coverage;

static partial class Definition
{
    /// <summary>Reductions: the fold, and the magnitude that its roundings (one for each term and a few) are relative to.</summary>
    static readonly Dictionary<string, (Func<double[], double> F, Func<double[], double, double> Magnitude)> Reductions = new()
    {
        ["ReduceSum"] = (v => v.Sum(), (v, _) => v.Sum(Math.Abs)), ["ReduceMean"] = (v => v.Sum() / v.Length, (v, _) => v.Sum(Math.Abs) / v.Length),
        ["ReduceMax"] = (v => v.Aggregate(double.NegativeInfinity, Math.Max), (_, _) => 0), ["ReduceMin"] = (v => v.Aggregate(double.PositiveInfinity, Math.Min), (_, _) => 0),
        ["ReduceProd"] = (v => v.Aggregate(1.0, (a, b) => a * b), (_, y) => Math.Abs(y)), ["ReduceL1"] = (v => v.Sum(Math.Abs), (_, y) => y),
        ["ReduceL2"] = (v => Math.Sqrt(v.Sum(x => x * x)), (_, y) => y + Underflow / Math.Max(y, Math.Sqrt(Underflow))), ["ReduceSumSquare"] = (v => v.Sum(x => x * x), (_, y) => y),
        ["ReduceLogSum"] = (v => Math.Log(v.Sum()), (v, y) => Math.Abs(y) + v.Sum(Math.Abs) / Math.Abs(v.Sum())),
        ["ReduceLogSumExp"] = (LogSumExp, (v, y) => Math.Abs(y) + 1 + v.Select(Math.Abs).DefaultIfEmpty().Max()),
    };

    static void AddAxes()
    {
        foreach (var (op, (f, magnitude)) in Reductions)
            Add(op, call => Along(call, call.Attributes.Int("axes"), v =>
            {
                double y = f(v);
                return ([y], [magnitude(v, y)]);
            }, n => n + 8));
        Add("Running", call =>
        {
            // The first run of a stream: head, zeros for the columns before, the new ones, the tail.
            var (fold, magnitude) = Reductions[call.Attributes.Text("kind") switch { "sum" => "ReduceSum", "max" => "ReduceMax", _ => "ReduceMin" }];
            int rows = call.X.Shape[1];
            double scale = call.Attributes.Float("scale", 1);
            double[] y = new double[rows], size = new double[rows];
            for (int r = 0; r < rows; r++)
            {
                double[] line = [.. Row(call.Inputs[1], r), .. new double[call.Attributes.Int("length") - call.Attributes.Int("new")], .. Row(call.X, r)];
                (y[r], size[r]) = (scale * fold(line), scale * magnitude(line, fold(line)) + Math.Abs(scale * fold(line)));
            }
            return new(y, size, call.X.Shape[2] + call.Inputs[1].Shape[2] + 8);
        });
        foreach (bool most in (bool[])[true, false])
            Add(most ? "ArgMax" : "ArgMin", call => Along(call, call.Attributes.Int("axis"), v => ([Order(v, most).First()], [0]), _ => 0));
        Add("CumSum", call => Along(call, call.Attributes.Int("axis"),
            v => ([.. v.Select((_, i) => v[..(i + 1)].Sum())], [.. v.Select((_, i) => v[..(i + 1)].Sum(Math.Abs))]), n => n));
        ByOperator.Add("TopK", call =>
        {
            int k = call.Attributes.Int("k");
            return
            [
                Along(call, -1, v => ([.. Order(v, true).Take(k).Select(i => v[i])], new double[k]), _ => 0),
                Along(call, -1, v => ([.. Order(v, true).Take(k).Select(i => (double)i)], new double[k]), _ => 0),
            ];
        });
        Add("Softmax", call => Along(call, -1, v =>
        {
            double[] y = [.. v.Select(x => Math.Exp(x - v.Max()) / v.Sum(e => Math.Exp(e - v.Max())))];
            return (y, [.. y.Select((p, i) => p * (1 + Math.Abs(v[i] - v.Max())))]);
        }, n => n + 8));
        Add("LogSoftmax", call => Along(call, -1, v =>
        {
            double highest = v.DefaultIfEmpty().Max(), log = Math.Log(v.Sum(x => Math.Exp(x - highest)));
            return ([.. v.Select(x => x - highest - log)], [.. v.Select(x => 1 + Math.Abs(x) + Math.Abs(highest) + log)]);
        }, n => n + 8));
        Add("Hardmax", call => Along(call, -1, v => ([.. v.Select((_, i) => i == Order(v, true).First() ? 1.0 : 0)], new double[v.Length]), _ => 0));
        foreach (string op in (string[])["MaxPool", "AveragePool", "LpPool"]) Add(op, call => Pool(op, call));
        ByOperator.Add("LayerNormalization", call =>
        [
            Along(call, -1, v => Standardised(v, 1e-5f, call.Inputs[1].Data, call.Inputs[2].Data), n => 2 * n + 16),
            Along(call, -1, v => ([v.Sum() / v.Length], [v.Sum(Math.Abs) / v.Length]), n => n + 4),
            Along(call, -1, v =>
            {
                double inverse = Inverse(v, 1e-5f);
                return ([inverse], [inverse * (1 + Math.Pow(inverse, 2) * v.Max(Math.Abs) * v.Max(Math.Abs))]);
            }, n => 2 * n + 16),
        ]);
        Add("InstanceNormalization", call => Channels(call, (v, c) => Standardised(v, 1e-5f, Repeat(call.Inputs[1].Data[c], v), Repeat(call.Inputs[2].Data[c], v)), n => 2 * n + 16));
        Add("BatchNormalization", call => Channels(call, (v, c) =>
        {
            double factor = call.Inputs[1].Data[c] / Math.Sqrt(call.Inputs[4].Data[c] + 1e-5f), bias = call.Inputs[2].Data[c], mean = call.Inputs[3].Data[c];
            return ([.. v.Select(x => x * factor + (bias - mean * factor))], [.. v.Select(x => (Math.Abs(x) + Math.Abs(mean)) * Math.Abs(factor) + Math.Abs(bias))]);
        }, _ => 8));
        Add("MeanVarianceNormalization", call => Along(call, -1, v =>
        {
            double mean = v.Sum() / v.Length, deviation = Math.Sqrt(v.Sum(x => (x - mean) * (x - mean)) / v.Length) + 1e-9;
            return ([.. v.Select(x => (x - mean) / deviation)], [.. v.Select(x => (Math.Abs(x) + v.Sum(Math.Abs) / v.Length) / deviation)]);
        }, n => 2 * n + 16));
        Add("LpNormalization", call => Along(call, -1, v =>
        {
            double norm = Math.Sqrt(v.Sum(x => x * x));
            double[] y = [.. v.Select(x => norm == 0 ? 0 : x / norm)];
            return (y, [.. y.Select(Math.Abs)]);
        }, n => n + 4));
        Add("LRN", call =>
        {
            var (outer, channels, inner) = Split(call.X.Shape, 1);
            int size = call.Attributes.Int("size");
            var y = new double[call.X.Data.Length];
            for (int i = 0; i < y.Length; i++)
            {
                int c = i / inner % channels;
                double squares = 0;
                for (int d = Math.Max(0, c - (size - 1) / 2); d <= Math.Min(channels - 1, c + size / 2); d++) squares += Math.Pow(call.X.Data[i + (d - c) * inner], 2);
                y[i] = call.X.Data[i] / Math.Pow(1 + 1e-4f / size * squares, 0.75);
            }
            return Answer.Relative(y, size + 16);
        });
        Add("Resize", call =>
        {
            // Linear between half-pixel centres along the last axis, the ends repeated.
            int to = call.Outputs[0].Shape[^1], from = call.X.Shape[^1];
            if (to == from) return Answer.Exact(call.X.Data);
            return Along(call, -1, v =>
            {
                double[] y = new double[to], size = new double[to];
                for (int i = 0; i < to; i++)
                {
                    double at = (i + 0.5) * from / to - 0.5, floor = Math.Floor(at), share = at - floor;
                    double a = v[Math.Clamp((int)floor, 0, from - 1)], b = v[Math.Clamp((int)floor + 1, 0, from - 1)];
                    // The position is rounded, too.
                    (y[i], size[i]) = (a * (1 - share) + b * share, (Math.Abs(a) + Math.Abs(b)) * (from + 1));
                }
                return (y, size);
            }, _ => 8);
        });
    }

    /// <summary>Replaces each line along an axis by others, maybe shorter or longer.</summary>
    static Answer Along(DefinedCall call, int axis, Func<double[], (double[] Values, double[] Magnitudes)> line, Func<int, int> roundings)
    {
        var (outer, size, inner) = Split(call.X.Shape, axis);
        double[]? y = null, magnitudes = null;
        for (int o = 0; o < outer; o++)
            for (int i = 0; i < inner; i++)
            {
                var (values, sizes) = line([.. Enumerable.Range(0, size).Select(j => call.X.Data[(o * size + j) * inner + i])]);
                y ??= new double[outer * values.Length * inner];
                magnitudes ??= new double[y.Length];
                for (int j = 0; j < values.Length; j++) (y[(o * values.Length + j) * inner + i], magnitudes[(o * values.Length + j) * inner + i]) = (values[j], sizes[j]);
            }
        // Integers drop the fraction.
        bool integer = call.Outputs[0].Element is not (ElementType.Float32 or ElementType.Float64);
        return new(integer ? [.. (y ?? []).Select(Math.Truncate)] : y ?? [], magnitudes ?? [], roundings(size));
    }

    /// <summary>Replaces each [item, channel] of the input.</summary>
    static Answer Channels(DefinedCall call, Func<double[], int, (double[] Values, double[] Magnitudes)> plane, Func<int, int> roundings)
    {
        int[] shape = call.X.Shape;
        int length = Product(shape[2..]);
        var planes = Enumerable.Range(0, shape[0] * shape[1]).Select(p => plane(call.X.Data[(p * length)..((p + 1) * length)], p % shape[1])).ToArray();
        return new([.. planes.SelectMany(p => p.Values)], [.. planes.SelectMany(p => p.Magnitudes)], roundings(length));
    }

    /// <summary>(x − mean) / √(variance + ε) · scale + bias: the roundings of the mean and of the differences are divided by the deviation.</summary>
    static (double[] Values, double[] Magnitudes) Standardised(double[] v, double epsilon, double[] scale, double[] bias)
    {
        double mean = v.Sum() / v.Length, size = v.Sum(Math.Abs) / v.Length + Underflow, inverse = Inverse(v, epsilon);
        return ([.. v.Select((x, i) => (x - mean) * inverse * scale[i] + bias[i])], [.. v.Select((x, i) => (Math.Abs(x) + size) * inverse * Math.Abs(scale[i]) + Math.Abs(bias[i]))]);
    }

    /// <summary>1 / √(variance + ε).</summary>
    static double Inverse(double[] v, double epsilon)
    {
        double mean = v.Sum() / v.Length;
        return 1 / Math.Sqrt(v.Sum(x => (x - mean) * (x - mean)) / v.Length + epsilon);
    }

    static Answer Pool(string op, DefinedCall call)
    {
        int[] x = call.X.Shape, y = [.. call.Outputs[0].Shape], kernel = [.. call.Attributes.Ints("kernel_shape")], strides = [.. call.Attributes.Ints("strides")], pads = [.. call.Attributes.Ints("pads")];
        double[] values = new double[Product(y)], sizes = new double[values.Length];
        int at = 0;
        foreach (int[] o in Indices(y))
        {
            var window = new List<double>();
            foreach (int[] k in Indices(kernel))
            {
                int[] i = [.. k.Select((v, a) => o[a + 2] * strides[a] - pads[a] + v)];
                if (!i.Where((v, a) => v < 0 || v >= x[a + 2]).Any()) window.Add(call.X.Data[Flat(x, [o[0], o[1], .. i])]);
            }
            double[] w = [.. window];
            values[at] = op == "MaxPool" ? w.Aggregate(double.NegativeInfinity, Math.Max) : op == "AveragePool" ? w.Sum() / w.Length : Math.Sqrt(w.Sum(v => v * v));
            sizes[at++] = op == "AveragePool" ? w.Sum(Math.Abs) / w.Length : Math.Abs(values[at - 1]);
        }
        return new(values, sizes, op == "MaxPool" ? 0 : Product(kernel) + 4);
    }

    static double LogSumExp(double[] v)
    {
        double highest = v.Aggregate(double.NegativeInfinity, Math.Max);
        return double.IsInfinity(highest) ? highest : highest + Math.Log(v.Sum(x => Math.Exp(x - highest)));
    }

    /// <summary>Positions by value, the extreme first; of equal ones the first; NaN before all.</summary>
    static IEnumerable<int> Order(double[] v, bool most) =>
        Enumerable.Range(0, v.Length).OrderBy(i => double.IsNaN(v[i]) ? double.NegativeInfinity : most ? -v[i] : v[i]).ThenBy(i => !double.IsNaN(v[i])).ThenBy(i => i);

    static double[] Row(Operand x, int row) => x.Data[(row * x.Shape[^1])..((row + 1) * x.Shape[^1])];

    static double[] Repeat(double x, double[] v) => [.. v.Select(_ => x)];
}
