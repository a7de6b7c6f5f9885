using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels;

/// <summary>The operands of <see cref="BlockSparse"/>.</summary>
public unsafe struct BlockSparseArgs
{
    /// <summary>[Batch, N], rows <see cref="XStride"/> floats apart.</summary>
    public float* X;

    /// <summary>[Batch, Rows], rows <see cref="YStride"/> floats apart.</summary>
    public float* Y;

    /// <summary>[Rows], or [Batch, Rows] with rows <see cref="BiasStride"/> floats apart. May be <see cref="Y"/>: then the product is added to it.</summary>
    public float* Bias;

    /// <summary>[Groups + 1] where each row group's blocks start.</summary>
    public uint* Pointers;

    /// <summary>[Blocks] uint16 or uint32, each block's column.</summary>
    public void* Columns;

    /// <summary>[Blocks, V].</summary>
    public float* Values;

    /// <summary>Floats between batch rows.</summary>
    public nint XStride, YStride, BiasStride;

    /// <summary>Outputs; V·(Groups − 1) &lt; Rows ≤ V·Groups.</summary>
    public int Rows, Groups, Batch;

    /// <summary>Bounds of the result; NaN passes.</summary>
    public float Min, Max;
}

/// <summary>
/// y[i] = clamp(bias[i] + Σ_b values[b, i mod V]·x[columns[b]]) over the blocks b of row group i / V. One broadcast of x feeds V rows, so no
/// sum goes across lanes. Columns are uint16, in the <c>wide</c> families uint32.
/// </summary>
static unsafe partial class BlockSparse
{
    const string Contract = "y[i] = clamp(bias[i] + sum over blocks b of row group i/V: values[b, i%V] * x[columns[b]])";

    /// <summary>The families for blocks of 1, 4, 8 and 16 rows with uint16 columns.</summary>
    public static IReadOnlyList<KernelFamily<BlockSparseArgs>> Narrow { get; } = [V1<ushort>(""), V4<ushort>(""), V8<ushort>(""), V16<ushort>("")];

    /// <summary>The same with uint32 columns.</summary>
    public static IReadOnlyList<KernelFamily<BlockSparseArgs>> Wide { get; } = [V1<uint>(".wide"), V4<uint>(".wide"), V8<uint>(".wide"), V16<uint>(".wide")];

    /// <summary>The family for blocks of <paramref name="height"/> rows of a matrix of <paramref name="columns"/> columns.</summary>
    public static KernelFamily<BlockSparseArgs> For(int height, int columns) =>
        (IsWide(columns) ? Wide : Narrow)[height switch { 1 => 0, 4 => 1, 8 => 2, 16 => 3, _ => throw new ArgumentOutOfRangeException(nameof(height)) }];

    /// <summary>Whether columns need uint32.</summary>
    public static bool IsWide(int columns) => columns > ushort.MaxValue + 1;

    static KernelFamily<BlockSparseArgs> V1<TIndex>(string suffix) where TIndex : unmanaged =>
        new KernelFamily<BlockSparseArgs>("bcsr1.f32" + suffix, Contract, &Reference<TIndex, One>)
            .With(Isa.Vector128, &Rows<TIndex>)
            .With(Isa.Neon, Cpu.HasNeon ? &Rows<TIndex> : null)
            .With(Isa.Avx2, Cpu.HasAvx2 ? &Rows<TIndex> : null);

    // Four rows fill a 128-bit register on every architecture.
    static KernelFamily<BlockSparseArgs> V4<TIndex>(string suffix) where TIndex : unmanaged =>
        new KernelFamily<BlockSparseArgs>("bcsr4.f32" + suffix, Contract, &Reference<TIndex, Four>)
            .With(Isa.Vector128, &Blocks1<Lanes4, TIndex>)
            .With(Isa.Neon, Cpu.HasNeon ? &Blocks1<Lanes4, TIndex> : null)
            .With(Isa.Avx2, Cpu.HasAvx2 ? &Blocks1<Lanes4, TIndex> : null);

    static KernelFamily<BlockSparseArgs> V8<TIndex>(string suffix) where TIndex : unmanaged =>
        new KernelFamily<BlockSparseArgs>("bcsr8.f32" + suffix, Contract, &Reference<TIndex, Eight>)
            .With(Isa.Vector128, &Blocks2<Lanes4, TIndex>)
            .With(Isa.Neon, Cpu.HasNeon ? &Blocks2<Lanes4, TIndex> : null)
            .With(Isa.Avx2, Cpu.HasAvx2 ? &Blocks1<Lanes8, TIndex> : null);

    static KernelFamily<BlockSparseArgs> V16<TIndex>(string suffix) where TIndex : unmanaged =>
        new KernelFamily<BlockSparseArgs>("bcsr16.f32" + suffix, Contract, &Reference<TIndex, Sixteen>)
            .With(Isa.Vector128, &Blocks4<Lanes4, TIndex>)
            .With(Isa.Neon, Cpu.HasNeon ? &Blocks4<Lanes4, TIndex> : null)
            .With(Isa.Avx2, Cpu.HasAvx2 ? &Blocks2<Lanes8, TIndex> : null)
            .With(Isa.Avx512, Cpu.HasAvx512 ? &Blocks1<Lanes16, TIndex> : null);

    static int Index<TIndex>(void* columns, nint i) where TIndex : unmanaged =>
        typeof(TIndex) == typeof(ushort) ? ((ushort*)columns)[i] : ((int*)columns)[i];
}
