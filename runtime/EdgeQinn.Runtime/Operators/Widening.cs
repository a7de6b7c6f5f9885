using System.Collections.Immutable;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels.Elementwise;
using EdgeQinn.Runtime.Operators.Elementwise;

namespace EdgeQinn.Runtime.Operators;

/// <summary>
/// Kernels know float32, float64, int64 and uint64. Other number types are computed in those with a cast on either side: float16 and bfloat16 in float32,
/// smaller integers in 64 bits, where wrapping gives the same bits. Rare types cost steps rather than a copy of every kernel.
/// </summary>
static class Widening
{
    /// <summary>The type that floating point is computed in; others as they are.</summary>
    public static ElementType Floats(ElementType type) => type is ElementType.Float16 or ElementType.BFloat16 ? ElementType.Float32 : type;

    /// <summary>The type that numbers are computed in; others as they are.</summary>
    public static ElementType Numbers(ElementType type) => type switch
    {
        ElementType.Int8 or ElementType.Int16 or ElementType.Int32 => ElementType.Int64,
        ElementType.UInt8 or ElementType.UInt16 or ElementType.UInt32 => ElementType.UInt64,
        _ => Floats(type),
    };

    /// <summary>The type that numbers and truth values are computed in.</summary>
    public static ElementType NumbersAndBool(ElementType type) => type == ElementType.Bool ? ElementType.UInt64 : Numbers(type);

    /// <summary>Plans a call with its inputs in the types that <paramref name="widen"/> gives, and casts the outputs back.</summary>
    /// <param name="call">The call.</param>
    /// <param name="planner">Its planner.</param>
    /// <param name="widen">The type to compute an input in.</param>
    /// <param name="infer">The operator's shape rule.</param>
    /// <param name="plan">Plans the widened call.</param>
    public static void Plan(OperatorCall call, StepPlanner planner, Func<ElementType, ElementType> widen,
        Func<OperatorCall, ImmutableArray<TensorType>> infer, Action<OperatorCall, StepPlanner> plan)
    {
        var types = new TensorType?[call.InputCount];
        var constants = new EncodedTensor?[call.InputCount];
        var inputs = new BufferRef?[call.InputCount];
        bool widened = false;
        for (int i = 0; i < types.Length; i++)
        {
            if (!call.Has(i)) continue;
            var type = call.Input(i);
            types[i] = type with { Element = widen(type.Element) };
            if (types[i]!.Element == type.Element) constants[i] = call.Constant(i);
            else (inputs[i], widened) = (CastSteps.As(call, planner, i, types[i]!.Element), true);
        }
        if (!widened)
        {
            plan(call, planner);
            return;
        }

        var wide = new OperatorCall(call.Node, types, constants);
        ImmutableArray<TensorType> results = infer(call), wideResults = infer(wide);
        var outputs = new BufferRef?[results.Length];
        for (int o = 0; o < outputs.Length; o++)
            if (call.Wants(o) && wideResults[o].Element != results[o].Element) outputs[o] = planner.Scratch(wideResults[o].ByteLength);
        plan(wide, planner.Part(wide, inputs, outputs));
        for (int o = 0; o < outputs.Length; o++)
            if (outputs[o] is { } result)
                UnaryStep.Add(planner, planner.Select(CastKernels.Get(wideResults[o].Element, results[o].Element)), result, planner.Output(o), results[o].Count);
    }
}
