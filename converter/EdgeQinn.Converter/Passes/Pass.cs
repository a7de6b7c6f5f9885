using EdgeQinn.Converter.Graph;

namespace EdgeQinn.Converter.Passes;

/// <summary>A rewriting of the graph that leaves its results as they were, up to rounding.</summary>
/// <param name="Name">What it does, for reports.</param>
/// <param name="Run">Rewrites the graph; returns whether anything changed.</param>
public sealed record Pass(string Name, Func<IrGraph, bool> Run)
{
    /// <summary>Every pass, in the order they run in; the list is repeated until nothing changes.</summary>
    public static IReadOnlyList<Pass> All { get; } =
    [
        new("unused nodes removed", RemoveUnused.Run),
        new("equal constants shared", ShareConstants.Run),
        new("equal nodes shared", ShareNodes.Run),
        new("reshapes and transposes merged", MergeMoves.Run),
        new("layer normalisation recognised", RecognizeLayerNorm.Run),
        new("activations recognised", RecognizeActivations.Run),
        new("gathers of one index cut out", SliceSingleIndex.Run),
        new("recurrent steps recognised", RecognizeRecurrence.Run),
        new("parts joined again", JoinParts.Run),
        // Before scales are folded into the projections: here they cost nothing.
        new("attention recognised", RecognizeAttention.Run),
        new("transposes moved towards the outputs", SinkTranspose.Run),
        new("zeros around inputs fused", FusePad.Run),
        new("last step taken from the recurrent layer's state", UseFinalState.Run),
        new("scales and shifts folded into weights", FoldAffine.Run),
        new("permutations absorbed by weights", AbsorbPermutation.Run),
        new("numbers folded into weights through views and products", FoldScale.Run),
        new("clamps fused", FuseClamp.Run),
        new("pools fused", FuseMaxPool.Run),
        // Weights in int8 no longer take scales, so all of these have been folded before.
        new("quantised layers run in int8", RunInInt8.Run),
        // After all that folds into a convolution has done so: the reshapes around it would stand between.
        new("unit axes dropped", DropUnitAxis.Run),
        new("reshapes moved behind element-wise operators", SinkReshape.Run),
    ];

    /// <summary>Runs all passes until none changes anything.</summary>
    public static void RunAll(IrGraph graph)
    {
        // Each change removes a node or makes one cheaper; the bound only guards against passes that undo each other.
        for (int round = 0; round < 100; round++)
        {
            bool changed = false;
            foreach (var pass in All) changed |= pass.Run(graph);
            if (!changed) return;
        }
    }
}
