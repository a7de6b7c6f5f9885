using EdgeQinn.Benchmarks.OnnxRuntime.Proto;

namespace EdgeQinn.Benchmarks.OnnxRuntime;

/// <summary>
/// Folds y = s·x + t per feature (batch norm; for Gemm also adding, subtracting, multiplying or dividing by constants) into the layer beside it,
/// where nothing else uses the value in between. After a layer: W' = diag(s)·W, b' = s·b + t. Before a Gemm: W' = W·diag(s), b' = b + W·t.
/// </summary>
sealed class AffineFolding(GraphProto graph)
{
    public static void Apply(GraphProto graph)
    {
        var folding = new AffineFolding(graph);
        while (graph.Node.Any(folding.TryFold)) { }
    }

    bool TryFold(NodeProto node)
    {
        if (Producer(node.Input.FirstOrDefault()) is { } before && IsOnlyUse(node.Input[0]) && Rows(before) is { } rows && Affine(node, before, rows) is var (s, t))
        {
            FoldAfter(before, s, t);
            before.Output[0] = node.Output[0];
        }
        else if (Consumer(node.Output[0]) is { OpType: "Gemm" } after && IsOnlyUse(node.Output[0]) && Columns(after) is { } columns && Affine(node, after, columns) is var (s2, t2))
        {
            FoldBefore(after, s2, t2);
            after.Input[0] = node.Input[0];
        }
        else
        {
            return false;
        }
        graph.Node.Remove(node);
        return true;
    }

    /// <summary>The node as s·x + t over <paramref name="features"/> values of the layer's output or input; null where it is none.</summary>
    (double[] S, double[] T)? Affine(NodeProto node, NodeProto layer, int features)
    {
        if (node.OpType == "BatchNormalization")
        {
            float[] gamma = Constant(node, 1)!, beta = Constant(node, 2)!, mean = Constant(node, 3)!, variance = Constant(node, 4)!;
            double epsilon = node.Float("epsilon", 1e-5f);
            double[] s = [.. gamma.Zip(variance, (g, v) => g / Math.Sqrt(v + epsilon))];
            return (s, [.. s.Select((scale, i) => beta[i] - mean[i] * scale)]);
        }
        if (layer.OpType != "Gemm" || node.OpType is not ("Add" or "Sub" or "Mul" or "Div") || Constant(node, 1) is not { } constant) return null;
        if (constant.Length != 1 && constant.Length != features) return null;
        double[] c = [.. Enumerable.Range(0, features).Select(i => (double)constant[i % constant.Length])];
        double[] ones = [.. c.Select(_ => 1.0)], zeros = new double[features];
        return node.OpType switch
        {
            "Add" => (ones, c),
            "Sub" => (ones, [.. c.Select(v => -v)]),
            "Mul" => (c, zeros),
            _ => ([.. c.Select(v => 1 / v)], zeros),
        };
    }

    void FoldAfter(NodeProto layer, double[] s, double[] t) => Replace(layer, (w, b, columns) =>
    {
        for (int i = 0; i < b.Length; i++)
        {
            foreach (ref float weight in w.AsSpan(i * columns, columns)) weight = (float)(weight * s[i]);
            b[i] = (float)(b[i] * s[i] + t[i]);
        }
    });

    void FoldBefore(NodeProto layer, double[] s, double[] t) => Replace(layer, (w, b, columns) =>
    {
        for (int i = 0; i < b.Length; i++)
        {
            double sum = b[i];
            for (int j = 0; j < columns; j++)
            {
                ref float weight = ref w[i * columns + j];
                sum += weight * t[j];
                weight = (float)(weight * s[j]);
            }
            b[i] = (float)sum;
        }
    });

    void Replace(NodeProto layer, Action<float[], float[], int> change)
    {
        var weights = graph.Initializer(layer.Input[1])!;
        int rows = (int)weights.Dims[0];
        float[] w = weights.Floats(), b = layer.Input.Count > 2 ? Constant(layer, 2)! : new float[rows];
        change(w, b, w.Length / rows);

        string input = layer.Input[0], name = $"folded.{graph.Initializer.Count}";
        graph.Initializer.Add(OnnxTensors.Create(name + ".weight", w, weights.Dims));
        graph.Initializer.Add(OnnxTensors.Create(name + ".bias", b, [rows]));
        layer.Input.Clear();
        layer.Input.AddRange([input, name + ".weight", name + ".bias"]);
    }

    /// <summary>How many features a layer that can be folded into has at its output; null for others.</summary>
    int? Rows(NodeProto layer) => IsFoldable(layer) ? (int)graph.Initializer(layer.Input[1])!.Dims[0] : null;

    /// <summary>The same at its input.</summary>
    int? Columns(NodeProto layer) => IsFoldable(layer) ? (int)graph.Initializer(layer.Input[1])!.Dims[1] : null;

    bool IsFoldable(NodeProto node) => graph.Initializer(node.Input.ElementAtOrDefault(1) ?? "") is not null
        && (node.OpType == "Conv" || (node.OpType == "Gemm" && node.Int("transB", 0) == 1 && node.Float("alpha", 1) == 1 && node.Float("beta", 1) == 1));

    bool IsOnlyUse(string value) => graph.Node.Count(n => n.Input.Contains(value)) == 1 && graph.Output.All(o => o.Name != value);

    NodeProto? Producer(string? value) => string.IsNullOrEmpty(value) ? null : graph.Node.FirstOrDefault(n => n.Output.Contains(value));

    NodeProto? Consumer(string value) => graph.Node.FirstOrDefault(n => n.Input.FirstOrDefault() == value);

    float[]? Constant(NodeProto node, int input) => graph.Initializer(node.Input[input])?.Floats();
}
