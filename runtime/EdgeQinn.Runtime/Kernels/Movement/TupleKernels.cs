using System.Numerics;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Kernels.Movement;

/// <summary>
/// Slices of x: [Batches, Extents₀ … , Inner] addressed by index tuples: [Batches, Count, Depth], and y: [Batches, Count, Inner], which hold
/// one slice of <see cref="Inner"/> elements each.
/// </summary>
unsafe struct TupleArgs
{
    public void* X, Y;
    public long* Indices;
    public long Batches, BatchStride, Count, Inner;
    public int Depth;
    public fixed long Extents[LoopNest.MaxRank], Strides[LoopNest.MaxRank];

    /// <summary>Where the slice that <paramref name="tuple"/> names begins; −1 if it lies outside.</summary>
    public readonly long Offset(long* tuple)
    {
        long offset = 0;
        for (int d = 0; d < Depth; d++)
        {
            long index = IndexRule.Resolve(tuple[d], Extents[d]);
            if (index < 0) return -1;
            offset += index * Strides[d];
        }
        return offset;
    }
}

/// <summary>GatherND and ScatterND. A tuple outside reads as 0 and is not written.</summary>
static unsafe class TupleKernels
{
    static readonly KernelFamily<TupleArgs>[] GatherBySize = [Gather<byte>(), Gather<ushort>(), Gather<uint>(), Gather<ulong>()];
    static readonly KernelFamily<TupleArgs>[] ScatterBySize = [Scatter<byte>(), Scatter<ushort>(), Scatter<uint>(), Scatter<ulong>()];

    /// <summary>The kernels whatever the number type.</summary>
    public static IEnumerable<KernelFamily> All => [.. GatherBySize, .. ScatterBySize];

    /// <summary>y[p] = x[tuple p].</summary>
    public static KernelFamily<TupleArgs> Gather(int elementSize) => GatherBySize[int.Log2(elementSize)];

    /// <summary>x[tuple p] = y[p].</summary>
    public static KernelFamily<TupleArgs> Scatter(int elementSize) => ScatterBySize[int.Log2(elementSize)];

    /// <summary>x[tuple p] = join(x[tuple p], y[p]).</summary>
    public static KernelFamily<TupleArgs> ScatterJoin<TJoin>(ElementType type) where TJoin : IJoin =>
        NumberTypes.Visit<JoinVisitor<TJoin>, KernelFamily<TupleArgs>>(type, default);

    static KernelFamily<TupleArgs> Gather<T>() where T : unmanaged => new($"gathernd.b{sizeof(T) * 8}", "y[p] = x[tuple p]", &RunGather<T>);

    static KernelFamily<TupleArgs> Scatter<T>() where T : unmanaged => new($"scatternd.b{sizeof(T) * 8}", "x[tuple p] = y[p]", &RunScatter<T>);

    static void RunGather<T>(TupleArgs* a) where T : unmanaged
    {
        T* y = (T*)a->Y;
        long* tuple = a->Indices;
        for (long b = 0; b < a->Batches; b++)
            for (long p = 0; p < a->Count; p++, tuple += a->Depth, y += a->Inner)
            {
                long offset = a->Offset(tuple);
                if (offset < 0) new Span<T>(y, (int)a->Inner).Clear();
                else new Span<T>((T*)a->X + b * a->BatchStride + offset, (int)a->Inner).CopyTo(new Span<T>(y, (int)a->Inner));
            }
    }

    static void RunScatter<T>(TupleArgs* a) where T : unmanaged
    {
        T* y = (T*)a->Y;
        long* tuple = a->Indices;
        for (long p = 0; p < a->Count; p++, tuple += a->Depth, y += a->Inner)
            if (a->Offset(tuple) is >= 0 and var offset) new Span<T>(y, (int)a->Inner).CopyTo(new Span<T>((T*)a->X + offset, (int)a->Inner));
    }

    static void RunJoin<TJoin, T>(TupleArgs* a) where TJoin : IJoin where T : unmanaged, INumber<T>
    {
        T* y = (T*)a->Y;
        long* tuple = a->Indices;
        for (long p = 0; p < a->Count; p++, tuple += a->Depth, y += a->Inner)
        {
            if (a->Offset(tuple) is not (>= 0 and var offset)) continue;
            T* x = (T*)a->X + offset;
            for (long i = 0; i < a->Inner; i++) x[i] = TJoin.Invoke(x[i], y[i]);
        }
    }

    static class JoinFamily<TJoin, T> where TJoin : IJoin where T : unmanaged, INumber<T>
    {
        public static readonly KernelFamily<TupleArgs> Value =
            new($"scatternd.{TJoin.Name}.{ElementTypes.Of<T>().Short()}", $"x[tuple p] = {TJoin.Name}(x[tuple p], y[p])", &RunJoin<TJoin, T>);
    }

    readonly struct JoinVisitor<TJoin> : INumberVisitor<KernelFamily<TupleArgs>> where TJoin : IJoin
    {
        public KernelFamily<TupleArgs> Visit<T>() where T : unmanaged, INumber<T>, IMinMaxValue<T> => JoinFamily<TJoin, T>.Value;
    }
}
