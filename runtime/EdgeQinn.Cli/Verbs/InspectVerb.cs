using System.Text.Json;
using EdgeQinn.Cli.CommandLine;
using EdgeQinn.Cli.Output;
using EdgeQinn.Runtime.Diagnostics;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Cli.Verbs;

/// <summary><c>edgeqinn inspect</c>: what a file holds and how it runs here.</summary>
static class InspectVerb
{
    public static readonly Verb Verb = new("inspect", "what a model file holds and how it runs on this CPU", ["MODEL.eqn"], [], null, Run);

    static int Run(Invocation call)
    {
        using var model = Model.Load(call.Operand(0), IsaChoice.Allowed());
        var report = ModelReport.Of(model);
        if (call.Json) WriteJson(call.Output, model, report);
        else WriteText(call.Output, call.Operand(0), model, report);
        return 0;
    }

    static void WriteText(TextWriter output, string path, Model model, ModelReport report)
    {
        var file = model.File!;
        output.WriteLine($"{path}: .eqn 1.{file.FormatMinor}, {Units.Bytes(file.Length)}, network '{model.Graph.Name}'\n");
        var sections = new TextTable("section", ">offset", ">bytes", "CRC-32C", "required");
        foreach (var s in file.Sections) sections.Add(s.Id, Units.Count(s.Offset), Units.Count(s.Length), $"{s.Crc:x8}", s.IsRequired ? "yes" : "no");
        sections.Write(output);

        output.WriteLine();
        var ends = new TextTable("", "name", "type");
        foreach (var v in model.Inputs) ends.Add("input", v.Name, $"{v.Type}");
        foreach (var v in model.Outputs) ends.Add("output", v.Name, $"{v.Type}");
        ends.Write(output);

        output.WriteLine();
        var nodes = new TextTable("layer", "operator", "output", "encoding", ">weights", ">multiply-adds", "kernels");
        foreach (var n in report.Nodes)
            nodes.Add(n.Name, n.Operator, $"{n.Output}", n.Format, Dash(n.WeightBytes), Dash(n.MultiplyAdds), n.Kernels.IsEmpty ? "(view)" : Grouped(n.Kernels));
        nodes.Write(output);

        output.WriteLine($"\n{report.Nodes.Length} layers, {report.Steps.Length} steps, {Units.Count(report.Nodes.Sum(n => n.Parameters))} parameters ({Units.Bytes(report.Nodes.Sum(n => n.WeightBytes))}), {Units.Count(report.Nodes.Sum(n => n.MultiplyAdds))} multiply-adds");
        output.WriteLine($"memory: {Units.Bytes(report.PackedBytes)} packed weights and tables per model, {Units.Bytes(report.ArenaBytes)} per session");
        if (file.Stream is { } rule) StreamSection.WriteText(output, model.Graph, rule);
        if (file.Golden is { } golden) output.WriteLine($"golden vectors: {golden.CaseCount} cases, tolerance {golden.AbsoluteTolerance:g} + {golden.RelativeTolerance:g}·|expected|");
        if (file.Contract is { } contract) output.WriteLine($"\nsignal contract:\n{System.Text.Encoding.UTF8.GetString(contract.ToJson())}");
        if (!file.Provenance.IsEmpty) output.WriteLine($"\nprovenance:\n{System.Text.Encoding.UTF8.GetString(file.Provenance.Span)}");
    }

    static string Dash(long count) => count == 0 ? "–" : Units.Count(count);

    /// <summary>Equal neighbours counted: «conv/avx2, copy/avx2 ×4».</summary>
    static string Grouped(IReadOnlyList<string> kernels)
    {
        var groups = new List<string>();
        for (int i = 0, j; i < kernels.Count; i = j)
        {
            for (j = i; j < kernels.Count && kernels[j] == kernels[i]; j++) { }
            groups.Add(j - i == 1 ? kernels[i] : $"{kernels[i]} ×{j - i}");
        }
        return string.Join(", ", groups);
    }

    static void WriteJson(TextWriter output, Model model, ModelReport report) => JsonOutput.Write(output, true, json =>
    {
        var file = model.File!;
        json.WriteString("name", model.Graph.Name);
        json.WriteString("format", $"1.{file.FormatMinor}");
        json.WriteNumber("bytes", file.Length);
        json.WriteStartArray("sections");
        foreach (var s in file.Sections)
        {
            json.WriteStartObject();
            json.WriteString("id", s.Id);
            json.WriteNumber("offset", s.Offset);
            json.WriteNumber("length", s.Length);
            json.WriteString("crc32c", $"{s.Crc:x8}");
            json.WriteBoolean("required", s.IsRequired);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        WriteValues(json, "inputs", model.Inputs);
        WriteValues(json, "outputs", model.Outputs);
        json.WriteStartArray("layers");
        foreach (var n in report.Nodes) WriteNode(json, n);
        json.WriteEndArray();
        json.WriteNumber("steps", report.Steps.Length);
        json.WriteNumber("parameters", report.Nodes.Sum(n => n.Parameters));
        json.WriteNumber("weightBytes", report.Nodes.Sum(n => n.WeightBytes));
        json.WriteNumber("multiplyAdds", report.Nodes.Sum(n => n.MultiplyAdds));
        json.WriteNumber("packedBytes", report.PackedBytes);
        json.WriteNumber("arenaBytes", report.ArenaBytes);
        json.WriteNumber("goldenCases", file.Golden?.CaseCount ?? 0);
        if (file.Stream is { } rule) StreamSection.WriteJson(json, model.Graph, rule);
        WriteRaw(json, "contract", file.Contract?.ToJson());
        WriteRaw(json, "provenance", file.Provenance.IsEmpty ? null : file.Provenance);
    });

    static void WriteNode(Utf8JsonWriter json, NodeReport node)
    {
        json.WriteStartObject();
        json.WriteString("name", node.Name);
        json.WriteString("operator", node.Operator);
        json.WriteString("output", $"{node.Output}");
        json.WriteString("encoding", string.Join('+', node.Encodings));
        json.WriteStartArray("runDense");
        foreach (string encoding in node.RunDense) json.WriteStringValue(encoding);
        json.WriteEndArray();
        json.WriteNumber("weightBytes", node.WeightBytes);
        json.WriteNumber("parameters", node.Parameters);
        json.WriteNumber("multiplyAdds", node.MultiplyAdds);
        json.WriteStartArray("kernels");
        foreach (string kernel in node.Kernels) json.WriteStringValue(kernel);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    static void WriteValues(Utf8JsonWriter json, string name, IReadOnlyList<Value> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
        {
            json.WriteStartObject();
            json.WriteString("name", value.Name);
            json.WriteString("type", $"{value.Type}");
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    static void WriteRaw(Utf8JsonWriter json, string name, ReadOnlyMemory<byte>? value)
    {
        if (value is not { IsEmpty: false } raw) return;
        json.WritePropertyName(name);
        json.WriteRawValue(raw.Span);
    }
}
