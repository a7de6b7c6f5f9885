using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels.Elementwise;

namespace EdgeQinn.Runtime.Operators.Elementwise;

/// <summary>Inputs in the element type a kernel wants.</summary>
static class CastSteps
{
    /// <summary>Input <paramref name="i"/> as <paramref name="to"/>: itself, cast once if it is constant, or cast by a step of its own.</summary>
    public static BufferRef As(OperatorCall call, StepPlanner planner, int i, ElementType to)
    {
        var type = call.Input(i);
        if (type.Element == to) return planner.Input(i);
        var kernel = planner.Select(CastKernels.Get(type.Element, to));
        long count = type.Count, bytes = count * to.Size();
        if (!planner.IsConstant(i))
        {
            var scratch = planner.Scratch(bytes);
            UnaryStep.Add(planner, kernel, planner.Input(i), scratch, count);
            return scratch;
        }
        BufferRef from = planner.Input(i), table = planner.ModelBuffer(bytes);
        planner.Once(kernel, UnaryStep.Writer(from, table, count));
        return table;
    }

    /// <summary>As <see cref="As"/>, or null where the input is absent.</summary>
    public static BufferRef? AsOptional(OperatorCall call, StepPlanner planner, int i, ElementType to) => call.Has(i) ? As(call, planner, i, to) : null;
}
