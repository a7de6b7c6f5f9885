using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Converter.Selection;

/// <summary>What became of a candidate.</summary>
public enum CandidateState
{
    /// <summary>It competes in the choice over all layers.</summary>
    Competes,

    /// <summary>The layer cannot be given that format.</summary>
    DoesNotFit,

    /// <summary>It would run slower than the dense layer.</summary>
    Slower,

    /// <summary>Another candidate is at least as good in error, bytes and time.</summary>
    Dominated,
}

/// <summary>One format for one layer, with what it costs.</summary>
/// <param name="Format">As <c>--format</c> takes it; <c>dense</c> for the layer as it is.</param>
/// <param name="Weight">The weight; null where the format does not fit.</param>
/// <param name="BiasShift">What the layer's bias gains; null where it stays.</param>
/// <param name="State">Whether it competes.</param>
/// <param name="Reason">Why it does not.</param>
/// <param name="Bytes">In the file.</param>
/// <param name="Parameters">The numbers stored.</param>
/// <param name="MultiplyAdds">Of one product with a vector.</param>
/// <param name="Microseconds">Of the layer, once per inference.</param>
/// <param name="LayerError">Root mean square error of the layer's outputs over inputs held out, relative to their standard deviation.</param>
/// <param name="Divergence">What it does to the network's results with all other layers dense (<see cref="TaskJudge.Divergence"/>); NaN where it does not compete.</param>
public sealed record Candidate(
    string Format, Weight? Weight, float[]? BiasShift, CandidateState State, string Reason,
    long Bytes, long Parameters, long MultiplyAdds, double Microseconds, double LayerError, double Divergence)
{
    /// <summary>The layer as it is.</summary>
    public const string Dense = "dense";

    /// <summary>Whether this is the layer as it is.</summary>
    public bool IsDense => Format == Dense;
}
