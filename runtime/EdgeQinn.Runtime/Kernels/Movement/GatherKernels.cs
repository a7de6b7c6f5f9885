using System.Numerics;

namespace EdgeQinn.Runtime.Kernels.Movement;

/// <summary>y[o, j, …] = x[o, indices[j], …] with x: [Outer, Axis, Inner], y: [Outer, Count, Inner]. Negative indices count from the end; one outside reads as 0.</summary>
unsafe struct GatherArgs
{
    public void* X, Indices, Y;
    public long Outer, Axis, Inner, Count;
}

static unsafe class GatherKernels
{
    static readonly KernelFamily<GatherArgs>[] Int32 = [Family<byte, int>(), Family<ushort, int>(), Family<uint, int>(), Family<ulong, int>()];
    static readonly KernelFamily<GatherArgs>[] Int64 = [Family<byte, long>(), Family<ushort, long>(), Family<uint, long>(), Family<ulong, long>()];

    public static IEnumerable<KernelFamily> All => [.. Int32, .. Int64];

    public static KernelFamily<GatherArgs> Get(int elementSize, bool wideIndices) => (wideIndices ? Int64 : Int32)[int.Log2(elementSize)];

    static KernelFamily<GatherArgs> Family<T, I>() where T : unmanaged where I : unmanaged, IBinaryInteger<I> =>
        new($"gather.b{sizeof(T) * 8}.i{sizeof(I) * 8}", "y[o, j, …] = x[o, indices[j], …]", &Run<T, I>);

    static void Run<T, I>(GatherArgs* a) where T : unmanaged where I : unmanaged, IBinaryInteger<I>
    {
        T* x = (T*)a->X, y = (T*)a->Y;
        I* indices = (I*)a->Indices;
        for (long o = 0; o < a->Outer; o++, x += a->Axis * a->Inner)
            for (long j = 0; j < a->Count; j++, y += a->Inner)
            {
                long index = IndexRule.Resolve(indices[j], a->Axis);
                if (a->Inner == 1) *y = index < 0 ? default : x[index];
                else if (index < 0) new Span<T>(y, (int)a->Inner).Clear();
                else new Span<T>(x + index * a->Inner, (int)a->Inner).CopyTo(new Span<T>(y, (int)a->Inner));
            }
    }
}

/// <summary>What an index in data means.</summary>
static class IndexRule
{
    /// <summary>The position along an axis of <paramref name="extent"/>; −1 for an index outside.</summary>
    public static long Resolve<I>(I index, long extent) where I : unmanaged, IBinaryInteger<I>
    {
        long i = long.CreateTruncating(index);
        if (i < 0) i += extent;
        return (ulong)i < (ulong)extent ? i : -1;
    }
}
