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

    const int X = HistoryOperator.X, Head = HistoryOperator.Head;

    public override string Name => OperatorName;

    public override bool IsStateful => true;

    public override ImmutableArray<TensorType> Infer(OperatorCall call) => [call.Input(X) with { Shape = call.Input(X).Shape.SetItem(Sizes.Of(call).Parts.Axis, 1) }];

    public override void Plan(OperatorCall call, StepPlanner planner)
    {
        var (parts, runs, rest, family) = Sizes.Of(call);
        var split = AxisSplit.At(call.Input(X), parts.Axis);
        long column = split.Inner * sizeof(float);
        BufferRef from = planner.Input(X).Plus(parts.First * column), to = planner.Output(0), clock = planner.Clock();
        BufferRef past = planner.State(parts.Phases * split.Outer * split.Inner * (2 * runs + 1) * sizeof(float));
        BufferRef? head = parts.HeadColumns > 0 ? planner.Input(Head).Plus(parts.HeadFirst * column) : null;
        float scale = call.Attributes.Float("scale", 1);
        planner.Step(planner.Select(family), (ref RunningArgs args, SessionMemory memory) => args = new RunningArgs
        {
            X = memory.Pointer<float>(from), Head = head is { } given ? memory.Pointer<float>(given) : null, Y = memory.Pointer<float>(to), Past = memory.Pointer<float>(past),
            Clock = memory.Pointer<long>(clock), Outer = (int)split.Outer, Inner = (int)split.Inner, XColumns = (int)split.Axis, New = parts.New,
            HeadColumns = parts.HeadColumns, HeadPitch = parts.HeadPitch, Runs = runs, Rest = rest, Tail = parts.Tail, Phases = parts.Phases, Scale = scale,
        });
    }

    /// <summary>The attributes, checked.</summary>
    /// <param name="Parts">Where columns lie.</param>
    /// <param name="Runs">Runs whose columns all count.</param>
    /// <param name="Rest">Columns that count of the run before those.</param>
    /// <param name="Family">What reduces.</param>
    readonly record struct Sizes(StreamParts Parts, int Runs, int Rest, Kernels.KernelFamily<RunningArgs> Family)
    {
        public static Sizes Of(OperatorCall call)
        {
            var parts = StreamParts.Of(call);
            var x = call.Input(X, ElementType.Float32);
            int length = call.RequireInt("length");
            var family = call.Choice("kind", "sum", "max", "min") switch { "sum" => RunningKernels.Sum, "max" => RunningKernels.Maximum, _ => RunningKernels.Minimum };
            if (length < parts.New) throw call.Fail($"length {length} is less than the {parts.New} new columns");
            var sizes = new Sizes(parts, length / parts.New, length % parts.New, family);
            if ((double)parts.Phases * (x.Count / x.Shape[parts.Axis]) * (2.0 * sizes.Runs + 1) > GraphChecker.MaxTensorBytes / sizeof(float)) throw call.Fail("the line is too large");
            return sizes;
        }
    }
}
