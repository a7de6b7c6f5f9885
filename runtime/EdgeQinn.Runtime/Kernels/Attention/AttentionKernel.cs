using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using EdgeQinn.Runtime.Kernels.Dense;
using EdgeQinn.Runtime.Kernels.Reduction;

namespace EdgeQinn.Runtime.Kernels.Attention;

/// <summary>Where the vectors of a batch item, head and step lie: distances in elements.</summary>
readonly record struct HeadStrides(long Batch, long Head, long Step)
{
    public long At(int batch, int head) => batch * Batch + head * Head;
}

/// <summary>Arguments of <see cref="AttentionKernel"/>.</summary>
[StructLayout(LayoutKind.Sequential)]
unsafe struct AttentionArgs
{
    /// <summary>Queries [B, H, T, D], keys [B, H, S, D], values [B, H, S, E] and results [B, H, T, E], the last axis contiguous.</summary>
    public float* Q, K, V, Y;

    /// <summary>Added to the scores; null for none.</summary>
    public float* Mask;

    public HeadStrides QStrides, KStrides, VStrides, YStrides, MaskStrides;

    /// <summary>The distance between neighbouring keys' entries of the mask: 1, or 0 where one counts for all.</summary>
    public long MaskKey;

    public int B, H, T, S, D, E;

    /// <summary>The factor of the scores.</summary>
    public float Scale;

    /// <summary>Whether a query that no key is left to gets zeros instead of NaN.</summary>
    public bool MaskedIsZero;

    /// <summary>Working memory: keys transposed [D, S], scores [Tile, S], and max(S, E) zeros that serve as bias.</summary>
    public float* Keys, Scores, Zeros;

    /// <summary>Queries taken at once, so that the scores of few are ever kept.</summary>
    public int Tile;

    /// <summary>The panels of the two products.</summary>
    public long KeyPanel, ValuePanel;

    public delegate*<GemmArgs*, void> KeyProduct, ValueProduct;
    public delegate*<SoftmaxArgs*, void> Softmax;
}

/// <summary>
/// Scaled-dot-product attention (Vaswani et al. 2017, arXiv 1706.03762, eq. 1) on vectors where they lie: no transposes, and never more scores
/// than a tile of queries has. Both products and the softmax are other families' kernels.
/// </summary>
static unsafe class AttentionKernel
{
    /// <summary>A multiple of the 6 rows of a tile of <see cref="Gemm"/>; 24 rows of 1000 scores stay in the second-level cache.</summary>
    public const int MaxTile = 24;

    public static readonly KernelFamily<AttentionArgs> Family = new("attention.f32", "Y = softmax(scale · Q Kᵀ + mask) V", &Run);

    static void Run(AttentionArgs* a)
    {
        for (int b = 0; b < a->B; b++)
            for (int h = 0; h < a->H; h++)
            {
                TransposeKeys(a, a->K + a->KStrides.At(b, h));
                for (int t = 0; t < a->T; t += a->Tile) Queries(a, b, h, t, Math.Min(a->Tile, a->T - t));
            }
    }

    static void Queries(AttentionArgs* a, int b, int h, int first, int rows)
    {
        var scores = new GemmArgs
        {
            X = a->Q + a->QStrides.At(b, h) + first * a->QStrides.Step, XRow = a->QStrides.Step, XColumn = 1, W = a->Keys, WPanel = a->KeyPanel, WStep = a->S, B = a->Zeros,
            Y = a->Scores, YRow = a->S, R = rows, N = a->D, M = a->S, Low = float.NegativeInfinity, High = float.PositiveInfinity,
        };
        a->KeyProduct(&scores);
        if (a->Mask != null)
            for (int r = 0; r < rows; r++) AddMask(a->Scores + (long)r * a->S, a->Mask + a->MaskStrides.At(b, h) + (first + r) * a->MaskStrides.Step, a->MaskKey, a->S);
        uint masked = a->MaskedIsZero ? FullyMasked(a, rows) : 0;

        var softmax = new SoftmaxArgs { X = a->Scores, Y = a->Scores, Outer = rows, Axis = a->S, Inner = 1 };
        a->Softmax(&softmax);
        for (int r = 0; masked != 0; r++, masked >>= 1)
            if ((masked & 1) != 0) new Span<float>(a->Scores + (long)r * a->S, a->S).Clear();

        var values = new GemmArgs
        {
            X = a->Scores, XRow = a->S, XColumn = 1, W = a->V + a->VStrides.At(b, h), WPanel = a->ValuePanel, WStep = a->VStrides.Step, B = a->Zeros,
            Y = a->Y + a->YStrides.At(b, h) + first * a->YStrides.Step, YRow = a->YStrides.Step, R = rows, N = a->S, M = a->E,
            Low = float.NegativeInfinity, High = float.PositiveInfinity,
        };
        a->ValueProduct(&values);
    }

    /// <summary>Keys[d, s] = scale · K[s, d], in squares of 16: a column of one is a cache line of the result.</summary>
    static void TransposeKeys(AttentionArgs* a, float* k)
    {
        const int Square = 16;
        for (int d0 = 0; d0 < a->D; d0 += Square)
            for (int s0 = 0; s0 < a->S; s0 += Square)
                for (int d = d0; d < Math.Min(d0 + Square, a->D); d++)
                    for (int s = s0; s < Math.Min(s0 + Square, a->S); s++)
                        a->Keys[(long)d * a->S + s] = a->Scale * k[s * a->KStrides.Step + d];
    }

    /// <summary>scores[s] += mask[s · step]; four at a time where the mask's entries are neighbours, the rest one by one.</summary>
    static void AddMask(float* scores, float* mask, long step, int count)
    {
        int s = 0;
        for (; step == 1 && s <= count - 4; s += 4) (Vector128.Load(scores + s) + Vector128.Load(mask + s)).Store(scores + s);
        for (; s < count; s++) scores[s] += mask[s * step];
    }

    /// <summary>One bit per row of scores: whether all are −∞.</summary>
    static uint FullyMasked(AttentionArgs* a, int rows)
    {
        uint masked = 0;
        for (int r = 0; r < rows; r++)
            if (!new ReadOnlySpan<float>(a->Scores + (long)r * a->S, a->S).ContainsAnyExcept(float.NegativeInfinity)) masked |= 1u << r;
        return masked;
    }
}
