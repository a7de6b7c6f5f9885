using System.Collections.Immutable;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels.Resampling;
using EdgeQinn.Runtime.Operators.Movement;

namespace EdgeQinn.Runtime.Operators.Resampling;

/// <summary>X resampled along any axes: nearest is a copy with looked-up positions, linear and cubic one interpolation per axis.</summary>
sealed unsafe class ResizeOperator : Operator
{
    public override string Name => "Resize";

    public override ImmutableArray<TensorType> Infer(OperatorCall call)
    {
        call.RequireInputs(1, 1);
        var x = call.Input(0, Mode(call) == "nearest" ? TypeSet.Any : TypeSet.Floats);
        call.Choice("nearest_mode", "round_prefer_floor", "round_prefer_ceil", "floor", "ceil");
        var y = x with { Shape = [.. ResizeAxis.Read(call, x).Select(a => a.Out)] };
        return [y];
    }

    public override void Plan(OperatorCall call, StepPlanner planner)
    {
        if (Mode(call) == "nearest") PlanNearest(call, planner);
        else PlanInterpolation(call, planner);
    }

    public static string Transformation(OperatorCall call) =>
        call.Choice("coordinate_transformation_mode", "half_pixel", "half_pixel_symmetric", "pytorch_half_pixel", "align_corners", "asymmetric", "tf_half_pixel_for_nn", "tf_crop_and_resize");

    static string Mode(OperatorCall call) => call.Choice("mode", "nearest", "linear", "cubic");

    static void PlanNearest(OperatorCall call, StepPlanner planner)
    {
        var x = call.Input(0);
        var axes = ResizeAxis.Read(call, x);
        string transformation = Transformation(call), rounding = call.Attributes.Text("nearest_mode", "round_prefer_floor");
        float outside = call.Attributes.Float("extrapolation_value");
        BufferRef? fill = x.Element == ElementType.Float32 ? planner.Table<float>([outside]) : null;
        var y = x with { Shape = [.. axes.Select(a => a.Out)] };
        MappedCopyStep.Add(planner, planner.Input(0), x, planner.Output(0), y,
            (axis, j) => axes[axis].Source(j, transformation) is { } at ? (int)Math.Clamp(Round(at, rounding), 0, axes[axis].In - 1) : -1, fill);
    }

    static double Round(double x, string mode) => mode switch
    {
        "round_prefer_floor" => Math.Ceiling(x - 0.5),
        "round_prefer_ceil" => Math.Floor(x + 0.5),
        "floor" => Math.Floor(x),
        _ => Math.Ceiling(x),
    };

    static void PlanInterpolation(OperatorCall call, StepPlanner planner)
    {
        var x = call.Input(0);
        var axes = ResizeAxis.Read(call, x);
        string transformation = Transformation(call);
        double? cubic = Mode(call) == "cubic" ? call.Attributes.Float("cubic_coeff_a", -0.75f) : null;
        bool antialias = call.Flag("antialias"), exclude = call.Flag("exclude_outside");
        int[] changed = [.. Enumerable.Range(0, x.Rank).Where(a => axes[a] is { } axis && (axis.In != axis.Out || axis.Scale != 1 || axis.RoiStart != 0 || axis.RoiEnd != 1))];
        var current = planner.Input(0);
        if (changed.Length == 0) CopyStep.AddWhole(planner, current, planner.Output(0), x);

        foreach (int axis in changed)
        {
            var weights = InterpolationWeights.Create(axes[axis], transformation, cubic, antialias, exclude);
            var (outer, length, inner) = AxisSplit.At(x, axis);
            x = x with { Shape = x.Shape.SetItem(axis, axes[axis].Out) };
            var next = axis == changed[^1] ? planner.Output(0) : planner.Scratch(x.ByteLength);
            AddStep(planner, x.Element, current, next, weights, (outer, length, axes[axis].Out, inner), call.Attributes.Float("extrapolation_value"));
            current = next;
        }
    }

    static void AddStep(StepPlanner planner, ElementType type, BufferRef from, BufferRef to, InterpolationWeights weights,
        (long Outer, long In, long Out, long Inner) shape, float outside)
    {
        BufferRef positions = planner.Table<int>(weights.Positions), factors = planner.Table<double>(weights.Weights);
        planner.Step(planner.Select(ResampleKernels.Get(type)), (ref ResampleArgs args, SessionMemory memory) =>
        {
            args.X = memory.Pointer<byte>(from);
            args.Y = memory.Pointer<byte>(to);
            args.Positions = memory.Pointer<int>(positions);
            args.Weights = memory.Pointer<double>(factors);
            (args.Outer, args.In, args.Out, args.Inner, args.Taps, args.Outside) = (shape.Outer, shape.In, shape.Out, shape.Inner, weights.Taps, outside);
        });
    }
}
