namespace EdgeQinn.Runtime.Kernels.Movement;

/// <summary>y = x on and above (or below) the K-th diagonal of each [Rows, Columns] matrix, else 0. y may be x.</summary>
unsafe struct TriangleArgs
{
    public void* X, Y;
    public long Matrices, Rows, Columns, K;
    public bool Upper;
}

static unsafe class TriangleKernels
{
    static readonly KernelFamily<TriangleArgs>[] BySize = [Family<byte>(), Family<ushort>(), Family<uint>(), Family<ulong>()];

    public static IReadOnlyList<KernelFamily> All => BySize;

    public static KernelFamily<TriangleArgs> Get(int elementSize) => BySize[int.Log2(elementSize)];

    static KernelFamily<TriangleArgs> Family<T>() where T : unmanaged => new($"triangle.b{sizeof(T) * 8}", "y[r, c] = c − r ≥ k (or ≤ k) ? x[r, c] : 0", &Run<T>);

    static void Run<T>(TriangleArgs* a) where T : unmanaged
    {
        T* x = (T*)a->X, y = (T*)a->Y;
        for (long m = 0; m < a->Matrices; m++)
            for (long r = 0; r < a->Rows; r++, x += a->Columns, y += a->Columns)
                for (long c = 0; c < a->Columns; c++) y[c] = (a->Upper ? c - r >= a->K : c - r <= a->K) ? x[c] : default;
    }
}
