using EdgeQinn.Converter.Selection;

namespace EdgeQinn.Converter.Cli;

/// <summary>What <c>--help</c> says about <c>--format</c>.</summary>
static class FormatHelp
{
    public static string Text { get; } =
        "Gives layers another format; may be repeated, the first that matches a layer decides. LAYERS may hold * and ?; FORMAT+FORMAT is a sum, each "
        + "term fitted to what the ones before it left. Formats: "
        + string.Join("; ", WeightFormat.All.Select(f => f.Keys.Length == 0 ? $"{f.Name}: {f.Help}" : $"{f.Name}:{string.Join(",", f.Keys)}: {f.Help}"))
        + ". A recurrent layer's weights are NAME.W (inputs) and NAME.R (state). Examples: --format '*conv*=bcsr:density=0.1' --format 'gru.R=lowrank:rank=8' --format 'fc1=mps:bond=4' --format '*=int8'.";
}
