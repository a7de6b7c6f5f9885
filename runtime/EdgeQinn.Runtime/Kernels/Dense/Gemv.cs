using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace EdgeQinn.Runtime.Kernels.Dense;

/// <summary>Arguments of <see cref="Gemv"/>.</summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct GemvArgs
{
    /// <summary>N inputs.</summary>
    public float* X;

    /// <summary>Weights as <see cref="Gemv.Pack"/> laid them out for the kernel's panel.</summary>
    public float* W;

    /// <summary>M biases.</summary>
    public float* B;

    /// <summary>M outputs; must not overlap the inputs.</summary>
    public float* Y;

    /// <summary>Rows of the weights.</summary>
    public int M;

    /// <summary>Columns of the weights.</summary>
    public int N;

    /// <summary>The clamp's bounds; −∞ and ∞ for none.</summary>
    public float Low, High;
}

/// <summary>
/// Dense matrix times vector, <c>y = min(High, max(Low, W x + b))</c>, NaN propagating.
/// </summary>
/// <remarks>
/// The rows are cut into blocks of P = <see cref="Kernel{TArgs}.Panel"/> rows, what is left into blocks of P/2, P/4, … P/8, the last filled
/// up with zero rows. A block is stored column by column, so that one column of a block is a few registers: the lanes are rows, x[n] is
/// broadcast, no sum crosses lanes, and the whole matrix is read once, front to back. Where at most ten rows are left (and enough columns)
/// they are computed with columns on the lanes instead: no time goes into rows that do not exist. These are stored in groups of up to five,
/// two registers of columns after the other, [columns / 2L][row][2L]; what is left in single registers, the last filled up with zeros. P = 1 is plain row-major.
/// </remarks>
public static unsafe partial class Gemv
{
    /// <summary>The kernels.</summary>
    public static readonly KernelFamily<GemvArgs> Family = new KernelFamily<GemvArgs>("gemv.f32", "y = clamp(W x + b)", &Reference)
        .With(Isa.Vector128, &Portable, 32)
        .With(Isa.Neon, Cpu.HasNeon ? &Neon : null, 32)
        .With(Isa.Avx2, Cpu.HasAvx2 ? &Avx2 : null, 64)
        .With(Isa.Avx512, Cpu.HasAvx512 ? &Avx512 : null, 128);

    static void Reference(GemvArgs* a)
    {
        for (int m = 0; m < a->M; m++)
        {
            float sum = a->B[m];
            for (int n = 0; n < a->N; n++) sum += a->W[(long)m * a->N + n] * a->X[n];
            if (sum < a->Low) sum = a->Low;
            if (sum > a->High) sum = a->High;
            a->Y[m] = sum;
        }
    }

    /// <summary>Whether what is left of the matrix is stored for sums across lanes.</summary>
    static bool IsByRows(int rowsLeft, int columns, int panel) => panel > 1 && rowsLeft <= 10 && columns >= 96;

    /// <summary>Rows of the next group of the at most ten that are computed with columns on the lanes.</summary>
    static int GroupRows(int rowsLeft) => rowsLeft > 5 ? (rowsLeft + 1) / 2 : rowsLeft;

    /// <summary>Rows of the block that covers what is left of the matrix.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static int BlockRows(int rowsLeft, int panel)
    {
        int least = Math.Max(1, panel / 8);
        int padded = (rowsLeft + least - 1) / least * least;
        int rows = panel;
        while (rows > padded) rows /= 2;
        return rows;
    }

    /// <summary>Floats that <see cref="Pack"/> writes.</summary>
    public static long PackedLength(int rows, int columns, int panel)
    {
        long total = 0;
        for (int block; rows > 0; rows -= block)
        {
            if (IsByRows(rows, columns, panel)) return total + (long)rows * Padded(columns, panel / 8);
            block = BlockRows(rows, panel);
            total += (long)block * columns;
        }
        return total;
    }

    static int Padded(int columns, int lanes) => (columns + lanes - 1) / lanes * lanes;

    /// <summary>Lays row-major weights [rows, columns] out for a kernel with that panel.</summary>
    public static void Pack(ReadOnlySpan<float> weights, int rows, int columns, int panel, Span<float> packed)
    {
        for (int first = 0; first < rows;)
        {
            if (IsByRows(rows - first, columns, panel))
            {
                PackByRows(weights[(first * columns)..], rows - first, columns, panel / 8, packed);
                return;
            }
            int block = BlockRows(rows - first, panel);
            for (int n = 0; n < columns; n++)
                for (int r = 0; r < block; r++)
                    packed[n * block + r] = first + r < rows ? weights[(first + r) * columns + n] : 0;
            packed = packed[(block * columns)..];
            first += block;
        }
    }

    static void PackByRows(ReadOnlySpan<float> weights, int rows, int columns, int lanes, Span<float> packed)
    {
        for (int group; rows > 0; rows -= group)
        {
            group = GroupRows(rows);
            for (int n = 0, width; n < columns; n += width)
            {
                width = columns - n >= 2 * lanes ? 2 * lanes : lanes;
                for (int r = 0; r < group; r++, packed = packed[width..])
                    for (int i = 0; i < width; i++)
                        packed[i] = n + i < columns ? weights[r * columns + n + i] : 0;
            }
            weights = weights[(group * columns)..];
        }
    }
}
