using System.Collections.Immutable;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Kernels.Movement;

namespace EdgeQinn.Runtime.Operators.Movement;

/// <summary>Elements added around X, or cut off where a pad is negative.</summary>
sealed unsafe class PadOperator : Operator
{
    public override string Name => "Pad";

    public override ImmutableArray<TensorType> Infer(OperatorCall call)
    {
        call.RequireInputs(1, 2);
        var x = call.Input(0);
        var pads = call.RequireInts("pads", 2 * x.Rank);
        string mode = Mode(call);
        if (call.Has(1) && call.Input(1, x.Element).Count != 1) throw call.Fail($"value (input 1) is {call.Input(1)}, expected a scalar");
        var shape = new int[x.Rank];
        for (int axis = 0; axis < x.Rank; axis++)
        {
            int begin = pads[axis], end = pads[x.Rank + axis], n = x.Shape[axis];
            shape[axis] = checked(n + begin + end);
            if (shape[axis] < 0) throw call.Fail($"pads {begin} and {end} cut more than axis {axis} of {x} has");
            if (mode != "constant" && n == 0 && shape[axis] > 0) throw call.Fail($"axis {axis} of {x} is empty: nothing to repeat");
        }
        return [new TensorType(x.Element, shape)];
    }

    public override void Plan(OperatorCall call, StepPlanner planner)
    {
        TensorType x = call.Input(0), y = Infer(call)[0];
        ImmutableArray<int> begins = [.. call.RequireInts("pads").Take(x.Rank)];
        BufferRef from = planner.Input(0), to = planner.Output(0);
        BufferRef? value = call.Has(1) ? planner.Input(1) : null;
        switch (Mode(call))
        {
            case "constant": PlanConstant(planner, x, y, begins, from, to, value); break;
            case "edge": Map((n, i) => Math.Clamp(i, 0, n - 1)); break;
            case "wrap": Map((n, i) => (i % n + n) % n); break;
            default: Map(Reflect); break;
        }

        void Map(Func<int, int, int> source) => MappedCopyStep.Add(planner, from, x, to, y, (axis, i) => source(x.Shape[axis], i - begins[axis]));
    }

    static void PlanConstant(StepPlanner planner, TensorType x, TensorType y, ImmutableArray<int> begins, BufferRef from, BufferRef to, BufferRef? value)
    {
        long count = y.Count, fromStart = 0, toStart = 0;
        planner.Step(planner.Select(FillKernels.Get(x.Element.Size())), (ref FillArgs args, SessionMemory memory) =>
        {
            args.Value = value is { } scalar ? memory.Pointer<byte>(scalar) : null;
            args.Y = memory.Pointer<byte>(to);
            args.Count = count;
        });
        long[] strideX = LoopNest.RowMajor(x.Shape.AsSpan()), strideY = LoopNest.RowMajor(y.Shape.AsSpan());
        var kept = new int[x.Rank];
        for (int axis = 0; axis < x.Rank; axis++)
        {
            int first = Math.Max(0, -begins[axis]), last = Math.Min(x.Shape[axis], y.Shape[axis] - begins[axis]);
            kept[axis] = Math.Max(0, last - first);
            fromStart += first * strideX[axis];
            toStart += Math.Max(0, begins[axis]) * strideY[axis];
        }
        CopyStep.Add(planner, from, to, x.Element.Size(), LoopNest.Create(kept, strideX, strideY), fromStart, toStart);
    }

    /// <summary>The position that a mirror at the first and the last element shows.</summary>
    static int Reflect(int n, int i)
    {
        if (n == 1) return 0;
        int period = 2 * (n - 1), r = (i % period + period) % period;
        return r < n ? r : period - r;
    }

    static string Mode(OperatorCall call) => call.Choice("mode", "constant", "reflect", "edge", "wrap");
}
