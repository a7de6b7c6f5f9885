using EdgeQinn.Converter.Calibration;
using EdgeQinn.Devices.Evaluation;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Benchmarks.Compression;

/// <summary>What an <c>.eqn</c> file weighs, and what it is worth on a test.</summary>
static class NetworkFigures
{
    public const string FileBytes = "fileBytes", Parameters = "parameters", MultiplyAdds = "multiplyAdds";

    /// <summary>The figures of a network that was written to <paramref name="file"/>, which is what is run.</summary>
    public static SortedDictionary<string, double> Of(string file, ModelGraph graph, ReferenceTask task, CalibrationSet test)
    {
        var figures = Test(file, task, test);
        figures[FileBytes] = new FileInfo(file).Length;
        figures[Parameters] = graph.Values.Sum(v => v.Constant is not { } constant ? 0 : constant.IsDense ? v.Type.Count : WeightEncodings.Read(constant).Parameters);
        figures[MultiplyAdds] = graph.Nodes.Sum(n => Products(graph, n));
        return figures;
    }

    static SortedDictionary<string, double> Test(string file, ReferenceTask task, CalibrationSet test)
    {
        var decision = task.ReadContract().Decision;
        var matrix = new ConfusionMatrix(decision.Labels);
        var scores = new AnomalyScores();
        using var model = Model.Load(file);
        using var session = model.CreateSession();
        for (int w = 0; w < test.Count; w++)
        {
            if (test.Labels[w] is not (var truth and >= 0)) continue;
            for (int i = 0; i < test.Names.Count; i++) test.Window(i, w).CopyTo(session.Input(test.Names[i]).AsSpan<float>());
            session.Run();
            var output = session.Output(decision.Output).AsSpan<float>();
            if (decision is AnomalyDecision anomaly)
            {
                var x = test.Window(test.Names.ToList().IndexOf(anomaly.Input), w);
                double score = 0;
                for (int i = 0; i < x.Length; i++) score += Math.Pow((output[i] - x[i]) / anomaly.Scale[i], 2) / x.Length;
                scores.Add(truth, (float)score);
                matrix.Add(truth, score <= anomaly.Threshold ? 0 : 1);
            }
            else matrix.Add(truth, System.Numerics.Tensors.TensorPrimitives.IndexOfMax<float>(output));
        }
        int[] labels = [.. task.Labels.Select(l => decision.Labels.ToList().IndexOf(l))];
        var figures = new SortedDictionary<string, double> { [Key(TaskScore.Accuracy)] = matrix.Accuracy, [Key(TaskScore.MacroF1)] = matrix.MacroF1(labels), ["windows"] = matrix.Total };
        if (decision is AnomalyDecision) figures[Key(TaskScore.AreaUnderCurve)] = scores.AreaUnderCurve;
        return figures;
    }

    /// <summary>A score's name among the figures.</summary>
    public static string Key(TaskScore score) => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(score.ToString());

    /// <summary>Multiply-adds of a node's weights with its inputs.</summary>
    static double Products(ModelGraph graph, Node node)
    {
        long OfWeight(int input) => graph.Values[node.Inputs[input]].Constant is { } c ? c.IsDense ? c.Type.Count : WeightEncodings.Read(c).MultiplyAdds : 0;
        var output = graph.Values[node.Outputs.First(o => o >= 0)].Type;
        return node.Operator switch
        {
            "Linear" => OfWeight(1) * (output.Count / output.Shape[^1]),
            "Conv" => OfWeight(1) * (double)(output.Count / output.Shape[1] * node.Attributes.Int("max_pool", 1)),
            "GRU" or "LSTM" => (OfWeight(1) + OfWeight(2)) * (double)graph.Values[node.Inputs[0]].Type.Shape[0],
            _ => 0,
        };
    }
}
