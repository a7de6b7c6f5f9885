using System.Text.Json;
using EdgeQinn.Cli.Output;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Streaming;

namespace EdgeQinn.Cli.Verbs;

/// <summary>How a file's network runs over a stream, for <c>inspect</c>: layer by layer what is shared between windows, what runs whole and why.</summary>
static class StreamSection
{
    public static void WriteText(TextWriter output, ModelGraph graph, StreamRule rule)
    {
        using var model = StreamModel.FromGraph(graph, rule, allowed: IsaChoice.Allowed());
        output.WriteLine($"\nstream: {rule.ModeName}, '{rule.Input}' along axis {rule.Axis}, hop {rule.Hop} of {model.WindowLength} samples, first result after {model.FirstResult}");
        var table = new TextTable("layer", "operator", "over a stream", ">columns", ">multiply-adds", "why");
        foreach (var layer in model.Layers)
            table.Add(layer.Name, layer.Operator, layer.IsStreamed ? "shared" : "whole", layer.Columns > 0 ? $"{layer.HopColumns} of {layer.Columns}" : "–",
                layer.WindowMultiplyAdds > 0 ? $"{Units.Count(layer.HopMultiplyAdds)} of {Units.Count(layer.WindowMultiplyAdds)}" : "–", layer.Reason ?? "");
        table.Write(output);
        using var session = model.CreateSession();
        output.WriteLine($"{Units.Count(model.Layers.Sum(l => l.HopMultiplyAdds))} of {Units.Count(model.Layers.Sum(l => l.WindowMultiplyAdds))} multiply-adds per hop, {Units.Bytes(session.WorkingBytes)} per stream");
    }

    public static void WriteJson(Utf8JsonWriter json, ModelGraph graph, StreamRule rule)
    {
        using var model = StreamModel.FromGraph(graph, rule, allowed: IsaChoice.Allowed());
        json.WriteStartObject("stream");
        json.WriteString("mode", rule.ModeName);
        json.WriteString("input", rule.Input);
        json.WriteNumber("axis", rule.Axis);
        json.WriteNumber("hop", rule.Hop);
        json.WriteNumber("window", model.WindowLength);
        json.WriteNumber("firstResult", model.FirstResult);
        json.WriteStartArray("layers");
        foreach (var layer in model.Layers) layer.WriteJson(json);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
