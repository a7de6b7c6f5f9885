using System.Runtime.InteropServices;

namespace EdgeQinn.Runtime.Kernels.Dense;

/// <summary>Arguments of <see cref="Gemm"/>; strides count floats.</summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct GemmArgs
{
    /// <summary>Input [R, N]: element (r, n) at X[r · XRow + n · XColumn].</summary>
    public float* X;

    /// <summary>Weights in panels of P columns of the output: element (n, m) at W[m / P · WPanel + n · WStep + m % P].</summary>
    public float* W;

    /// <summary>M biases.</summary>
    public float* B;

    /// <summary>Output [R, M], rows YRow apart; must not overlap the inputs.</summary>
    public float* Y;

    public long XRow, XColumn, WPanel, WStep, YRow;

    /// <summary>Rows of X and Y.</summary>
    public int R;

    /// <summary>Columns of X: the length of the sums.</summary>
    public int N;

    /// <summary>Columns of Y.</summary>
    public int M;

    /// <summary>The clamp's bounds; −∞ and ∞ for none.</summary>
    public float Low, High;
}

/// <summary>
/// Dense matrix times matrix, <c>Y = min(High, max(Low, X W + b))</c> with b along the rows, NaN propagating.
/// </summary>
/// <remarks>
/// W is either packed once (<see cref="Pack"/>: WPanel = N · P, WStep = P) or a row-major matrix as it lies (WPanel = P, WStep = its row length).
/// The last panel may have fewer than P columns; nothing beyond them is read.
/// </remarks>
public static unsafe partial class Gemm
{
    /// <summary>The kernels.</summary>
    public static readonly KernelFamily<GemmArgs> Family = new KernelFamily<GemmArgs>("gemm.f32", "Y = clamp(X W + b)", &Reference)
        .With(Isa.Vector128, &Portable, 8)
        .With(Isa.Neon, Cpu.HasNeon ? &Neon : null, 8)
        .With(Isa.Avx2, Cpu.HasAvx2 ? &Avx2 : null, 16)
        .With(Isa.Avx512, Cpu.HasAvx512 ? &Avx512 : null, 32);

    static void Reference(GemmArgs* a)
    {
        for (int r = 0; r < a->R; r++)
            for (int m = 0; m < a->M; m++)
            {
                float sum = a->B[m];
                for (int n = 0; n < a->N; n++) sum += a->X[r * a->XRow + n * a->XColumn] * a->W[m * a->WPanel + n * a->WStep];
                if (sum < a->Low) sum = a->Low;
                if (sum > a->High) sum = a->High;
                a->Y[r * a->YRow + m] = sum;
            }
    }

    /// <summary>Floats that <see cref="Pack"/> writes.</summary>
    public static long PackedLength(int outputs, int inputs, int panel) => (long)(outputs + panel - 1) / panel * panel * inputs;

    /// <summary>Lays a linear layer's row-major weights [outputs, inputs] out in panels: W above is their transpose.</summary>
    public static void Pack(ReadOnlySpan<float> weights, int outputs, int inputs, int panel, Span<float> packed)
    {
        const int Block = 64; // a block of a panel stays in the first-level cache while its rows are written
        for (int first = 0; first < outputs; first += panel)
            for (int from = 0; from < inputs; from += Block)
                for (int m = first; m < Math.Min(first + panel, outputs); m++)
                {
                    var row = weights.Slice(m * inputs + from, Math.Min(Block, inputs - from));
                    var to = packed[(first * inputs + from * panel + m - first)..];
                    for (int n = 0; n < row.Length; n++) to[n * panel] = row[n];
                }
    }
}
