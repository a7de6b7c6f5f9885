using System.Numerics;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Kernels.Movement;

/// <summary>
/// Elements addressed by indices along one axis of x: x[…, indices[p], …] for every position p of the indices. The nest runs over the
/// indices; its operands are x without the axis, and the indices (with whatever has their shape).
/// </summary>
unsafe struct IndexedArgs
{
    public void* X, Y;
    public long* Indices;
    public long Axis, AxisStride;
    public LoopNest Nest;
}

/// <summary>How an update joins what is there.</summary>
interface IJoin
{
    static abstract string Name { get; }
    static abstract T Invoke<T>(T old, T update) where T : unmanaged, INumber<T>;
}

readonly struct JoinAdd : IJoin
{
    public static string Name => "add";
    public static T Invoke<T>(T old, T update) where T : unmanaged, INumber<T> => old + update;
}

readonly struct JoinMultiply : IJoin
{
    public static string Name => "mul";
    public static T Invoke<T>(T old, T update) where T : unmanaged, INumber<T> => old * update;
}

readonly struct JoinMin : IJoin
{
    public static string Name => "min";
    public static T Invoke<T>(T old, T update) where T : unmanaged, INumber<T> => T.Min(old, update);
}

readonly struct JoinMax : IJoin
{
    public static string Name => "max";
    public static T Invoke<T>(T old, T update) where T : unmanaged, INumber<T> => T.Max(old, update);
}

/// <summary>GatherElements and ScatterElements. An index outside reads as 0 and is not written.</summary>
static unsafe class IndexedKernels
{
    static readonly KernelFamily<IndexedArgs>[] GatherBySize = [Gather<byte>(), Gather<ushort>(), Gather<uint>(), Gather<ulong>()];
    static readonly KernelFamily<IndexedArgs>[] ScatterBySize = [Scatter<byte>(), Scatter<ushort>(), Scatter<uint>(), Scatter<ulong>()];

    /// <summary>The kernels whatever the number type.</summary>
    public static IEnumerable<KernelFamily> All => [.. GatherBySize, .. ScatterBySize];

    /// <summary>y[p] = x[…, indices[p], …].</summary>
    public static KernelFamily<IndexedArgs> Gather(int elementSize) => GatherBySize[int.Log2(elementSize)];

    /// <summary>x[…, indices[p], …] = y[p].</summary>
    public static KernelFamily<IndexedArgs> Scatter(int elementSize) => ScatterBySize[int.Log2(elementSize)];

    /// <summary>x[…, indices[p], …] = join(x[…], y[p]).</summary>
    public static KernelFamily<IndexedArgs> ScatterJoin<TJoin>(ElementType type) where TJoin : IJoin =>
        NumberTypes.Visit<JoinVisitor<TJoin>, KernelFamily<IndexedArgs>>(type, default);

    static KernelFamily<IndexedArgs> Gather<T>() where T : unmanaged => new($"gatherelements.b{sizeof(T) * 8}", "y[p] = x[…, indices[p], …]", &RunGather<T>);

    static KernelFamily<IndexedArgs> Scatter<T>() where T : unmanaged => new($"scatterelements.b{sizeof(T) * 8}", "x[…, indices[p], …] = y[p]", &RunScatter<T>);

    static void RunGather<T>(IndexedArgs* a) where T : unmanaged
    {
        if (a->Nest.Count == 0) return;
        long strideX = a->Nest.Stride(0, a->Nest.Rank - 1), strideP = a->Nest.Stride(1, a->Nest.Rank - 1);
        var at = new LoopCounter();
        do
            for (long i = 0; i < a->Nest.Inner; i++)
            {
                long p = at.Offset(1) + i * strideP, index = IndexRule.Resolve(a->Indices[p], a->Axis);
                ((T*)a->Y)[p] = index < 0 ? default : ((T*)a->X)[at.Offset(0) + i * strideX + index * a->AxisStride];
            }
        while (at.Next(a->Nest, 2));
    }

    static void RunScatter<T>(IndexedArgs* a) where T : unmanaged
    {
        if (a->Nest.Count == 0) return;
        long strideX = a->Nest.Stride(0, a->Nest.Rank - 1), strideP = a->Nest.Stride(1, a->Nest.Rank - 1);
        var at = new LoopCounter();
        do
            for (long i = 0; i < a->Nest.Inner; i++)
            {
                long p = at.Offset(1) + i * strideP, index = IndexRule.Resolve(a->Indices[p], a->Axis);
                if (index >= 0) ((T*)a->X)[at.Offset(0) + i * strideX + index * a->AxisStride] = ((T*)a->Y)[p];
            }
        while (at.Next(a->Nest, 2));
    }

    static void RunJoin<TJoin, T>(IndexedArgs* a) where TJoin : IJoin where T : unmanaged, INumber<T>
    {
        if (a->Nest.Count == 0) return;
        long strideX = a->Nest.Stride(0, a->Nest.Rank - 1), strideP = a->Nest.Stride(1, a->Nest.Rank - 1);
        var at = new LoopCounter();
        do
            for (long i = 0; i < a->Nest.Inner; i++)
            {
                long p = at.Offset(1) + i * strideP, index = IndexRule.Resolve(a->Indices[p], a->Axis);
                T* x = (T*)a->X + at.Offset(0) + i * strideX + index * a->AxisStride;
                if (index >= 0) *x = TJoin.Invoke(*x, ((T*)a->Y)[p]);
            }
        while (at.Next(a->Nest, 2));
    }

    static class JoinFamily<TJoin, T> where TJoin : IJoin where T : unmanaged, INumber<T>
    {
        public static readonly KernelFamily<IndexedArgs> Value =
            new($"scatterelements.{TJoin.Name}.{ElementTypes.Of<T>().Short()}", $"x[…, indices[p], …] = {TJoin.Name}(x[…], y[p])", &RunJoin<TJoin, T>);
    }

    readonly struct JoinVisitor<TJoin> : INumberVisitor<KernelFamily<IndexedArgs>> where TJoin : IJoin
    {
        public KernelFamily<IndexedArgs> Visit<T>() where T : unmanaged, INumber<T>, IMinMaxValue<T> => JoinFamily<TJoin, T>.Value;
    }
}
