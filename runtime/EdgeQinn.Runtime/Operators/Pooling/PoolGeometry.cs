using System.Collections.Immutable;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels.Pooling;

namespace EdgeQinn.Runtime.Operators.Pooling;

/// <summary>Where a pool's windows lie: X is [N, C, D₁ … Dₖ], k ≤ 3.</summary>
sealed class PoolGeometry
{
    readonly ImmutableArray<int> _in, _kernel, _strides, _dilations, _pads;
    readonly int[] _out;

    PoolGeometry(OperatorCall call, TensorType x, ImmutableArray<int> kernel, ImmutableArray<int> strides, ImmutableArray<int> dilations, ImmutableArray<int> pads, bool ceil)
    {
        (_in, _kernel, _strides, _dilations, _pads) = (x.Shape[2..], kernel, strides, dilations, pads);
        _out = new int[_in.Length];
        for (int axis = 0; axis < _out.Length; axis++) _out[axis] = Extent(call, axis, ceil);
        Output = x with { Shape = [x.Shape[0], x.Shape[1], .. _out] };
        Planes = (long)x.Shape[0] * x.Shape[1];
    }

    /// <summary>The type of the output.</summary>
    public TensorType Output { get; }

    long Planes { get; }

    /// <summary>The geometry that the attributes <c>kernel_shape</c>, <c>strides</c>, <c>pads</c>, <c>dilations</c> and <c>ceil_mode</c> tell.</summary>
    public static PoolGeometry FromAttributes(OperatorCall call, TensorType x)
    {
        int axes = SpatialAxes(call, x);
        return new(call, x, call.RequireInts("kernel_shape", axes), call.IntsOr("strides", axes, 1), call.IntsOr("dilations", axes, 1),
            call.IntsOr("pads", 2 * axes, 0), call.Flag("ceil_mode"));
    }

    /// <summary>One window over everything.</summary>
    public static PoolGeometry Global(OperatorCall call, TensorType x)
    {
        int axes = SpatialAxes(call, x);
        ImmutableArray<int> ones = [.. Enumerable.Repeat(1, axes)], zeros = [.. Enumerable.Repeat(0, 2 * axes)];
        if (x.Shape[2..].Contains(0)) throw call.Fail($"{x} has nothing to pool");
        return new(call, x, x.Shape[2..], ones, ones, zeros, false);
    }

    /// <summary>Writes the geometry into a kernel's argument block.</summary>
    public unsafe void Fill(ref PoolArgs args)
    {
        args.Planes = Planes;
        int missing = PoolArgs.Axes - _in.Length;
        for (int i = 0; i < PoolArgs.Axes; i++)
        {
            int axis = i - missing;
            bool given = axis >= 0;
            args.In[i] = given ? _in[axis] : 1;
            args.Out[i] = given ? _out[axis] : 1;
            args.Kernel[i] = given ? _kernel[axis] : 1;
            args.Stride[i] = given ? _strides[axis] : 1;
            args.Dilation[i] = given ? _dilations[axis] : 1;
            args.Pad[i] = given ? _pads[axis] : 0;
        }
    }

    static int SpatialAxes(OperatorCall call, TensorType x) =>
        x.Rank is >= 3 and <= 2 + PoolArgs.Axes ? x.Rank - 2 : throw call.Fail($"input {x} must have rank 3 to {2 + PoolArgs.Axes}");

    int Extent(OperatorCall call, int axis, bool ceil)
    {
        int kernel = _kernel[axis], stride = _strides[axis], dilation = _dilations[axis], begin = _pads[axis], end = _pads[_in.Length + axis];
        if (kernel < 1 || stride < 1 || dilation < 1 || begin < 0 || end < 0)
            throw call.Fail($"axis {axis}: kernel {kernel}, stride {stride} and dilation {dilation} must be positive, pads {begin} and {end} not negative");
        long window = (kernel - 1L) * dilation + 1, room = (long)_in[axis] + begin + end - window;
        if (room < 0) throw call.Fail($"axis {axis}: a window of {window} does not fit {_in[axis]} elements padded by {begin} and {end}");
        long extent = (ceil ? (room + stride - 1) / stride : room / stride) + 1;
        // A last window that would begin in the padding at the end is left out.
        if (ceil && (extent - 1) * stride >= (long)_in[axis] + begin) extent--;
        return checked((int)extent);
    }
}
