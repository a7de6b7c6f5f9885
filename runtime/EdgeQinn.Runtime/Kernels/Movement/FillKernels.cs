namespace EdgeQinn.Runtime.Kernels.Movement;

/// <summary>y[i] = *Value; a null value is zero.</summary>
unsafe struct FillArgs
{
    public void* Value, Y;
    public long Count;
}

static unsafe class FillKernels
{
    static readonly KernelFamily<FillArgs>[] BySize = [Family<byte>(), Family<ushort>(), Family<uint>(), Family<ulong>()];

    public static IReadOnlyList<KernelFamily> All => BySize;

    public static KernelFamily<FillArgs> Get(int elementSize) => BySize[int.Log2(elementSize)];

    static KernelFamily<FillArgs> Family<T>() where T : unmanaged => new($"fill.b{sizeof(T) * 8}", "y = value", &Run<T>);

    static void Run<T>(FillArgs* a) where T : unmanaged => new Span<T>(a->Y, (int)a->Count).Fill(a->Value != null ? *(T*)a->Value : default);
}
