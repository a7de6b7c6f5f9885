using System.Numerics;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels.Normalization;

/// <summary>Factor and offset of each channel: Factor = scale / √(variance + ε), Offset = bias − mean · Factor.</summary>
unsafe struct BatchNormFoldArgs
{
    public void* Scale, Bias, Mean, Variance, Factor, Offset;
    public long Channels;
    public float Epsilon;
}

/// <summary>y[o, c, i] = x[o, c, i] · Factor[c] + Offset[c]. y may be x.</summary>
unsafe struct ChannelAffineArgs
{
    public void* X, Factor, Offset, Y;
    public long Outer, Channels, Inner;
}

/// <summary>Batch normalisation in inference: fold the statistics once, then one multiply-add per element.</summary>
static unsafe class BatchNormKernels
{
    public static KernelFamily<BatchNormFoldArgs> Fold(ElementType type) => NumberTypes.VisitFloat<FoldVisitor, KernelFamily<BatchNormFoldArgs>>(type, default);

    public static KernelFamily<ChannelAffineArgs> Affine(ElementType type) =>
        type == ElementType.Float32 ? Affine32 : NumberTypes.VisitFloat<AffineVisitor, KernelFamily<ChannelAffineArgs>>(type, default);

    const string AffineContract = "y[o, c, i] = x[o, c, i] · factor[c] + offset[c]";

    static KernelFamily<ChannelAffineArgs> Affine32 { get; } = new KernelFamily<ChannelAffineArgs>("channelaffine.f32", AffineContract, &RunAffine<float>)
        .With(Isa.Vector128, &RunAffineLanes<Lanes4>).With(Isa.Avx2, Cpu.HasAvx2 ? &RunAffineLanes<Lanes8> : null).With(Isa.Avx512, Cpu.HasAvx512 ? &RunAffineLanes<Lanes16> : null);

    static void RunFold<T>(BatchNormFoldArgs* a) where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (long c = 0; c < a->Channels; c++)
        {
            double variance = double.CreateTruncating(((T*)a->Variance)[c]);
            double factor = double.CreateTruncating(((T*)a->Scale)[c]) / Math.Sqrt(variance + a->Epsilon);
            ((T*)a->Factor)[c] = T.CreateTruncating(factor);
            ((T*)a->Offset)[c] = T.CreateTruncating(double.CreateTruncating(((T*)a->Bias)[c]) - double.CreateTruncating(((T*)a->Mean)[c]) * factor);
        }
    }

    static void RunAffine<T>(ChannelAffineArgs* a) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T* x = (T*)a->X, y = (T*)a->Y, factor = (T*)a->Factor, offset = (T*)a->Offset;
        for (long o = 0; o < a->Outer; o++)
            for (long c = 0; c < a->Channels; c++, x += a->Inner, y += a->Inner)
                for (long i = 0; i < a->Inner; i++) y[i] = x[i] * factor[c] + offset[c];
    }

    // Lane i holds element i of a channel's run; a single element per channel puts channels on the lanes instead.
    static void RunAffineLanes<V>(ChannelAffineArgs* a) where V : unmanaged, ILanes<V>
    {
        float* x = (float*)a->X, y = (float*)a->Y, factor = (float*)a->Factor, offset = (float*)a->Offset;
        bool acrossChannels = a->Inner == 1;
        long rows = acrossChannels ? a->Outer : a->Outer * a->Channels, n = acrossChannels ? a->Channels : a->Inner;
        for (long r = 0; r < rows; r++, x += n, y += n)
        {
            long i = 0;
            int rest;
            if (acrossChannels)
            {
                for (; i <= n - V.Count; i += V.Count) V.Store(V.MultiplyAdd(V.Load(x + i), V.Load(factor + i), V.Load(offset + i)), y + i);
                rest = (int)(n - i);
                if (rest > 0) V.StoreFirst(V.MultiplyAdd(V.LoadFirst(x + i, rest), V.LoadFirst(factor + i, rest), V.LoadFirst(offset + i, rest)), y + i, rest);
                continue;
            }
            V f = V.Create(factor[r % a->Channels]), b = V.Create(offset[r % a->Channels]);
            for (; i <= n - V.Count; i += V.Count) V.Store(V.MultiplyAdd(V.Load(x + i), f, b), y + i);
            rest = (int)(n - i);
            if (rest > 0) V.StoreFirst(V.MultiplyAdd(V.LoadFirst(x + i, rest), f, b), y + i, rest);
        }
    }

    static class Families<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        public static readonly KernelFamily<BatchNormFoldArgs> Fold =
            new($"batchnormfold.{ElementTypes.Of<T>().Short()}", "factor = scale / √(variance + ε), offset = bias − mean · factor", &RunFold<T>);

        public static readonly KernelFamily<ChannelAffineArgs> Affine = new($"channelaffine.{ElementTypes.Of<T>().Short()}", AffineContract, &RunAffine<T>);
    }

    readonly struct FoldVisitor : IFloatVisitor<KernelFamily<BatchNormFoldArgs>>
    {
        public KernelFamily<BatchNormFoldArgs> Visit<T>() where T : unmanaged, IFloatingPointIeee754<T>, IMinMaxValue<T> => Families<T>.Fold;
    }

    readonly struct AffineVisitor : IFloatVisitor<KernelFamily<ChannelAffineArgs>>
    {
        public KernelFamily<ChannelAffineArgs> Visit<T>() where T : unmanaged, IFloatingPointIeee754<T>, IMinMaxValue<T> => Families<T>.Affine;
    }
}
