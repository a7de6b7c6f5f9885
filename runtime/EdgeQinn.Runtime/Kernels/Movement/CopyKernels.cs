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

    static void Run<T>(CopyArgs* args) where T : unmanaged
    {
        ref readonly var nest = ref args->Nest;
        if (nest.Count == 0) return;
        long n = nest.Inner, strideX = nest.Stride(0, nest.Rank - 1), strideY = nest.Stride(1, nest.Rank - 1);
        var at = new LoopCounter();
        do
        {
            T* x = (T*)args->X + at.Offset(0), y = (T*)args->Y + at.Offset(1);
            if (strideX == 1 && strideY == 1) new Span<T>(x, (int)n).CopyTo(new Span<T>(y, (int)n));
            else if (strideY == 1)
                for (long i = 0; i < n; i++) y[i] = x[i * strideX];
            else
                for (long i = 0; i < n; i++) y[i * strideY] = x[i * strideX];
        }
        while (at.Next(nest, 2));
    }
}
