using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Operators.Streaming;

/// <summary>Where the columns lie that an operator with a memory takes from its inputs, checked.</summary>
/// <param name="Axis">The time axis.</param>
/// <param name="First">The column of X that is the first new one (attribute <c>first</c>).</param>
/// <param name="New">New columns (<c>new</c>; all that follow where absent).</param>
/// <param name="Tail">Columns that follow the new ones and are not remembered (<c>tail</c>).</param>
/// <param name="Phases">Lines of columns, taken in turn (<c>phases</c>).</param>
/// <param name="HeadFirst">The column of the optional second input that is taken first (<c>head_first</c>).</param>
/// <param name="HeadColumns">Columns taken of it (<c>head_columns</c>; all that follow where absent); 0 where there is none.</param>
/// <param name="HeadPitch">Columns it has.</param>
readonly record struct StreamParts(int Axis, int First, int New, int Tail, int Phases, int HeadFirst, int HeadColumns, int HeadPitch)
{
    /// <summary>Reads and checks a call's attributes and inputs.</summary>
    public static StreamParts Of(OperatorCall call)
    {
        call.RequireInputs(1, 2);
        var x = call.Input(HistoryOperator.X);
        int axis = call.Axis(call.RequireInt("axis"), x.Rank);
        if (x.Count == 0) throw call.Fail($"{x} is empty");
        int columns = x.Shape[axis], first = call.Attributes.Int("first"), fresh = call.Attributes.Int("new", columns - first);
        int tail = call.Attributes.Int("tail"), phases = call.Attributes.Int("phases", 1);
        if (first < 0 || fresh < 1 || tail < 0 || phases < 1 || first + (long)fresh + tail > columns)
            throw call.Fail($"first {first}, new {fresh}, tail {tail} and phases {phases} do not fit {columns} columns");
        if (!call.Has(HistoryOperator.Head)) return new(axis, first, fresh, tail, phases, 0, 0, 0);

        var before = call.Input(HistoryOperator.Head, x.Element);
        if (before.Rank != x.Rank || !before.Shape.SetItem(axis, columns).AsSpan().SequenceEqual(x.Shape.AsSpan())) throw call.Fail($"inputs {x} and {before} differ outside axis {axis}");
        int pitch = before.Shape[axis], headFirst = call.Attributes.Int("head_first"), head = call.Attributes.Int("head_columns", pitch - headFirst);
        if (headFirst < 0 || head < 0 || headFirst + (long)head > pitch) throw call.Fail($"head_first {headFirst} and head_columns {head} do not fit {pitch} columns");
        return new(axis, first, fresh, tail, phases, headFirst, head, pitch);
    }
}
