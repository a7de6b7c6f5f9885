using System.Text;
using System.Text.Json;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Cli;

/// <summary>What a conversion tells the user.</summary>
sealed class ConvertReport(string source, string target, Conversion conversion, long bytes)
{
    readonly ModelGraph _graph = conversion.Graph;

    IEnumerable<(string Operator, int Count)> Operators =>
        _graph.Nodes.GroupBy(n => n.Operator).Select(g => (g.Key, g.Count())).OrderByDescending(o => o.Item2).ThenBy(o => o.Key, StringComparer.Ordinal);

    long SourceBytes => new FileInfo(source).Length;

    /// <summary>For people.</summary>
    public void WriteText(TextWriter writer)
    {
        writer.WriteLine($"{source} → {target}");
        writer.WriteLine($"  inputs      {Values(_graph.Inputs)}");
        writer.WriteLine($"  outputs     {Values(_graph.Outputs)}");
        writer.WriteLine($"  layers      {_graph.Nodes.Count}: {string.Join(", ", Operators.Select(o => $"{o.Count} {o.Operator}"))}");
        writer.WriteLine($"  parameters  {conversion.Parameters:N0}");
        writer.WriteLine(bytes > 0 ? $"  bytes       {SourceBytes:N0} → {bytes:N0}" : $"  bytes       {SourceBytes:N0}, nothing written");
        if (conversion.Contents.Contract is { } contract)
            writer.WriteLine($"  contract    {contract.SampleRate} Hz, {contract.Unit}, window of {contract.Window.Length}, labels {string.Join(' ', contract.Decision.Labels)}");
        if (conversion.Stream is { } stream) StreamReport.WriteText(writer, stream);
        foreach (var layer in conversion.Layers)
            writer.WriteLine($"  format      {layer.Layer}: {layer.Format}, {4 * layer.Elements:N0} → {layer.Bytes:N0} bytes, {layer.Elements:N0} → {layer.MultiplyAdds:N0} multiply-adds, weight error {layer.Error:g3}");
        foreach (var loss in conversion.Loss)
            writer.WriteLine($"  loss        '{loss.Output}' differs from the golden vectors given by at most {loss.MaxError:g3}; the file holds the compressed network's own");
        foreach (var golden in conversion.Golden)
            writer.WriteLine($"  golden      {conversion.Contents.Golden!.CaseCount} cases, '{golden.Output}' differs by at most {golden.MaxError:g3}: {(golden.Failures == 0 ? "passed" : "FAILED")}");
        foreach (string note in conversion.Notes) writer.WriteLine($"  note        {note}");
    }

    /// <summary>For programs.</summary>
    public void WriteJson(TextWriter writer)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("source", source);
            json.WriteString("output", target);
            json.WriteBoolean("written", bytes > 0);
            WriteValues(json, "inputs", _graph.Inputs);
            WriteValues(json, "outputs", _graph.Outputs);
            json.WriteNumber("layers", _graph.Nodes.Count);
            json.WriteStartObject("operators");
            foreach (var (op, count) in Operators) json.WriteNumber(op, count);
            json.WriteEndObject();
            json.WriteNumber("parameters", conversion.Parameters);
            json.WriteNumber("sourceBytes", SourceBytes);
            json.WriteNumber("bytes", bytes);
            json.WriteBoolean("contract", conversion.Contents.Contract is not null);
            json.WriteStartArray("golden");
            foreach (var golden in conversion.Golden)
            {
                json.WriteStartObject();
                json.WriteString("output", golden.Output);
                json.WriteNumber("cases", conversion.Contents.Golden!.CaseCount);
                if (double.IsFinite(golden.MaxError)) json.WriteNumber("maxError", golden.MaxError);
                else json.WriteNull("maxError");
                json.WriteNumber("failures", golden.Failures);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            WriteFormats(json);
            if (conversion.Stream is { } streamed) StreamReport.WriteJson(json, streamed);
            json.WriteStartArray("notes");
            foreach (string note in conversion.Notes) json.WriteStringValue(note);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        writer.WriteLine(Encoding.UTF8.GetString(stream.ToArray()));
    }

    void WriteFormats(Utf8JsonWriter json)
    {
        json.WriteStartArray("formats");
        foreach (var layer in conversion.Layers)
        {
            json.WriteStartObject();
            json.WriteString("layer", layer.Layer);
            json.WriteString("format", layer.Format);
            json.WriteNumber("elements", layer.Elements);
            json.WriteNumber("parameters", layer.Parameters);
            json.WriteNumber("bytes", layer.Bytes);
            json.WriteNumber("multiplyAdds", layer.MultiplyAdds);
            json.WriteNumber("weightError", layer.Error);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("loss");
        foreach (var loss in conversion.Loss)
        {
            json.WriteStartObject();
            json.WriteString("output", loss.Output);
            if (double.IsFinite(loss.MaxError)) json.WriteNumber("maxError", loss.MaxError);
            else json.WriteNull("maxError");
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    string Values(IReadOnlyList<int> values) => string.Join(", ", values.Select(v => $"{_graph.Values[v].Name} {_graph.Values[v].Type}"));

    void WriteValues(Utf8JsonWriter json, string name, IReadOnlyList<int> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values.Select(v => _graph.Values[v]))
        {
            json.WriteStartObject();
            json.WriteString("name", value.Name);
            json.WriteString("type", value.Type.ToString());
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
