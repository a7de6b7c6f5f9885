using System.Globalization;
using System.Text;
using System.Text.Json;

namespace EdgeQinn.Benchmarks.Arm64;

/// <summary>Instruction counts as JSON and as Markdown.</summary>
sealed record CountReport(string Date, IReadOnlyList<CountedModel> Models, IReadOnlyList<InstructionCount> Counts)
{
    static readonly JsonSerializerOptions _json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    /// <summary>The formats whose layers are counted one by one.</summary>
    public static IReadOnlyList<string> ByLayers { get; } = ["dense", "int8"];

    public string ToJson() => JsonSerializer.Serialize(new { Date, Counts, Unfit = Models.Where(m => m.Layers == 0).Select(m => new { m.Model, m.Format }) }, _json) + "\n";

    public string ToMarkdown()
    {
        string[] cpus = [.. Counts.Select(c => c.Cpu).Distinct()];
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"""
            # Instructions per inference on Arm64, {Date}

            Executed under emulation ({string.Join(", ", cpus)}), batch 1; how: [README](../README.md#instructions-on-arm64). No times: cores run the same count at very different
            speed. MAC: multiply-adds of the definition; stored: those that the weights as stored take. Each was counted twice, the lesser stands here; half
            of them agree within {Agreement(0.5):P2}, 95 % within {Agreement(0.95):P2}.

            ## Whole models

            Every layer that can be is in the format; «layers» says how many (weights that would take no fewer multiply-adds than dense stay dense). The planner may still run a format as
            the dense matrix it stands for.

            | model | format | layers | MAC | stored | {string.Join(" | ", cpus.Select(c => $"{c}: instructions | of these SIMD | per MAC | per stored MAC"))} |
            |---|---|--:|--:|--:|{string.Concat(cpus.Select(_ => "--:|--:|--:|--:|"))}
            """);
        var wholes = Counts.Where(c => c.Layer.Length == 0).ToLookup(c => (c.Model, c.Format));
        foreach (var model in Models)
        {
            var same = wholes[(model.Model, model.Format)];
            text.AppendLine(model.Layers == 0
                ? string.Create(CultureInfo.InvariantCulture, $"| `{model.Model}` | {model.Format} | none fits | | |{string.Concat(cpus.Select(_ => " | | | |"))}")
                : string.Create(CultureInfo.InvariantCulture, $"| `{model.Model}` | {model.Format} | {model.Layers}/{model.LayersInAll} | {same.First().MultiplyAdds} | {same.First().StoredMultiplyAdds} | {string.Join(" | ", cpus.Select(c => Whole(same.FirstOrDefault(s => s.Cpu == c))))} |"));
        }
        text.AppendLine(CultureInfo.InvariantCulture, $"""

            ## Layers

            «prepared»: without the steps that pad the input and quantise it, which cost the same for any number of outputs. {InstructionBound.Explanation}
            """);
        foreach (string format in ByLayers)
            foreach (string cpu in cpus)
            {
                text.AppendLine(CultureInfo.InvariantCulture, $"""

                    ### {format}, {cpu}

                    | model | layer | operator | MAC | instructions | per MAC | prepared | least | what limits | kernels |
                    |---|---|---|--:|--:|--:|--:|--:|---|---|
                    """);
                foreach (var c in Counts.Where(c => c.Layer.Length > 0 && c.Format == format && c.Cpu == cpu))
                {
                    var bound = InstructionBound.Of(c);
                    text.AppendLine(CultureInfo.InvariantCulture, $"| `{c.Model}` | {c.Layer} | {c.Operator} {c.Encoding} | {c.MultiplyAdds} | {c.Instructions:F0} | {c.PerMultiplyAdd:F3} | {c.PerMultiplyAddPrepared:F3} | {bound?.Total.ToString("F3", CultureInfo.InvariantCulture) ?? "–"} | {bound} | {c.Kernels} |");
                }
            }
        return text.ToString();
    }

    /// <summary>What that share of the counts agree within.</summary>
    double Agreement(double share) => Counts.Select(c => c.Spread / Math.Max(1, c.Instructions)).Order().ElementAt((int)(share * (Counts.Count - 1)));

    static string Whole(InstructionCount? c) => c is null ? "– | – | – | –" : string.Create(CultureInfo.InvariantCulture, $"{c.Instructions:F0} | {c.Simd:F0} | {c.PerMultiplyAdd:F3} | {c.PerStored:F3}");
}
