using System.Globalization;
using System.Text;
using System.Text.Json;

namespace EdgeQinn.Benchmarks.Arm64;

/// <summary>Instruction counts as JSON and as Markdown.</summary>
sealed record CountReport(
    string Date, IReadOnlyList<CountedModel> Models, IReadOnlyList<InstructionCount> Counts, IReadOnlyList<InstructionLimit> Limits, IReadOnlyList<InstructionFloor> Floors)
{
    static readonly JsonSerializerOptions _json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    /// <summary>The formats whose layers are counted one by one.</summary>
    public static IReadOnlyList<string> ByLayers { get; } = ["dense", "int8"];

    public string ToJson() => JsonSerializer.Serialize(new { Date, Counts, Limits, Floors, Unfit = Models.Where(m => m.Layers == 0).Select(m => new { m.Model, m.Format }) }, _json) + "\n";

    public string ToMarkdown()
    {
        string[] cpus = [.. Counts.Select(c => c.Cpu).Distinct()];
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"""
            # Instructions per inference on Arm64, {Date}

            Executed under emulation ({string.Join(", ", cpus)}), batch 1; how: [README](../README.md#instructions-on-arm64). No times: cores run the same count at very different
            speed. MAC: multiply-adds of the definition; stored: those that the weights as stored take. Each was counted twice, the lesser stands here; half
            of them agree within {Agreement(0.5):P2}, 95 % within {Agreement(0.95):P2}.
            """);
        Summary(text);
        Explain(text, cpus);
        Layers(text);
        WholeModels(text, cpus);
        return text.ToString();
    }

    /// <summary>How much of each model reaches the goals.</summary>
    void Summary(StringBuilder text)
    {
        text.AppendLine("""

            ## Goals: linear layers and convolutions in float32 ≤ 0.45 instructions per multiply-add, in int8 with dot product ≤ 0.12

            «together»: all linear layers and convolutions of the model, those that an int8 model runs in float32 among them. A layer has its goal by the kernel it runs on.

            | model | format | core | MAC together | instructions | per MAC | layers that reach their goal | their share of MAC | those that do not, per MAC |
            |---|---|---|--:|--:|--:|--:|--:|---|
            """);
        foreach (var model in ByLayers.SelectMany(f => Cores(f, judged: true).SelectMany(cores => Counts.Where(c => c.IsProduct && c.Format == f && c.Cpu == cores[0]).GroupBy(c => (c.Model, c.Format, Cores: string.Join(", ", cores))))))
        {
            var (judged, above) = (model.Where(c => c.Goal is not null).ToList(), model.Where(c => c.IsAboveGoal).ToList());
            double all = model.Sum(c => c.MultiplyAdds), instructions = model.Sum(c => c.Instructions);
            text.AppendLine(CultureInfo.InvariantCulture, $"| `{model.Key.Model}` | {model.Key.Format} | {model.Key.Cores} | {all:F0} | {instructions:F0} | {instructions / all:F3} | {judged.Count - above.Count} of {judged.Count} | {1 - above.Sum(c => c.MultiplyAdds) / all:P0} | {string.Join(", ", above.Select(c => string.Create(CultureInfo.InvariantCulture, $"{c.Layer} {c.PerMultiplyAdd:F2}{(c.Goal != InstructionCount.DotGoal && c.Format == "int8" ? " (float32)" : "")}")))} |");
        }
    }

    /// <summary>Where the instructions of those above go.</summary>
    void Explain(StringBuilder text, string[] cpus)
    {
        text.AppendLine("""

            ## What keeps the others from it

            Measured on layers of the same kind, kernel and core in other sizes: inputs, outputs and, of a convolution, time steps that fill all registers, and twice as many of each and
            all of their combinations. What grows with inputs and outputs is the sums (multiply-adds, loads, loop), with one alone what is done per input or per output (start, scale, bias,
            clamp, pool, store), with neither what is done per run (call, prologue, choice of tiles); what the layer itself takes beyond these is due to registers that it does not fill.
            Padding and quantising («preparing») are steps of their own and counted apart. Budget: MAC × goal; parts in bold exceed it alone. For scale: FMLA multiplies and adds 4 numbers,
            and a vector times a matrix loads every weight once, 8 with LDP, so that sums of linear layers take 0.375 per MAC at the least, with SDOT (16) 0.094. Every count has the counting loop's own dozen in it.

            """);
        text.AppendLine(CultureInfo.InvariantCulture, $"| the least there is, instructions | {string.Join(" | ", cpus)} |\n|---|{string.Concat(cpus.Select(_ => "--:|"))}");
        foreach (var floor in Floors.GroupBy(f => f.What))
            text.AppendLine(CultureInfo.InvariantCulture, $"| {floor.Key} | {string.Join(" | ", cpus.Select(c => floor.First(f => f.Cpu == c).Instructions.ToString("F0", CultureInfo.InvariantCulture)))} |");
        text.AppendLine("""

            | model | layer | core | MAC | budget | instructions | preparing | sums | sums per MAC | per input | per output | per run | registers not full | what keeps it above |
            |---|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|---|
            """);
        foreach (var limit in Limits) text.AppendLine(Row(limit));
    }

    string Row(InstructionLimit limit)
    {
        var (c, split) = (limit.Layer, limit.Split);
        double budget = c.MultiplyAdds * c.Goal!.Value;
        int steps = c.Kernels.Split(", ").Length;
        string like = limit.Alike.Count > 1 ? $" and {limit.Alike.Count - 1} like it" : "";
        string start = string.Create(CultureInfo.InvariantCulture, $"| `{c.Model}` | {c.Layer}{like} | {c.Cpu} | {c.MultiplyAdds} | {budget:F0} | {c.Instructions:F0} | ");
        if (split is null) return start + "– | – | – | – | – | – | – | other sizes run on other kernels |";
        string Part(double part) => string.Create(CultureInfo.InvariantCulture, $"{(part > budget ? "**" : "")}{part:F0}{(part > budget ? "**" : "")} ({part / c.Instructions:P0})");
        return start + string.Create(CultureInfo.InvariantCulture,
            $"{Part(split.Preparing)} | {Part(split.Sums)} | {split.Sums / c.MultiplyAdds:F3} | {Part(split.Inputs)} | {Part(split.Outputs)} | {Part(split.Run)} | {Part(split.Unfilled)} | {Reason(split, budget, steps, steps * Floors.First(f => f.Cpu == c.Cpu).Instructions)} |");
    }

    /// <summary>The least that would have to go for the layer to reach its goal; before that, whether its size allows it at all.</summary>
    static string Reason(InstructionSplit split, double budget, int steps, double emptySteps)
    {
        if (emptySteps > budget) return string.Create(CultureInfo.InvariantCulture, $"its size: {steps} step{(steps > 1 ? "s" : "")} of no work take{(steps > 1 ? "" : "s")} {emptySteps:F0}");
        string[] alone = [.. split.Parts.Where(p => p.Instructions > budget).Select(p => p.Name)];
        if (alone.Length > 0) return $"{string.Join(", and ", alone)}: alone more than the budget";
        var without = new List<string>();
        double left = split.Total;
        foreach (var (name, instructions) in split.Parts.Where(p => p.Name != "sums").OrderByDescending(p => p.Instructions).TakeWhile(_ => left > budget))
        {
            without.Add(name);
            left -= instructions;
        }
        return $"reached without: {string.Join(", ", without)}";
    }

    void Layers(StringBuilder text)
    {
        text.AppendLine("""

            ## All layers

            «prepared»: without the steps that pad the input and quantise it, which cost the same for any number of outputs.
            """);
        foreach (string format in ByLayers)
            foreach (var cores in Cores(format, judged: false))
            {
                text.AppendLine(CultureInfo.InvariantCulture, $"""

                    ### {format}, {string.Join(" and ", cores)}

                    | model | layer | operator | MAC | instructions | per MAC | prepared | goal | kernels |
                    |---|---|---|--:|--:|--:|--:|--:|---|
                    """);
                foreach (var c in Counts.Where(c => c.Layer.Length > 0 && c.Format == format && c.Cpu == cores[0]))
                    text.AppendLine(CultureInfo.InvariantCulture, $"| `{c.Model}` | {c.Layer} | {c.Operator} {c.Encoding} | {c.MultiplyAdds} | {c.Instructions:F0} | {c.PerMultiplyAdd:F3} | {c.PerMultiplyAddPrepared:F3} | {(c.Goal is { } goal ? string.Create(CultureInfo.InvariantCulture, $"{goal:F2} {(c.IsAboveGoal ? "**no**" : "yes")}") : "–")} | {c.Kernels} |");
            }
    }

    void WholeModels(StringBuilder text, string[] cpus)
    {
        text.AppendLine(CultureInfo.InvariantCulture, $"""

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
    }

    /// <summary>The cores on which layers take the same counts, together. <paramref name="judged"/>: only those with goals for layers in the format itself.</summary>
    List<List<string>> Cores(string format, bool judged)
    {
        const double disturbance = 0.005;
        var together = new List<List<string>>();
        var counts = Counts.Where(c => c.Format == format && c.Layer.Length > 0).ToLookup(c => c.Cpu);
        foreach (var cpu in counts.Where(cpu => !judged || cpu.Any(c => c.Goal is not null && (format == "dense" || c.Kernels.Contains(".i8/", StringComparison.Ordinal)))))
        {
            var same = together.Find(cores => counts[cores[0]].Zip(cpu).All(c => Math.Abs(c.First.Instructions / c.Second.Instructions - 1) < disturbance));
            if (same is null) together.Add([cpu.Key]);
            else same.Add(cpu.Key);
        }
        return together;
    }

    /// <summary>What that share of the counts agree within.</summary>
    double Agreement(double share) => Counts.Select(c => c.Spread / Math.Max(1, c.Instructions)).Order().ElementAt((int)(share * (Counts.Count - 1)));

    static string Whole(InstructionCount? c) => c is null ? "– | – | – | –" : string.Create(CultureInfo.InvariantCulture, $"{c.Instructions:F0} | {c.Simd:F0} | {c.PerMultiplyAdd:F3} | {c.PerStored:F3}");
}
