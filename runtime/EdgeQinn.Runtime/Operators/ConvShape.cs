using System.Collections.Immutable;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Operators;

/// <summary>
/// The sizes of a convolution, transposed or not, over depth, height and width (absent axes are 1). A transposed convolution is the
/// convolution, with stride 1 and the kernel turned round, of the input spread out with stride − 1 zeros between its elements.
/// </summary>
sealed class ConvShape
{
    const int Axes = 3;

    readonly OperatorCall _call;

    ConvShape(OperatorCall call, bool transposed)
    {
        _call = call;
        var x = call.Input(0, ElementType.Float32);
        var w = call.Input(1, ElementType.Float32);
        SpatialRank = x.Rank - 2;
        if (SpatialRank is < 1 or > Axes) throw call.Fail($"input 0 is {x}, expected [batch, channels, and 1 to {Axes} axes]");
        if (w.Rank != x.Rank) throw call.Fail($"weights {w} do not have the rank of the input {x}");
        Transposed = transposed;
        Group = call.Attributes.Int("group", 1);
        (Batch, InChannels) = (x.Shape[0], x.Shape[1]);
        if (Group < 1 || InChannels < 1 || InChannels % Group != 0) throw call.Fail($"{InChannels} channels do not split into {Group} groups");
        if (transposed)
        {
            if (w.Shape[0] != InChannels) throw call.Fail($"weights {w} are not for {InChannels} channels");
            OutChannels = checked(w.Shape[1] * Group);
        }
        else
        {
            OutChannels = w.Shape[0];
            if (w.Shape[1] != InChannels / Group) throw call.Fail($"weights {w} are not for {InChannels} channels in {Group} groups");
            if (OutChannels % Group != 0) throw call.Fail($"{OutChannels} output channels do not split into {Group} groups");
        }
        if (OutChannels < 1) throw call.Fail($"weights {w} make no output channel");
        if (call.Has(2) && (call.Input(2, ElementType.Float32).Rank != 1 || call.Input(2).Shape[0] != OutChannels))
            throw call.Fail($"bias {call.Input(2)} does not have {OutChannels} elements");

        int lead = Axes - SpatialRank;
        for (int i = 0; i < SpatialRank; i++) (In[lead + i], Kernel[lead + i]) = (x.Shape[2 + i], w.Shape[2 + i]);
        foreach (int k in Kernel)
            if (k < 1) throw call.Fail($"weights {w} have an empty kernel");
        var declared = call.Attributes.Ints("kernel_shape");
        if (!declared.IsDefault && !declared.AsSpan().SequenceEqual(Kernel.AsSpan(lead)))
            throw call.Fail($"kernel_shape is not that of the weights {w}");
    }

    public bool Transposed { get; }

    public int Batch { get; }

    public int Group { get; }

    public int InChannels { get; }

    public int OutChannels { get; }

    public int SpatialRank { get; }

    public int[] In { get; } = [1, 1, 1];

    public int[] Kernel { get; } = [1, 1, 1];

    public int[] Out { get; } = [1, 1, 1];

    public int[] Stride { get; } = [1, 1, 1];

    public int[] Dilation { get; } = [1, 1, 1];

    /// <summary>Zeros before the (spread) input; negative where it is cropped.</summary>
    public int[] Begin { get; } = [0, 0, 0];

    /// <summary>Distance between neighbouring input elements.</summary>
    public int[] Spread { get; } = [1, 1, 1];

    public int InPerGroup => InChannels / Group;

    public int OutPerGroup => OutChannels / Group;

    public int KernelCount => Kernel[0] * Kernel[1] * Kernel[2];

    public int Taps => checked(InPerGroup * KernelCount);

    /// <summary>Outputs per channel.</summary>
    public int OutCount => Out[0] * Out[1] * Out[2];

    /// <summary>An error that names the node.</summary>
    public GraphException Fail(string reason) => _call.Fail(reason);

    /// <summary>The output's type where <paramref name="pool"/> neighbours of the last axis become one.</summary>
    public TensorType OutType(int pool)
    {
        var shape = ImmutableArray.CreateBuilder<int>(SpatialRank + 2);
        shape.Add(Batch);
        shape.Add(OutChannels);
        for (int i = Axes - SpatialRank; i < Axes; i++) shape.Add(i == Axes - 1 ? Out[i] / pool : Out[i]);
        return new TensorType(ElementType.Float32, shape.MoveToImmutable());
    }

