using EdgeQinn.Benchmarks.OnnxRuntime.Proto;

namespace EdgeQinn.Benchmarks.OnnxRuntime;

/// <summary>
/// Folds each BatchNormalization into the Conv or Gemm before it where that feeds nothing else: with s = γ/√(σ² + ε), W' = s·W per output
/// row and b' = s·(b − μ) + β.
/// </summary>
static class BatchNormFolding
{
    public static void Apply(GraphProto graph)
    {
        foreach (var norm in graph.Node.Where(n => n.OpType == "BatchNormalization").ToList())
        {
            var source = graph.Node.FirstOrDefault(n => n.Output.Contains(norm.Input[0]));
            if (source is null || !CanFold(graph, source)) continue;
            Fold(graph, source, norm);
            graph.Node.Remove(norm);
        }
    }

    static bool CanFold(GraphProto graph, NodeProto node) =>
        (node.OpType == "Conv" || (node.OpType == "Gemm" && node.Int("transB", 0) == 1 && node.Float("alpha", 1) == 1 && node.Float("beta", 1) == 1))
        && graph.Node.Count(n => n.Input.Contains(node.Output[0])) == 1
        && graph.Output.All(o => o.Name != node.Output[0]);

    static void Fold(GraphProto graph, NodeProto node, NodeProto norm)
    {
        var weights = graph.Initializer(node.Input[1])!;
        float[] w = weights.Floats();
        int rows = (int)weights.Dims[0], row = w.Length / rows;
        float[] bias = node.Input.Count > 2 ? graph.Initializer(node.Input[2])!.Floats() : new float[rows];
        float[] gamma = Parameter(1), beta = Parameter(2), mean = Parameter(3), variance = Parameter(4);
        double epsilon = norm.Float("epsilon", 1e-5f);

        for (int i = 0; i < rows; i++)
        {
            double scale = gamma[i] / Math.Sqrt(variance[i] + epsilon);
            foreach (ref float weight in w.AsSpan(i * row, row)) weight = (float)(weight * scale);
            bias[i] = (float)((bias[i] - mean[i]) * scale + beta[i]);
        }

        string name = norm.Output[0];
        graph.Initializer.Add(OnnxTensors.Create(name + ".folded.weight", w, weights.Dims));
        graph.Initializer.Add(OnnxTensors.Create(name + ".folded.bias", bias, [rows]));
        string input = node.Input[0];
        node.Input.Clear();
        node.Input.AddRange([input, name + ".folded.weight", name + ".folded.bias"]);
        node.Output[0] = name;

        float[] Parameter(int index) => graph.Initializer(norm.Input[index])!.Floats();
    }
}
