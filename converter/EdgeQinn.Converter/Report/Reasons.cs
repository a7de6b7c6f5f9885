using EdgeQinn.Converter.Selection;

namespace EdgeQinn.Converter.Report;

/// <summary>Why a candidate was chosen or not, in a sentence.</summary>
static class Reasons
{
    public static string Of(LayerChoice layer, Candidate candidate)
    {
        if (candidate.Format == layer.Chosen.Format) return "chosen";
        if (candidate.State != CandidateState.Competes) return candidate.Reason;
        var chosen = layer.Chosen;
        if (candidate.Divergence > chosen.Divergence)
            return $"moves the results more ({Figure(candidate.Divergence)}, chosen {Figure(chosen.Divergence)}): more than the budget left for this layer";
        return $"moves the results less ({Figure(candidate.Divergence)}), but costs more: {candidate.Bytes:N0} bytes and {CompressionReport.Number(candidate.Microseconds, "0.00")} µs, chosen {chosen.Bytes:N0} bytes and {CompressionReport.Number(chosen.Microseconds, "0.00")} µs";
    }

    static string Figure(double value) => CompressionReport.Number(value, "0.0000e0");
}
