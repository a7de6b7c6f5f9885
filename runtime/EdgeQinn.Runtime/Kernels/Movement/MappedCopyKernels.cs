namespace EdgeQinn.Runtime.Kernels.Movement;

/// <summary>
/// y[i₀, i₁, …] = x[m₀(i₀) + m₁(i₁) + …], row-major, where <see cref="Maps"/> holds one table of offsets per axis, one after the other, in
/// elements; a negative entry stands for *<see cref="Fill"/> (null: zero).
/// </summary>
unsafe struct MappedCopyArgs
{
    public void* X, Y, Fill;
    public long* Maps;
    public int Rank;
    public fixed int Shape[LoopNest.MaxRank];
}

/// <summary>The table-driven copy that serves Pad's mirrors, Tile and nearest-neighbour Resize.</summary>
static unsafe class MappedCopyKernels
{
    static readonly KernelFamily<MappedCopyArgs>[] BySize = [Family<byte>(), Family<ushort>(), Family<uint>(), Family<ulong>()];

    public static IReadOnlyList<KernelFamily> All => BySize;

    public static KernelFamily<MappedCopyArgs> Get(int elementSize) => BySize[int.Log2(elementSize)];

    static KernelFamily<MappedCopyArgs> Family<T>() where T : unmanaged => new($"mappedcopy.b{sizeof(T) * 8}", "y[i₀, i₁, …] = x[Σ mₐ(iₐ)]", &Run<T>);

    static void Run<T>(MappedCopyArgs* a) where T : unmanaged
    {
        T* x = (T*)a->X, y = (T*)a->Y;
        T fill = a->Fill != null ? *(T*)a->Fill : default;
        Axis(a, 0, a->Maps, x, false, fill, ref y);
    }

    static void Axis<T>(MappedCopyArgs* a, int axis, long* map, T* x, bool outside, T fill, ref T* y) where T : unmanaged
    {
        int n = a->Shape[axis];
        if (axis < a->Rank - 1)
        {
            for (int i = 0; i < n; i++) Axis(a, axis + 1, map + n, outside || map[i] < 0 ? x : x + map[i], outside || map[i] < 0, fill, ref y);
            return;
        }
        for (int i = 0; i < n; i++) *y++ = outside || map[i] < 0 ? fill : x[map[i]];
    }
}
