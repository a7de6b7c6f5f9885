using System.Text.Json;
using EdgeQinn.Cli.Output;
using EdgeQinn.Cli.Streams;
using EdgeQinn.Devices.Evaluation;
using EdgeQinn.Runtime.Diagnostics;

namespace EdgeQinn.Cli.Verbs;

/// <summary>Prints what <see cref="EvaluateVerb"/> found.</summary>
static class EvaluationOutput
{
    public static void WriteText(TextWriter output, IReadOnlyList<Evaluation> each, Evaluation total, int[] macro, AnomalyScores? scores, LatencyHistogram network)
    {
        var matrix = total.Matrix;
        if (each.Count > 1)
        {
            WriteSources(output, [.. each, total]);
            output.WriteLine();
        }
        WriteMatrix(output, matrix);
        output.WriteLine();

        var classes = new TextTable("class", ">windows", ">sensitivity", ">positive predictivity", ">F1");
        for (int i = 0; i < matrix.Labels.Count; i++)
            classes.Add(matrix.Labels[i], Units.Count(matrix.Truths(i)), Figure(matrix.Sensitivity(i)), Figure(matrix.PositivePredictivity(i)), Figure(matrix.F1(i)));
        classes.Write(output);

        output.WriteLine($"\naccuracy {Figure(matrix.Accuracy)} over {Units.Count(matrix.Total)} windows, macro-F1 {Figure(matrix.MacroF1(macro))} over {MacroNames(matrix, macro)}");
        if (scores is not null)
            output.WriteLine($"score: area under the ROC curve {Figure(scores.AreaUnderCurve)}; median {matrix.Labels[0]} {scores.Median(0):0.00}, {matrix.Labels[1]} {scores.Median(1):0.00}");
        if (total.Unknown > 0) output.WriteLine($"{Units.Count(total.Unknown)} windows without known truth are not in these figures");
        if (total.Detection is { } d)
            output.WriteLine($"QRS detector: sensitivity {d.Sensitivity:0.00 %}, positive predictivity {d.PositivePredictivity:0.00 %} ({Units.Count(d.TruePositives)} found, {d.FalseNegatives} missed, {d.FalsePositives} false; 150 ms window)");
        output.WriteLine($"network: {Timing.Line(network)}");
    }

    /// <summary>Rows are the truth, columns the decisions.</summary>
    public static void WriteMatrix(TextWriter output, ConfusionMatrix matrix)
    {
        var table = new TextTable(["truth ↓ decision →", .. matrix.Labels.Select(l => $">{l}")]);
        for (int t = 0; t < matrix.Labels.Count; t++)
            table.Add([matrix.Labels[t], .. Enumerable.Range(0, matrix.Labels.Count).Select(p => matrix[t, p] == 0 ? "·" : Units.Count(matrix[t, p]))]);
        table.Write(output);
    }

    public static void WriteJson(TextWriter output, IReadOnlyList<Evaluation> each, Evaluation total, int[] macro, AnomalyScores? scores, LatencyHistogram network) => JsonOutput.Write(output, true, json =>
    {
        json.WriteStartArray("sources");
        foreach (var one in each)
        {
            json.WriteStartObject();
            json.WriteString("name", one.Name);
            WriteFigures(json, one, macro);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        WriteFigures(json, total, macro);
        if (scores is not null)
        {
            json.WriteStartObject("score");
            json.WriteRounded("areaUnderCurve", scores.AreaUnderCurve);
            json.WriteRounded("medianUsual", scores.Median(0));
            json.WriteRounded("medianAnomalous", scores.Median(1));
            json.WriteEndObject();
        }
        Timing.Write(json, "networkMicroseconds", network);
    });

    static void WriteFigures(Utf8JsonWriter json, Evaluation evaluation, int[] macro)
    {
        var matrix = evaluation.Matrix;
        json.WriteNumber("windows", matrix.Total);
        json.WriteNumber("withoutTruth", evaluation.Unknown);
        json.WriteRounded("accuracy", matrix.Accuracy);
        json.WriteRounded("macroF1", matrix.MacroF1(macro));
        json.WriteString("macroF1Over", MacroNames(matrix, macro));
        json.WriteStartObject("classes");
        for (int i = 0; i < matrix.Labels.Count; i++)
        {
            json.WriteStartObject(matrix.Labels[i]);
            json.WriteNumber("windows", matrix.Truths(i));
            json.WriteRounded("sensitivity", matrix.Sensitivity(i));
            json.WriteRounded("positivePredictivity", matrix.PositivePredictivity(i));
            json.WriteRounded("f1", matrix.F1(i));
            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.WriteStartArray("confusion");
        for (int t = 0; t < matrix.Labels.Count; t++)
        {
            json.WriteStartArray();
            for (int p = 0; p < matrix.Labels.Count; p++) json.WriteNumberValue(matrix[t, p]);
            json.WriteEndArray();
        }
        json.WriteEndArray();
        if (evaluation.Detection is not { } detection) return;
        json.WriteStartObject("qrsDetector");
        json.WriteRounded("sensitivity", detection.Sensitivity);
        json.WriteRounded("positivePredictivity", detection.PositivePredictivity);
        json.WriteNumber("found", detection.TruePositives);
        json.WriteNumber("missed", detection.FalseNegatives);
        json.WriteNumber("false", detection.FalsePositives);
        json.WriteEndObject();
    }

    static void WriteSources(TextWriter output, IReadOnlyList<Evaluation> rows)
    {
        bool detected = rows.Any(r => r.Detection is not null);
        var table = new TextTable(["source", ">windows", ">accuracy", .. detected ? (string[])[">QRS sensitivity", ">positive predictivity"] : []]);
        foreach (var row in rows)
            table.Add([row.Name, Units.Count(row.Matrix.Total), Figure(row.Matrix.Accuracy), .. detected
                ? (string[])[$"{row.Detection?.Sensitivity:0.00 %}", $"{row.Detection?.PositivePredictivity:0.00 %}"] : []]);
        table.Write(output);
    }

    static string MacroNames(ConfusionMatrix matrix, int[] macro) => string.Join(' ', macro.Length > 0 ? macro.Select(i => matrix.Labels[i])
        : matrix.Labels.Where((_, i) => matrix.Truths(i) + matrix.Predictions(i) > 0));

    static string Figure(double value) => double.IsNaN(value) ? "–" : $"{value:0.0000}";
}
