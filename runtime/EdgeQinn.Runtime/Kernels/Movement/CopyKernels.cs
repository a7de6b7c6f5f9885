namespace EdgeQinn.Runtime.Kernels.Movement;

/// <summary>y[…] = x[…], each moving by its own strides. Operands of the nest: x, y.</summary>
unsafe struct CopyArgs
{
    public void* X, Y;
    public LoopNest Nest;
}

/// <summary>
/// The strided copy that serves Transpose, Slice, Concat, Split, Expand, Pad and the blocks-to-space pair. The element's size is all that
/// matters of its type.
/// </summary>
static unsafe class CopyKernels
{
    static readonly KernelFamily<CopyArgs>[] BySize = [Family<byte>(), Family<ushort>(), Family<uint>(), Family<ulong>()];

    public static IReadOnlyList<KernelFamily> All => BySize;

    public static KernelFamily<CopyArgs> Get(int elementSize) => BySize[int.Log2(elementSize)];

    static KernelFamily<CopyArgs> Family<T>() where T : unmanaged => new($"copy.b{sizeof(T) * 8}", "y[Σ iₐ·tₐ] = x[Σ iₐ·sₐ]", &Run<T>);

    // Side of the squares a transposition goes in: each cache line that it touches is used up before it leaves.
    const int Tile = 16;

    static void Run<T>(CopyArgs* args) where T : unmanaged
    {
        ref readonly var nest = ref args->Nest;
        if (nest.Count == 0) return;
        int inner = nest.Rank - 1;
        long n = nest.Inner, strideX = nest.Stride(0, inner), strideY = nest.Stride(1, inner);
        bool transposed = nest.Rank > 1 && strideX != 1 && strideY == 1 && nest.Stride(0, inner - 1) == 1;
        var at = new LoopCounter();
        do
        {
            T* x = (T*)args->X + at.Offset(0), y = (T*)args->Y + at.Offset(1);
            if (strideX == 1 && strideY == 1) new Span<T>(x, (int)n).CopyTo(new Span<T>(y, (int)n));
            else if (transposed) Transpose(x, strideX, y, nest.Stride(1, inner - 1), nest.Extents[inner - 1], n);
            else
                for (long i = 0; i < n; i++) y[i * strideY] = x[i * strideX];
        }
        while (at.Next(nest, 2, transposed ? 2 : 1));
    }

    /// <summary>y[r · strideY + c] = x[r + c · strideX].</summary>
    static void Transpose<T>(T* x, long strideX, T* y, long strideY, long rows, long columns) where T : unmanaged
    {
        for (long r0 = 0; r0 < rows; r0 += Tile)
            for (long c0 = 0; c0 < columns; c0 += Tile)
                for (long r = r0, rEnd = Math.Min(r0 + Tile, rows); r < rEnd; r++)
                    for (long c = c0, cEnd = Math.Min(c0 + Tile, columns); c < cEnd; c++) y[r * strideY + c] = x[r + c * strideX];
    }
}
