using System.Collections.Immutable;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels.Reduction;

namespace EdgeQinn.Runtime.Operators.Streaming;

/// <summary>
/// A reduction over the newest columns of a stream, from the folds of earlier runs' columns: the head of a network over a stream. Like <see cref="HistoryOperator"/> it
/// stands in no file.
/// </summary>
sealed unsafe class RunningOperator : Operator
{
    public const string OperatorName = "Running";

    const int X = 0, Head = 1;

    public override string Name => OperatorName;

    public override bool IsStateful => true;

    public override ImmutableArray<TensorType> Infer(OperatorCall call)
    {
        var s = Sizes.Of(call);
        return [call.Input(X) with { Shape = call.Input(X).Shape.SetItem(s.Axis, 1) }];
    }

    public override void Plan(OperatorCall call, StepPlanner planner)
    {
        var s = Sizes.Of(call);
        var split = AxisSplit.At(call.Input(X), s.Axis);
        BufferRef from = planner.Input(X), to = planner.Output(0), clock = planner.Clock();
        BufferRef past = planner.State(s.Phases * split.Outer * split.Inner * 2 * s.Runs * sizeof(float));
        BufferRef? head = s.Before > 0 ? planner.Input(Head) : null;
        float scale = call.Attributes.Float("scale", 1);
        planner.Step(planner.Select(s.Family), (ref RunningArgs args, SessionMemory memory) => args = new RunningArgs
        {
            X = memory.Pointer<float>(from), Head = head is { } given ? memory.Pointer<float>(given) : null, Y = memory.Pointer<float>(to), Past = memory.Pointer<float>(past),
            Clock = memory.Pointer<long>(clock), Outer = (int)split.Outer, Inner = (int)split.Inner, XColumns = (int)split.Axis, New = s.New, HeadColumns = s.Before,
            Runs = s.Runs, Rest = s.Rest, Tail = s.Tail, Phases = s.Phases, Scale = scale,
        });
    }

    /// <summary>The attributes, checked.</summary>
    readonly record struct Sizes(int Axis, int New, int Runs, int Rest, int Tail, int Phases, int Before, Kernels.KernelFamily<RunningArgs> Family)
    {
        public static Sizes Of(OperatorCall call)
        {
            var (axis, head) = HistoryOperator.AxisAndHead(call);
            var x = call.Input(X, ElementType.Float32);
            int columns = x.Shape[axis], fresh = call.Attributes.Int("new", columns), length = call.RequireInt("length");
            var family = call.Choice("kind", "sum", "max", "min") switch { "sum" => RunningKernels.Sum, "max" => RunningKernels.Maximum, _ => RunningKernels.Minimum };
            int tail = call.Attributes.Int("tail"), phases = call.Attributes.Int("phases", 1);
            if (fresh < 1 || length < fresh || tail < 0 || phases < 1 || fresh + (long)tail > columns)
                throw call.Fail($"new {fresh}, length {length}, tail {tail} and phases {phases} do not fit {columns} columns");
            var sizes = new Sizes(axis, fresh, length / fresh, length % fresh, tail, phases, head, family);
            if ((double)phases * (x.Count / columns) * 2 * sizes.Runs > GraphChecker.MaxTensorBytes / sizeof(float)) throw call.Fail("the line is too large");
            return sizes;
        }
    }
}
