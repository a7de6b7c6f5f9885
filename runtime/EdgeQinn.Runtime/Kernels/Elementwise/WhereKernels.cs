using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Kernels.Elementwise;

/// <summary>y = condition ? a : b with broadcasting. Operands of the nest: condition, a, b, y.</summary>
unsafe struct WhereArgs
{
    public byte* Condition;
    public void* A, B, Y;
    public LoopNest Nest;
}

/// <summary>Where; the element's size is all that matters of its type.</summary>
static unsafe class WhereKernels
{
    static readonly KernelFamily<WhereArgs>[] BySize = [Family<byte>(), Family<ushort>(), Family<uint>(), Family<ulong>()];

    public static IReadOnlyList<KernelFamily> All => BySize;

    public static KernelFamily<WhereArgs> Get(int elementSize) => BySize[int.Log2(elementSize)];

    static KernelFamily<WhereArgs> Family<T>() where T : unmanaged => new($"where.b{sizeof(T) * 8}", "y = condition ? a : b, broadcast", &Run<T>);

    static void Run<T>(WhereArgs* args) where T : unmanaged
    {
        ref readonly var nest = ref args->Nest;
        if (nest.Count == 0) return;
        long n = nest.Inner;
        int inner = nest.Rank - 1;
        long strideC = nest.Stride(0, inner), strideA = nest.Stride(1, inner), strideB = nest.Stride(2, inner);
        var at = new LoopCounter();
        do
        {
            byte* c = args->Condition + at.Offset(0);
            T* a = (T*)args->A + at.Offset(1), b = (T*)args->B + at.Offset(2), y = (T*)args->Y + at.Offset(3);
            for (long i = 0; i < n; i++) y[i] = c[i * strideC] != 0 ? a[i * strideA] : b[i * strideB];
        }
        while (at.Next(nest, 4));
    }
}
