using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels;

/// <summary>The operands of <see cref="QuadSparse"/>.</summary>
public unsafe struct QuadSparseArgs
{
    /// <summary>[Batch, Units] quadruples of inputs, made by <see cref="Quantise"/>.</summary>
    public int* X;

    /// <summary>How <see cref="X"/> maps to numbers.</summary>
    public Quantised* Mapping;

    /// <summary>[Batch, Rows].</summary>
    public float* Y;

    /// <summary>[Blocks, 4 rows, 4 columns].</summary>
    public sbyte* W;

    /// <summary>[⌈Rows / 4⌉ + 1] where each group of four rows' blocks start.</summary>
    public uint* Pointers;

    /// <summary>[Blocks] each block's quadruple of columns.</summary>
    public ushort* Columns;

    /// <summary>[Rows].</summary>
    public float* Bias;

    /// <summary>The weights' scale per row, padded to whole groups.</summary>
    public float* Scales;

    /// <summary>Σ of each row's weights, padded likewise.</summary>
    public int* Sums;

    public int Rows, Units, Batch;

    /// <summary>The clamp's bounds.</summary>
    public float Lo, Hi;
}

/// <summary>
/// Block-sparse linear layer in int8 with blocks of 4 rows × 4 columns, the shape of a dot-product instruction:
/// y[i] = clamp(s_x·s[i]·(Σ_b Σ_c w[b,i mod 4,c]·q[columns[b],c] − z·Σ w[i]) + bias[i]) over the blocks b of row group i / 4, exact in int32 up to the
/// last line. A block is one register, its inputs one word.
/// </summary>
static unsafe partial class QuadSparse
{
    /// <summary>Inputs per word.</summary>
    public const int Unit = 4;

    public static KernelFamily<QuadSparseArgs> Family { get; } = new KernelFamily<QuadSparseArgs>(
        "bcsr4x4.i8", "y[i] = clamp(sx·s[i]·(sum over blocks b of row group i/4: Σ_c w[b,i%4,c]·q[columns[b],c] - z·Σ w[i]) + bias[i])", &Reference)
        .With(Isa.Vector128, &Run<Words4, (Vector128<int>, Vector128<int>)>)
        .With(Isa.Neon, Cpu.HasNeon ? &Run<Quads, Vector128<int>> : null)
        .With(Isa.NeonDot, Cpu.HasNeonDot ? &Run<DotQuads, Vector128<int>> : null)
        .With(Isa.Avx2, Cpu.HasAvx2 ? &Run<Words8, Vector256<int>> : null)
        .With(Isa.Avx512, Cpu.HasAvx512 ? &Run<Words16, Vector512<int>> : null);

    static void Reference(QuadSparseArgs* a)
    {
        for (int n = 0; n < a->Batch; n++)
            for (int i = 0; i < a->Rows; i++)
            {
                int sum = -a->Mapping->ZeroPoint * a->Sums[i];
                for (uint b = a->Pointers[i / 4]; b < a->Pointers[i / 4 + 1]; b++)
                    for (int c = 0; c < 4; c++)
                        sum += a->W[(b * 4 + i % 4) * 4 + c] * (sbyte)(a->X[(nint)n * a->Units + a->Columns[b]] >> (8 * c));
                a->Y[(nint)n * a->Rows + i] = MathF.Min(a->Hi, MathF.Max(a->Lo, sum * (a->Mapping->Scale * a->Scales[i]) + a->Bias[i]));
            }
    }

    /// <summary>One group of rows after the other; four sums, so that additions do not wait for each other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Run<L, V>(QuadSparseArgs* a) where L : struct, IQuadLanes<V> where V : struct
    {
        Lanes4 lo = Lanes4.Create(a->Lo), hi = Lanes4.Create(a->Hi), factor = Lanes4.Create(a->Mapping->Scale);
        var z = Vector128.Create(-a->Mapping->ZeroPoint);
        for (int n = 0; n < a->Batch; n++)
        {
            int* x = a->X + (nint)n * a->Units;
            float* y = a->Y + (nint)n * a->Rows;
            sbyte* w = a->W;
            ushort* column = a->Columns;
            uint* pointer = a->Pointers;
            for (int i = 0; i < a->Rows; i += 4, pointer++)
            {
                V s0 = L.Zero, s1 = s0, s2 = s0, s3 = s0;
                ushort* end = a->Columns + pointer[1];
                for (ushort* fours = column + ((pointer[1] - pointer[0]) & ~3u); column < fours; column += 4, w += 4 * 16) L.AddFour(w, x, column, ref s0, ref s1, ref s2, ref s3);
                for (; column < end; column++, w += 16) s0 = L.Add(s0, w, x + *column);
                var sum = L.Fold(s0, s1, s2, s3) + z * Vector128.Load(a->Sums + i);
                int rows = Math.Min(4, a->Rows - i);
                Lanes4 result = new Lanes4(Vector128.ConvertToSingle(sum)) * (factor * Lanes4.Load(a->Scales + i)) + Lanes4.LoadFirst(a->Bias + i, rows);
                Lanes4.StoreFirst(Lanes.Clamp(result, lo, hi), y + i, rows);
            }
        }
    }
}
