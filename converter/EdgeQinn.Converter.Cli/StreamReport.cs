using System.Text.Json;

namespace EdgeQinn.Converter.Cli;

/// <summary>What a conversion with <c>--stream</c> tells: what is shared between windows, what runs whole and why, and the cost per hop.</summary>
static class StreamReport
{
    public static void WriteText(TextWriter writer, StreamPlan plan)
    {
        if (plan.Rule is not { } rule)
        {
            writer.WriteLine($"  stream      nothing is shared, every window costs the whole network: {plan.Reason}");
            return;
        }
        writer.WriteLine($"  stream      {rule.ModeName}, '{rule.Input}' along axis {rule.Axis}, hop {rule.Hop} of {plan.WindowLength} samples: "
            + $"{plan.HopMultiplyAdds:N0} multiply-adds per hop, {plan.WindowMultiplyAdds:N0} per window ({Share(plan.HopMultiplyAdds, plan.WindowMultiplyAdds)})");
        foreach (var layer in plan.Layers)
        {
            if (layer.IsStreamed && layer.Columns > 0)
                writer.WriteLine($"  stream        {layer.Name}: {layer.Operator} on {layer.HopColumns} of {layer.Columns} columns{Cost(layer)}");
            else if (layer.IsStreamed && layer.WindowMultiplyAdds > 0)
                writer.WriteLine($"  stream        {layer.Name}: {layer.Operator} goes on from its state{Cost(layer)}");
            else if (layer.IsStreamed)
                writer.WriteLine($"  stream        {layer.Name}: {layer.Operator} of what earlier hops made of their columns");
            else if (layer.Reason is { } reason)
                writer.WriteLine($"  whole         {layer.Name}: {layer.Operator}, as {reason}{Cost(layer)}");
            else if (layer.WindowMultiplyAdds > 0)
                writer.WriteLine($"  whole         {layer.Name}: {layer.Operator}{Cost(layer)}");
        }
    }

    public static void WriteJson(Utf8JsonWriter json, StreamPlan plan)
    {
        json.WriteStartObject("stream");
        if (plan.Reason is { } why) json.WriteString("reason", why);
        if (plan.Rule is { } rule)
        {
            json.WriteString("mode", rule.ModeName);
            json.WriteString("input", rule.Input);
            json.WriteNumber("axis", rule.Axis);
            json.WriteNumber("hop", rule.Hop);
            json.WriteNumber("window", plan.WindowLength);
            json.WriteNumber("windowMultiplyAdds", plan.WindowMultiplyAdds);
            json.WriteNumber("hopMultiplyAdds", plan.HopMultiplyAdds);
        }
        json.WriteStartArray("layers");
        foreach (var layer in plan.Layers) layer.WriteJson(json);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    static string Cost(Runtime.Streaming.LayerStreaming layer) =>
        layer.WindowMultiplyAdds == 0 ? "" : $", {layer.HopMultiplyAdds:N0} of {layer.WindowMultiplyAdds:N0} multiply-adds ({Share(layer.HopMultiplyAdds, layer.WindowMultiplyAdds)})";

    static string Share(long part, long whole) => whole == 0 ? "–" : $"{100.0 * part / whole:0.#} %";
}
