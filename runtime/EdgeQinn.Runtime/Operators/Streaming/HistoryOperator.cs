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

    /// <summary>X, whose <c>new</c> columns from column <c>first</c> on join the line; optionally columns to put before the line's, <c>head_columns</c> from <c>head_first</c> on.</summary>
    internal const int X = 0, Head = 1;

    public override string Name => OperatorName;

    public override bool IsStateful => true;

    public override ImmutableArray<TensorType> Infer(OperatorCall call)
    {
        var x = call.Input(X);
        var (parts, length, _) = Sizes.Of(call);
        return [x with { Shape = x.Shape.SetItem(parts.Axis, checked(parts.HeadColumns + length + parts.Tail)) }];
    }

    public override void Plan(OperatorCall call, StepPlanner planner)
    {
        var x = call.Input(X);
        var (parts, length, lag) = Sizes.Of(call);
        int rows = checked((int)AxisSplit.Product(x.Shape.AsSpan()[..parts.Axis])), column = checked((int)AxisSplit.Product(x.Shape.AsSpan()[(parts.Axis + 1)..]) * x.Element.Size());
        int capacity = Math.Max(0, length + lag - parts.New);
        BufferRef from = planner.Input(X).Plus((long)parts.First * column), to = planner.Output(0), clock = planner.Clock();
        BufferRef rings = planner.State((long)parts.Phases * rows * capacity * column);
        BufferRef? head = parts.HeadColumns > 0 ? planner.Input(Head).Plus((long)parts.HeadFirst * column) : null;
        long skip = call.Attributes.Int("skip");
        float fill = call.Attributes.Float("fill");
        planner.Step(planner.Select(HistoryKernels.Family), (ref HistoryArgs args, SessionMemory memory) => args = new HistoryArgs
        {
            X = memory.Pointer<byte>(from), Head = head is { } given ? memory.Pointer<byte>(given) : null, Y = memory.Pointer<byte>(to),
            Rings = memory.Pointer<byte>(rings), Clock = memory.Pointer<long>(clock), Rows = rows, XColumns = x.Shape[parts.Axis], New = parts.New,
            HeadColumns = parts.HeadColumns, HeadPitch = parts.HeadPitch,
            Length = length, Lag = lag, Tail = parts.Tail, Capacity = capacity, Phases = parts.Phases, ColumnBytes = column, Skip = skip, Fill = fill,
        });
    }

    /// <summary>The attributes, checked.</summary>
    readonly record struct Sizes(StreamParts Parts, int Length, int Lag)
    {
        public static Sizes Of(OperatorCall call)
        {
            var parts = StreamParts.Of(call);
            var x = call.Input(X);
            int axis = parts.Axis, columns = x.Shape[axis];
            var sizes = new Sizes(parts, call.RequireInt("length"), call.Attributes.Int("lag"));
            if (sizes.Length < 0 || sizes.Lag < 0) throw call.Fail($"length {sizes.Length} and lag {sizes.Lag} must not be negative");
            if (call.Attributes.Int("skip") < 0) throw call.Fail("skip must not be negative");
            if (call.Attributes.Float("fill") != 0 && x.Element != ElementType.Float32) throw call.Fail($"fill other than 0 needs float32, not {x}");
            long ring = Math.Max(0, sizes.Length + (long)sizes.Lag - parts.New);
            if (ring * parts.Phases > GraphChecker.MaxTensorBytes / Math.Max(1, x.ByteLength / Math.Max(1, columns))) throw call.Fail("the line is too large");
            return sizes;
        }
    }
}
