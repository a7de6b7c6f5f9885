using EdgeQinn.Converter.Graph;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Passes;

/// <summary>
/// Reads what goes into gates. Sums, slices of wider products, products with several vectors joined, and reshapes that leave vectors as they
/// are are seen through. Each value is read once, and every part of a matrix is copied once, however many unrolled steps share it.
/// </summary>
sealed class GateSums
{
    const int MaxDepth = 12;

    /// <summary>The most numbers copied in all: what a graph made to waste time could ask for beyond is left as it is.</summary>
    const long MaxCopied = 1 << 26;

    readonly Dictionary<IrValue, GateSum?> _known = [];
    readonly Dictionary<EncodedTensor, double[]> _weights = new(ReferenceEqualityComparer.Instance);
    readonly Dictionary<(double[] Matrix, int FirstRow, int Rows, int FirstColumn, int Columns), double[]> _parts = [];
    readonly Dictionary<double[], double[]> _negatives = new(ReferenceEqualityComparer.Instance);
    long _copied;

    /// <summary>The value as such a sum; null where it is none.</summary>
    public GateSum? Of(IrValue value) => Of(value, 0);

    /// <summary>The sum's negative.</summary>
    public GateSum Negate(GateSum sum)
    {
        double[] Negative(double[] matrix) => _negatives.TryGetValue(matrix, out double[]? known) ? known : _negatives[matrix] = Array.ConvertAll(matrix, m => -m);
        return sum with { Terms = sum.Terms.ToDictionary(t => t.Key, t => Negative(t.Value)), Bias = Array.ConvertAll(sum.Bias, b => -b) };
    }

    GateSum? Of(IrValue value, int depth)
    {
        value = GateSum.Vectors(value);
        if (depth > MaxDepth || value.Producer is not { } node || value.Type.Element != ElementType.Float32 || value.Type.Rank == 0) return null;
        if (_known.TryGetValue(value, out var known)) return known;
        var sum = node.Operator switch
        {
            "Add" => Sum(node, depth),
            "Linear" => Product(node),
            "Slice" => Cut(node, value, depth),
            "Split" => Part(node, value, depth),
            _ => null,
        };
        if (sum is not null) sum = sum with { Nodes = [.. sum.Nodes, node] };
        return _known[value] = sum;
    }

    GateSum? Sum(IrNode node, int depth)
    {
        var (a, b) = (node.Inputs[0]!, node.Inputs[1]!);
        if (a.Constant is not null) (a, b) = (b, a);
        if (a.Type.Count != node.Output.Type.Count || Of(a, depth + 1) is not { } sum) return null;
        if (b.Number() is { } number) return sum with { Bias = Array.ConvertAll(sum.Bias, v => v + number) };
        if (b.Constant is { IsDense: true } constant) return EqualRows(constant, sum.Rows) is { } bias ? sum with { Bias = Added(sum.Bias, bias) } : null;
        if (b.Type.Count != a.Type.Count || Of(b, depth + 1) is not { } other || other.Rows != sum.Rows) return null;
        var terms = new Dictionary<IrValue, double[]>(sum.Terms);
        foreach (var (source, matrix) in other.Terms)
            if (!TryAdd(terms, source, matrix)) return null;
        return new GateSum(terms, Added(sum.Bias, other.Bias), [.. sum.Nodes, .. other.Nodes]);
    }

    /// <summary>The constant's row, where all are the same: a bias, or what a state of zeros has made of one.</summary>
    static double[]? EqualRows(EncodedTensor constant, int length)
    {
        if (constant.Type.Count == 0 || constant.Type.Shape[^1] != length) return null;
        double[] all = ChannelAffine.ToDoubles(constant), row = all[..length];
        for (int at = length; at < all.Length; at += length)
            if (!all.AsSpan(at, length).SequenceEqual(row)) return null;
        return row;
    }

