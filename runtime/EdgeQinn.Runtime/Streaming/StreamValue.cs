using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Streaming;

/// <summary>
/// A value of the network whose columns (slices across its time axis) are shared from one window to the next. Columns are numbered as in the window that ends at
/// this hop: 0 is the window's first. Those from <see cref="Left"/> to <see cref="End"/> − 1 depend on samples alone and are computed once: in this run the
/// last <see cref="New"/> of them. Those before and after depend on padding at the window's ends, and are computed anew in every run.
/// </summary>
/// <param name="Type">Its type in the network over windows.</param>
/// <param name="Axis">The time axis.</param>
/// <param name="Stride">Samples from one column to the next.</param>
/// <param name="New">Columns per run that are computed for good.</param>
/// <param name="Phases">
/// Where the hop is no multiple of <paramref name="Stride"/>, windows share columns only with every so-manieth window before: there are as many lines of columns.
/// </param>
/// <param name="Left">Columns that depend on padding at the window's start; 0 in a continuous stream.</param>
/// <param name="End">The first column that depends on what comes after the window's end.</param>
/// <param name="Fresh">In the hop's network: a value with the new columns, then those from <paramref name="End"/> to the window's last.</param>
/// <param name="LeftColumns">In the hop's network: a value that begins with columns 0 … <paramref name="Left"/> − 1; −1 where there are none.</param>
/// <param name="FreshAt">
/// Where in <paramref name="Fresh"/> the new columns begin: above 0, both kinds of columns come from one run and are one value, with columns between that mean nothing.
/// </param>
sealed record StreamValue(TensorType Type, int Axis, int Stride, int New, int Phases, int Left, int End, int Fresh, int LeftColumns, int FreshAt = 0)
{
    /// <summary>Whether <paramref name="other"/> has the same columns at the same places.</summary>
    public bool IsLaidOutAs(StreamValue other) =>
        (Stride, New, Phases, Left, End, FreshAt, Columns) == (other.Stride, other.New, other.Phases, other.Left, other.End, other.FreshAt, other.Columns);

    /// <summary>Columns in a window.</summary>
    public int Columns => Type.Shape[Axis];
}

/// <summary>How a sliding operator (convolution, pool, padding, cropping) reaches along the time axis: output column c reads input columns c·Step − Begin … + Span − 1.</summary>
/// <param name="Step">Input columns from one output column to the next.</param>
/// <param name="Span">Input columns from the first to the last that an output column reads.</param>
/// <param name="Begin">Columns of padding before the input; negative where the input is cropped.</param>
readonly record struct Reach(int Step, int Span, int Begin);
