using System.Collections.Immutable;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels.Movement;

namespace EdgeQinn.Runtime.Operators.Streaming;

/// <summary>
/// The one operator with a memory: it appends columns (slices across <c>axis</c>) to a line that outlives the run, and gives columns of that line back.
/// <see cref="EdgeQinn.Runtime.Streaming.StreamModel"/> makes networks over streams with it; files do not hold it.
/// </summary>
sealed unsafe class HistoryOperator : Operator
{
    public const string OperatorName = "History";

    /// <summary>X, whose first <c>new</c> columns join the line; optionally columns to put before the line's.</summary>
    const int X = 0, Head = 1;

    public override string Name => OperatorName;

    public override bool IsStateful => true;

    public override ImmutableArray<TensorType> Infer(OperatorCall call)
    {
        var x = call.Input(X);
        var sizes = Sizes.Of(call);
        return [x with { Shape = x.Shape.SetItem(sizes.Axis, checked(sizes.Before + sizes.Length + sizes.Tail)) }];
    }

    public override void Plan(OperatorCall call, StepPlanner planner)
    {
        var x = call.Input(X);
        var s = Sizes.Of(call);
        int rows = checked((int)AxisSplit.Product(x.Shape.AsSpan()[..s.Axis])), column = checked((int)AxisSplit.Product(x.Shape.AsSpan()[(s.Axis + 1)..]) * x.Element.Size());
        int capacity = Math.Max(0, s.Length + s.Lag - s.New);
        BufferRef from = planner.Input(X), to = planner.Output(0), clock = planner.Clock();
        BufferRef rings = planner.State((long)s.Phases * rows * capacity * column);
        BufferRef? head = s.Before > 0 ? planner.Input(Head) : null;
        long skip = call.Attributes.Int("skip");
        float fill = call.Attributes.Float("fill");
        planner.Step(planner.Select(HistoryKernels.Family), (ref HistoryArgs args, SessionMemory memory) => args = new HistoryArgs
        {
            X = memory.Pointer<byte>(from), Head = head is { } given ? memory.Pointer<byte>(given) : null, Y = memory.Pointer<byte>(to),
            Rings = memory.Pointer<byte>(rings), Clock = memory.Pointer<long>(clock), Rows = rows, XColumns = x.Shape[s.Axis], New = s.New, HeadColumns = s.Before,
            Length = s.Length, Lag = s.Lag, Tail = s.Tail, Capacity = capacity, Phases = s.Phases, ColumnBytes = column, Skip = skip, Fill = fill,
        });
    }

    /// <summary>The time axis, and the columns of the optional second input, which must fit the first.</summary>
    internal static (int Axis, int Head) AxisAndHead(OperatorCall call)
    {
        call.RequireInputs(1, 2);
        var x = call.Input(X);
        int axis = call.Axis(call.RequireInt("axis"), x.Rank);
        if (x.Count == 0) throw call.Fail($"{x} is empty");
        if (!call.Has(Head)) return (axis, 0);
        var before = call.Input(Head, x.Element);
        if (before.Rank != x.Rank || !before.Shape.SetItem(axis, x.Shape[axis]).AsSpan().SequenceEqual(x.Shape.AsSpan())) throw call.Fail($"inputs {x} and {before} differ outside axis {axis}");
        return (axis, before.Shape[axis]);
    }

    /// <summary>The attributes, checked.</summary>
    readonly record struct Sizes(int Axis, int New, int Length, int Lag, int Tail, int Phases, int Before)
    {
        public static Sizes Of(OperatorCall call)
        {
            var (axis, head) = AxisAndHead(call);
            var x = call.Input(X);
            int columns = x.Shape[axis];
            var sizes = new Sizes(axis, call.Attributes.Int("new", columns), call.RequireInt("length"), call.Attributes.Int("lag"), call.Attributes.Int("tail"),
                call.Attributes.Int("phases", 1), head);
            if (sizes.New < 1 || sizes.Length < 0 || sizes.Lag < 0 || sizes.Tail < 0 || sizes.Phases < 1 || sizes.New + (long)sizes.Tail > columns)
                throw call.Fail($"new {sizes.New}, length {sizes.Length}, lag {sizes.Lag}, tail {sizes.Tail} and phases {sizes.Phases} do not fit {columns} columns");
            if (call.Attributes.Int("skip") < 0) throw call.Fail("skip must not be negative");
            if (call.Attributes.Float("fill") != 0 && x.Element != ElementType.Float32) throw call.Fail($"fill other than 0 needs float32, not {x}");
            long ring = Math.Max(0, sizes.Length + (long)sizes.Lag - sizes.New);
            if (ring * sizes.Phases > GraphChecker.MaxTensorBytes / Math.Max(1, x.ByteLength / Math.Max(1, columns))) throw call.Fail("the line is too large");
            return sizes;
        }
    }
}
