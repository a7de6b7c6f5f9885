using System.Text;
using System.Text.Json;
using EdgeQinn.Converter.Comparison;
using EdgeQinn.Runtime.Diagnostics;

namespace EdgeQinn.Converter.Cli;

/// <summary>What a comparison of two files tells the user.</summary>
sealed class DiffReport(string pathA, string pathB, EqnComparison comparison)
{
    const string Missing = "–";

    public EqnComparison Comparison => comparison;

    static long Macs(IEnumerable<NodeReport?> nodes) => nodes.Sum(n => n?.MultiplyAdds ?? 0);

    /// <summary>For people: equal sides are told once, others as A → B.</summary>
    public void WriteText(TextWriter writer)
    {
        writer.WriteLine($"A  {pathA}\nB  {pathB}\n");
        string[][] rows =
        [
            ["", "layer", "operator", "encoding", "bytes", "multiply-adds", "differs in"],
            .. comparison.Layers.Select(l => (string[])
            [
                l.Differences.Count == 0 ? " " : l.A is null ? "+" : l.B is null ? "-" : "*", l.Name,
                Sides(l, n => n.Operator), Sides(l, n => n.Encodings.IsEmpty ? Missing : string.Join('+', n.Encodings)), Sides(l, n => $"{n.WeightBytes:N0}"), Sides(l, n => $"{n.MultiplyAdds:N0}"),
                l.A is null || l.B is null ? "" : string.Join(", ", l.Differences),
            ]),
        ];
        int[] widths = [.. Enumerable.Range(0, rows[0].Length).Select(c => rows.Max(r => r[c].Length))];
        foreach (var row in rows) writer.WriteLine(string.Join("  ", row.Select((cell, c) => cell.PadRight(widths[c]))).TrimEnd());
        writer.WriteLine();
        List(writer, "values only in A", comparison.ValuesOnlyInA);
        List(writer, "values only in B", comparison.ValuesOnlyInB);
        List(writer, "contract", comparison.ContractFields);
        List(writer, "provenance", comparison.ProvenanceFields);
        List(writer, "file sections", comparison.Sections);
        writer.WriteLine($"  multiply-adds     {Macs(comparison.Layers.Select(l => l.A)):N0} → {Macs(comparison.Layers.Select(l => l.B)):N0}");
        writer.WriteLine($"  bytes             {comparison.BytesA:N0} → {comparison.BytesB:N0}");
        int changed = comparison.Layers.Count(l => l.Differences.Count > 0);
        writer.WriteLine(comparison.AreEqual ? "the files are equal" : $"the files differ: {changed} of {comparison.Layers.Count} layers");
    }

    /// <summary>For programs.</summary>
    public void WriteJson(TextWriter writer)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteBoolean("equal", comparison.AreEqual);
            json.WriteString("a", pathA);
            json.WriteString("b", pathB);
            json.WriteNumber("bytesA", comparison.BytesA);
            json.WriteNumber("bytesB", comparison.BytesB);
            json.WriteStartArray("layers");
            foreach (var layer in comparison.Layers)
            {
                json.WriteStartObject();
                json.WriteString("name", layer.Name);
                WriteSide(json, "a", layer.A);
                WriteSide(json, "b", layer.B);
                WriteList(json, "differences", layer.Differences);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            WriteList(json, "valuesOnlyInA", comparison.ValuesOnlyInA);
            WriteList(json, "valuesOnlyInB", comparison.ValuesOnlyInB);
            WriteList(json, "contract", comparison.ContractFields);
            WriteList(json, "provenance", comparison.ProvenanceFields);
            WriteList(json, "sections", comparison.Sections);
            json.WriteEndObject();
        }
        writer.WriteLine(Encoding.UTF8.GetString(stream.ToArray()));
    }

    static string Sides(LayerPair layer, Func<NodeReport, string> property)
    {
        string a = layer.A is null ? Missing : property(layer.A), b = layer.B is null ? Missing : property(layer.B);
        return a == b ? a : $"{a} → {b}";
    }

    static void List(TextWriter writer, string what, IReadOnlyList<string> names)
    {
        if (names.Count > 0) writer.WriteLine($"  {what.PadRight(16)}  {string.Join(", ", names)}");
    }

    static void WriteSide(Utf8JsonWriter json, string side, NodeReport? node)
    {
        if (node is null)
        {
            json.WriteNull(side);
            return;
        }
        json.WriteStartObject(side);
        json.WriteString("operator", node.Operator);
        json.WriteString("output", node.Output.ToString());
        WriteList(json, "encodings", node.Encodings);
        json.WriteNumber("bytes", node.WeightBytes);
        json.WriteNumber("multiplyAdds", node.MultiplyAdds);
        json.WriteEndObject();
    }

    static void WriteList(Utf8JsonWriter json, string name, IReadOnlyList<string> values)
    {
        json.WriteStartArray(name);
        foreach (string value in values) json.WriteStringValue(value);
        json.WriteEndArray();
    }
}
