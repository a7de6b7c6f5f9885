using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels.Elementwise;
using EdgeQinn.Runtime.Operators.Elementwise;

namespace EdgeQinn.Runtime.Operators.Movement;

/// <summary>Indices as kernels want them.</summary>
static class IndexSteps
{
    /// <summary>Input <paramref name="i"/>, any number type, as int64: itself, a table, or a cast into scratch.</summary>
    public static BufferRef AsInt64(OperatorCall call, StepPlanner planner, int i)
    {
        var type = call.Input(i);
        if (type.Element == ElementType.Int64) return planner.Input(i);
        if (type.Element == ElementType.Int32 && IndexConstants.Values(call, i) is { } known) return planner.Table<long>(known);
        var scratch = planner.Scratch(type.Count * (long)sizeof(long));
        UnaryStep.Add(planner, planner.Select(CastKernels.Get(type.Element, ElementType.Int64)), planner.Input(i), scratch, type.Count);
        return scratch;
    }
}
