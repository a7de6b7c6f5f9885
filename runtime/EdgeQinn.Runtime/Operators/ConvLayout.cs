using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Kernels;

namespace EdgeQinn.Runtime.Operators;

/// <summary>
/// Where a convolution's kernel finds its input: the padded volume [planes, D, H, phases, pitch] that <see cref="ConvPad"/> makes (or
/// the input itself, where it already has that form), and in it each window's start and each tap's distance from it.
/// </summary>
sealed class ConvLayout
{
    readonly ConvShape _shape;
    readonly int[] _in, _out;
    readonly int _d, _h, _phases, _pitch, _fold;

    /// <param name="shape">The convolution.</param>
    /// <param name="lanes">The vector length along the last axis: rows are readable for a whole number of vectors.</param>
    /// <param name="split">Whether elements a stride apart must be neighbours.</param>
    /// <param name="fold">Consecutive outputs of the last axis that share a lane (to be pooled), so that elements fold·stride apart must be neighbours.</param>
    public ConvLayout(ConvShape shape, int lanes, bool split, int fold = 1)
    {
        (_shape, _fold) = (shape, fold);
        bool pointwise = shape.KernelCount == 1 && shape.Stride.All(s => s == 1) && shape.Begin.All(b => b == 0)
            && shape.Spread.All(s => s == 1) && shape.Out.AsSpan().SequenceEqual(shape.In);
        _in = pointwise ? [1, 1, shape.OutCount] : shape.In;
        _out = pointwise ? _in : shape.Out;
        _phases = split ? shape.Stride[2] * fold : 1;
        SlotsPerRow = (OutPerRow + lanes - 1) / lanes;
        long reach = (shape.Kernel[2] - 1L) * shape.Dilation[2] + (fold - 1L) * shape.Stride[2], along = (long)SlotsPerRow * lanes;
        long pitch = split ? reach / _phases + along : reach + (along - 1) * shape.Stride[2] + 1;
        long d = Extent(0), h = Extent(1);
        InPlace = _phases == 1 && shape.Begin.All(b => b == 0) && shape.Spread.All(s => s == 1) && d <= _in[0] && h <= _in[1] && pitch <= _in[2];
        if (InPlace) (d, h, pitch) = (_in[0], _in[1], _in[2]);
        if ((double)d * h * _phases * pitch * shape.InChannels * Math.Max(1, shape.Batch) > GraphChecker.MaxTensorBytes / sizeof(float))
            throw shape.Fail("the padded input is too large");
        (_d, _h, _pitch, PlaneLength) = ((int)d, (int)h, (int)pitch, (int)(d * h * _phases * pitch));
    }

    /// <summary>Whether the kernel can read the input as it is.</summary>
    public bool InPlace { get; }

    /// <summary>Elements of one channel of one image.</summary>
    public int PlaneLength { get; }

    /// <summary>Vectors per row of the output.</summary>
    public int SlotsPerRow { get; }

    /// <summary>Rows of the output.</summary>
    public int OutRows => _out[0] * _out[1];

    /// <summary>Outputs per row, after folding.</summary>
    public int OutPerRow => _out[2] / _fold;

    /// <summary>Fills in the pass that makes the volume, but for its pointers.</summary>
    public ConvPadArgs Pad() => new()
    {
        Planes = _shape.Batch * _shape.InChannels,
        InD = _in[0], InH = _in[1], InW = _in[2],
        OutD = _d, OutH = _h, Phases = _phases, Pitch = _pitch,
        BeginD = _shape.Begin[0], BeginH = _shape.Begin[1], BeginW = _shape.Begin[2],
        SpreadD = _shape.Spread[0], SpreadH = _shape.Spread[1], SpreadW = _shape.Spread[2],
    };

    /// <summary>Each tap's distance from the start of its window; [output of a lane, channel of the group, kernel], taps in the order of the weights.</summary>
    public int[] Offsets()
    {
        var offsets = new int[_fold * _shape.Taps];
        int tap = 0;
        for (int f = 0; f < _fold; f++)
            for (int c = 0; c < _shape.InPerGroup; c++)
                for (int d = 0; d < _shape.Kernel[0]; d++)
                    for (int h = 0; h < _shape.Kernel[1]; h++)
                        for (int w = 0; w < _shape.Kernel[2]; w++)
                        {
                            int along = w * _shape.Dilation[2] + f * _shape.Stride[2];
                            int row = Row(d * _shape.Dilation[0], h * _shape.Dilation[1]);
                            offsets[tap++] = c * PlaneLength + row + along % _phases * _pitch + along / _phases;
                        }
        return offsets;
    }

    /// <summary>Where the window of output <paramref name="w"/> of row <paramref name="row"/> starts.</summary>
    public int WindowStart(int row, int w)
    {
        var (d, h) = Math.DivRem(row, _out[1]);
        return Row(d * _shape.Stride[0], h * _shape.Stride[1]) + (_phases > 1 ? w : w * _shape.Stride[2]);
    }

    int Row(int d, int h) => (d * _h + h) * _phases * _pitch;

    long Extent(int axis) => (_out[axis] - 1L) * _shape.Stride[axis] + (_shape.Kernel[axis] - 1L) * _shape.Dilation[axis] + 1;
}