    /// <summary>The sizes of a <c>Conv</c> node.</summary>
    public static ConvShape OfConv(OperatorCall call)
    {
        var shape = new ConvShape(call, transposed: false);
        var (strides, dilations, pads) = shape.Window(call);
        string auto = call.Attributes.Text("auto_pad", "NOTSET");
        for (int i = 0, a = Axes - shape.SpatialRank; i < shape.SpatialRank; i++, a++)
        {
            long window = (shape.Kernel[a] - 1L) * dilations[i] + 1;
            var (begin, end) = ((long)pads[i], (long)pads[shape.SpatialRank + i]);
            if (auto is "SAME_UPPER" or "SAME_LOWER")
            {
                long total = Math.Max(0, ((shape.In[a] + strides[i] - 1L) / strides[i] - 1) * strides[i] + window - shape.In[a]);
                begin = auto == "SAME_UPPER" ? total / 2 : total - total / 2;
                end = total - begin;
            }
            long padded = shape.In[a] + begin + end;
            if (padded < window) throw call.Fail($"the kernel spans {window} elements of an axis that has {padded} with padding");
            shape.Set(call, a, strides[i], dilations[i], (padded - window) / strides[i] + 1, begin, 1);
        }
        return shape;
    }

    /// <summary>The sizes of a <c>ConvTranspose</c> node.</summary>
    public static ConvShape OfTranspose(OperatorCall call)
    {
        var shape = new ConvShape(call, transposed: true);
        int rank = shape.SpatialRank;
        var (strides, dilations, pads) = shape.Window(call);
        string auto = call.Attributes.Text("auto_pad", "NOTSET");
        var extra = List(call, "output_padding", rank, 0, 0);
        var wanted = call.Attributes.Ints("output_shape");
        if (!wanted.IsDefault && wanted.Length != rank) throw call.Fail($"output_shape has {wanted.Length} values, expected {rank}");
        for (int i = 0, a = Axes - rank; i < rank; i++, a++)
        {
            long window = (shape.Kernel[a] - 1L) * dilations[i] + 1, full = strides[i] * (shape.In[a] - 1L) + extra[i] + window;
            var (begin, end) = ((long)pads[i], (long)pads[rank + i]);
            if (!wanted.IsDefault || auto is "SAME_UPPER" or "SAME_LOWER")
            {
                long total = full - (wanted.IsDefault ? (long)shape.In[a] * strides[i] : wanted[i]);
                if (wanted.IsDefault) total = Math.Max(0, total);
                begin = auto == "SAME_UPPER" ? total / 2 : total - total / 2;
                end = total - begin;
            }
            if (full - begin - end < 1) throw call.Fail("the output would be empty");
            shape.Set(call, a, 1, dilations[i], full - begin - end, window - 1 - begin, strides[i]);
        }
        return shape;
    }

    (ImmutableArray<int> Strides, ImmutableArray<int> Dilations, ImmutableArray<int> Pads) Window(OperatorCall call) =>
        (List(call, "strides", SpatialRank, 1, 1), List(call, "dilations", SpatialRank, 1, 1), List(call, "pads", 2 * SpatialRank, 0, 0));

    static ImmutableArray<int> List(OperatorCall call, string name, int length, int otherwise, int least)
    {
        var values = call.Attributes.Ints(name);
        if (values.IsDefault) return [.. Enumerable.Repeat(otherwise, length)];
        if (values.Length != length) throw call.Fail($"{name} has {values.Length} values, expected {length}");
        foreach (int v in values)
            if (v < least) throw call.Fail($"{name} has {v}, expected at least {least}");
        return values;
    }

    void Set(OperatorCall call, int axis, int stride, int dilation, long length, long begin, int spread)
    {
        if (length > GraphChecker.MaxTensorBytes || Math.Abs(begin) > GraphChecker.MaxTensorBytes) throw call.Fail("padding or output is too large");
        (Stride[axis], Dilation[axis], Out[axis], Begin[axis], Spread[axis]) = (stride, dilation, (int)length, (int)begin, spread);
    }
}
