namespace EdgeQinn.Runtime.Kernels.Movement;

/// <summary>y[o, d, i] = indices[o, i] names d ? Values[1] : Values[0], with y: [Outer, Depth, Inner].</summary>
unsafe struct OneHotArgs
{
    public long* Indices;
    public void* Values, Y;
    public long Outer, Depth, Inner;
}

static unsafe class OneHotKernels
{
    static readonly KernelFamily<OneHotArgs>[] BySize = [Family<byte>(), Family<ushort>(), Family<uint>(), Family<ulong>()];

    public static IReadOnlyList<KernelFamily> All => BySize;

    public static KernelFamily<OneHotArgs> Get(int elementSize) => BySize[int.Log2(elementSize)];

    static KernelFamily<OneHotArgs> Family<T>() where T : unmanaged =>
        new($"onehot.b{sizeof(T) * 8}", "y[o, d, i] = indices[o, i] = d ? on : off", &Run<T>);

    static void Run<T>(OneHotArgs* a) where T : unmanaged
    {
        T* y = (T*)a->Y;
        T off = ((T*)a->Values)[0], on = ((T*)a->Values)[1];
        for (long o = 0; o < a->Outer; o++)
            for (long d = 0; d < a->Depth; d++)
                for (long i = 0; i < a->Inner; i++) *y++ = IndexRule.Resolve(a->Indices[o * a->Inner + i], a->Depth) == d ? on : off;
    }
}
