namespace EdgeQinn.Runtime.Kernels.Movement;

/// <summary>
/// x and y: [Time, Batch, Inner] or, with <see cref="BatchFirst"/>, [Batch, Time, Inner]. The first Lengths[b] time steps of batch b run
/// backwards; a length outside 0 … Time counts as the nearer end.
/// </summary>
unsafe struct ReverseSequenceArgs
{
    public void* X, Y;
    public long* Lengths;
    public long Time, Batch, Inner;
    public bool BatchFirst;
}

static unsafe class ReverseSequenceKernels
{
    static readonly KernelFamily<ReverseSequenceArgs>[] BySize = [Family<byte>(), Family<ushort>(), Family<uint>(), Family<ulong>()];

    public static IReadOnlyList<KernelFamily> All => BySize;

    public static KernelFamily<ReverseSequenceArgs> Get(int elementSize) => BySize[int.Log2(elementSize)];

    static KernelFamily<ReverseSequenceArgs> Family<T>() where T : unmanaged =>
        new($"reversesequence.b{sizeof(T) * 8}", "y[t, b] = x[t < length[b] ? length[b] − 1 − t : t, b]", &Run<T>);

    static void Run<T>(ReverseSequenceArgs* a) where T : unmanaged
    {
        long strideT = a->BatchFirst ? a->Inner : a->Batch * a->Inner, strideB = a->BatchFirst ? a->Time * a->Inner : a->Inner;
        for (long b = 0; b < a->Batch; b++)
        {
            long length = Math.Clamp(a->Lengths[b], 0, a->Time);
            for (long t = 0; t < a->Time; t++)
            {
                long source = t < length ? length - 1 - t : t;
                new Span<T>((T*)a->X + source * strideT + b * strideB, (int)a->Inner).CopyTo(new Span<T>((T*)a->Y + t * strideT + b * strideB, (int)a->Inner));
            }
        }
    }
}
