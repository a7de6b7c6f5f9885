using System.Collections.Immutable;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Kernels.Elementwise;

namespace EdgeQinn.Runtime.Operators.Elementwise;

/// <summary>X to the power of an exponent of any number type, with broadcasting; the result has X's type.</summary>
sealed class PowOperator : Operator
{
    public override string Name => "Pow";

    public override bool MayOverwrite(OperatorCall call, int input) => call.Input(input).Element == call.Input(0).Element && Broadcasting.Fits(call, input);

    public override ImmutableArray<TensorType> Infer(OperatorCall call)
    {
        call.RequireInputs(2, 2);
        call.Input(1, TypeSet.Numbers);
        return [new TensorType(call.Input(0, TypeSet.Numbers).Element, Broadcasting.Shape(call))];
    }

    public override void Plan(OperatorCall call, StepPlanner planner)
    {
        TensorType x = call.Input(0), exponent = call.Input(1);
        var shape = Broadcasting.Shape(call);
        if (x.Element == ElementType.Float32 && call.Constant(1) is { IsDense: true } constant && exponent.Count == 1 && x.Shape.AsSpan().SequenceEqual(shape.AsSpan())
            && PlanConstant(Scalar(constant), x, planner)) return;

        var nest = Broadcasting.Nest(shape, x, exponent);
        if (x.Element == exponent.Element)
        {
            BinaryStep.Add(planner, BinaryKernels.Number<Pow>(x.Element), planner.Input(0), planner.Input(1), planner.Output(0), nest);
            return;
        }

        // Mixed types meet in double precision.
        long count = new TensorType(x.Element, shape).Count;
        BufferRef a = CastSteps.As(call, planner, 0, ElementType.Float64), b = CastSteps.As(call, planner, 1, ElementType.Float64), y = planner.Scratch(count * sizeof(double));
        BinaryStep.Add(planner, BinaryKernels.Number<Pow>(ElementType.Float64), a, b, y, nest);
        UnaryStep.Add(planner, planner.Select(CastKernels.Get(ElementType.Float64, x.Element)), y, planner.Output(0), count);
    }

    /// <summary>Exponents that have a faster way: squares and roots are most of what networks raise to.</summary>
    static bool PlanConstant(double exponent, TensorType x, StepPlanner planner)
    {
        KernelFamily<UnaryArgs>? unary = exponent switch
        {
            0.5 => UnaryKernels.FloatLanes<Sqrt>(x.Element),
            -1 => UnaryKernels.FloatLanes<Reciprocal>(x.Element),
            _ => null,
        };
        if (unary is not null) UnaryStep.Add(planner, planner.Select(unary), planner.Input(0), planner.Output(0), x.Count);
        else if (exponent == 2)
            BinaryStep.Add(planner, BinaryKernels.Vectorized<Mul>(x.Element), planner.Input(0), planner.Input(0), planner.Output(0), Broadcasting.Nest(x.Shape, x, x));
        else return false;
        return true;
    }

    static double Scalar(EncodedTensor constant) => constant.Type.Element switch
    {
        ElementType.Float32 => constant.Data<float>()[0],
        ElementType.Float64 => constant.Data<double>()[0],
        ElementType.Int32 => constant.Data<int>()[0],
        ElementType.Int64 => constant.Data<long>()[0],
        _ => double.NaN,
    };
}