    bool TryAdd(Dictionary<IrValue, double[]> terms, IrValue source, double[] matrix)
    {
        if (terms.TryAdd(source, matrix)) return true;
        if ((_copied += matrix.Length) > MaxCopied) return false;
        terms[source] = Added(terms[source], matrix);
        return true;
    }

    static double[] Added(double[] a, double[] b) => [.. a.Zip(b, (x, y) => x + y)];

    GateSum? Product(IrNode node)
    {
        if (LinearLayer.Match(node) is not { IsFused: false } layer || node.Inputs[1] is not { Constant: { } tensor } w) return null;
        var x = GateSum.Vectors(node.Inputs[0]!);
        int rows = w.Type.Shape[0], columns = w.Type.Shape[1];
        if (!_weights.TryGetValue(tensor, out double[]? weights))
        {
            if ((_copied += w.Type.Count) > MaxCopied) return null;
            _weights.Add(tensor, weights = layer.Weights);
        }
        var terms = new Dictionary<IrValue, double[]>();
        if (x.From("Concat") is not { } joined || joined.Attributes.Int("axis") is var axis && axis != -1 && axis != x.Type.Rank - 1)
            return new GateSum(new() { [x] = weights }, layer.Bias, []);
        int first = 0;
        foreach (var part in joined.Inputs)
        {
            int length = part!.Type.Shape[^1];
            if (part.Constant is { } constant)
            {
                if (!constant.IsDense || constant.Part("data").Bytes.Span.ContainsAnyExcept((byte)0)) return null; // a state that starts at zero adds nothing
            }
            else if (Sub(weights, columns, 0, rows, first, length) is not { } matrix || !TryAdd(terms, GateSum.Vectors(part), matrix)) return null;
            first += length;
        }
        return new GateSum(terms, layer.Bias, [joined]);
    }

    /// <summary>Rows and columns of a matrix with <paramref name="width"/> columns.</summary>
    double[]? Sub(double[] matrix, int width, int firstRow, int rows, int firstColumn, int columns)
    {
        if (_parts.TryGetValue((matrix, firstRow, rows, firstColumn, columns), out double[]? known)) return known;
        if ((_copied += (long)rows * columns) > MaxCopied) return null;
        double[] part = new double[rows * columns];
        for (int r = 0; r < rows; r++) Array.Copy(matrix, (firstRow + r) * width + firstColumn, part, r * columns, columns);
        return _parts[(matrix, firstRow, rows, firstColumn, columns)] = part;
    }

    GateSum? Cut(IrNode slice, IrValue value, int depth)
    {
        var x = slice.Inputs[0]!;
        int last = x.Type.Rank - 1;
        for (int a = 0; a < last; a++)
            if (value.Type.Shape[a] != x.Type.Shape[a]) return null;
        return slice.Attributes.Ints("steps")[last] != 1 ? null : Take(Of(x, depth + 1), slice.Attributes.Ints("starts")[last], value.Type.Shape[last]);
    }

    GateSum? Part(IrNode split, IrValue value, int depth)
    {
        var x = split.Inputs[0]!;
        int axis = split.Attributes.Int("axis"), start = 0;
        if (axis != -1 && axis != x.Type.Rank - 1) return null;
        for (int o = 0; split.Outputs[o] != value; o++) start += split.Attributes.Ints("split")[o];
        return Take(Of(x, depth + 1), start, value.Type.Shape[^1]);
    }

    GateSum? Take(GateSum? whole, int start, int rows)
    {
        if (whole is null || whole.Rows == 0) return null;
        var terms = new Dictionary<IrValue, double[]>();
        foreach (var (source, matrix) in whole.Terms)
        {
            int length = matrix.Length / whole.Rows;
            if (Sub(matrix, length, start, rows, 0, length) is not { } part) return null;
            terms.Add(source, part);
        }
        return new GateSum(terms, whole.Bias[start..(start + rows)], whole.Nodes);
    }
}
