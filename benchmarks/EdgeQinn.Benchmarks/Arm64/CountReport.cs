using System.Globalization;
using System.Text;
using System.Text.Json;

namespace EdgeQinn.Benchmarks.Arm64;

/// <summary>Instruction counts as JSON and as Markdown.</summary>
sealed record CountReport(string Date, IReadOnlyList<InstructionCount> Counts)
{
    static readonly JsonSerializerOptions _json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    public string ToJson() => JsonSerializer.Serialize(this, _json) + "\n";

    public string ToMarkdown()
    {
        string[] cpus = [.. Counts.Select(c => c.Cpu).Distinct()];
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"""
            # Instructions per inference on Arm64, {Date}

            Executed under emulation ({string.Join(", ", cpus)}), batch 1; how: [README](../README.md#instructions-on-arm64). No times: cores run the same count at very different
            speed. MAC: multiply-adds of the definition; stored: those that the weights as stored take. Two countings of the same differ by at most {Counts.Max(c => c.Spread / Math.Max(1, c.Instructions)):P2}.

            ## Whole models

            | model | format | MAC | stored | {string.Join(" | ", cpus.Select(c => $"{c}: instructions | of these SIMD | per MAC | per stored MAC"))} |
            |---|---|--:|--:|{string.Concat(cpus.Select(_ => "--:|--:|--:|--:|"))}
            """);
        foreach (var same in Counts.Where(c => c.Layer.Length == 0).GroupBy(c => (c.Model, c.Format)))
            text.AppendLine(CultureInfo.InvariantCulture, $"| `{same.Key.Model}` | {same.Key.Format} | {same.First().MultiplyAdds} | {same.First().StoredMultiplyAdds} | {string.Join(" | ", cpus.Select(c => Whole(same.FirstOrDefault(s => s.Cpu == c))))} |");
        foreach (string format in (string[])["dense", "int8"])
            foreach (string cpu in cpus)
            {
                text.AppendLine(CultureInfo.InvariantCulture, $"""

                    ## Layers, {format}, {cpu}

                    | model | layer | operator | MAC | instructions | per MAC | kernels |
                    |---|---|---|--:|--:|--:|---|
                    """);
                foreach (var c in Counts.Where(c => c.Layer.Length > 0 && c.Format == format && c.Cpu == cpu))
                    text.AppendLine(CultureInfo.InvariantCulture, $"| `{c.Model}` | {c.Layer} | {c.Operator} {c.Encoding} | {c.MultiplyAdds} | {c.Instructions:F0} | {c.PerMultiplyAdd:F3} | {c.Kernels} |");
            }
        return text.ToString();
    }

    static string Whole(InstructionCount? c) => c is null ? "– | – | – | –" : string.Create(CultureInfo.InvariantCulture, $"{c.Instructions:F0} | {c.Simd:F0} | {c.PerMultiplyAdd:F3} | {c.PerStored:F3}");
}
