using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace EdgeQinn.Runtime.Kernels;

/// <summary>The operands of <see cref="Int8Gemv"/>.</summary>
public unsafe struct Int8GemvArgs
{
    /// <summary>[Batch, Units] units of inputs, made by <see cref="Quantise"/>.</summary>
    public int* X;

    /// <summary>How <see cref="X"/> maps to numbers; null where that was known when <see cref="Scales"/> and <see cref="Sums"/> were made, which are s_x·s and −z·Σ then.</summary>
    public Quantised* Mapping;

    /// <summary>[Batch, Rows].</summary>
    public float* Y;

    /// <summary>[⌈Rows / P⌉, Units, P, operands of a unit] with P the kernel's panel; rows to spare are zero.</summary>
    public sbyte* W;

    /// <summary>[Rows].</summary>
    public float* Bias;

    /// <summary>The weights' scale per row, padded to whole panels.</summary>
    public float* Scales;

    /// <summary>Σ of each row's weights, padded likewise.</summary>
    public int* Sums;

    public int Rows, Units, Batch;

    public float Lo, Hi;

    /// <summary>What <see cref="Scales"/> and <see cref="Sums"/> are still to be multiplied by.</summary>
    public readonly float ScaleFactor => Mapping == null ? 1 : Mapping->Scale;

    /// <inheritdoc cref="ScaleFactor"/>
    public readonly int SumFactor => Mapping == null ? 1 : -Mapping->ZeroPoint;
}

/// <summary>
/// Linear layer in int8: y[i] = clamp(s_x·s[i]·(Σ_j w[i,j]·q[j] − z·Σ_j w[i,j]) + b[i]), exact in int32 up to the last line. Lanes are rows; the
/// weights stay int8 in memory and are widened on the way; a unit of inputs is broadcast.
/// </summary>
static unsafe partial class Int8Gemv
{
    const int MaxLanes = 16;

    public static KernelFamily<Int8GemvArgs> Family { get; } = new KernelFamily<Int8GemvArgs>(
        "gemv.i8", "y[i] = clamp(sx·s[i]·(Σ w[i,j]·q[j] - z·Σ w[i,j]) + b[i])", &Reference)
        .With(Isa.Vector128, &Run<Int8LanesPortable, Vector128<int>>, 16, 4)
        .With(Isa.Neon, Cpu.HasNeon ? &Neon : null, 16, 4)
        .With(Isa.NeonDot, Cpu.HasNeonDot ? &NeonDot : null, 16, 4)
        .With(Isa.Avx2, Cpu.HasAvx2 ? &Run<Int8Lanes8, Vector256<int>> : null, 32, 8)
        .With(Isa.Avx512, Cpu.HasAvx512 ? &Run<Int8Lanes16, Vector512<int>> : null, 64, 16);

    /// <summary>Inputs per unit for a kernel.</summary>
    public static int Unit(Kernel<Int8GemvArgs> kernel) => kernel.Isa is Isa.Neon or Isa.NeonDot ? 4 : 2;

    static void Reference(Int8GemvArgs* a)
    {
        for (int n = 0; n < a->Batch; n++)
            for (int i = 0; i < a->Rows; i++)
            {
                int sum = a->SumFactor * a->Sums[i];
                for (int u = 0; u < a->Units; u++)
                {
                    sbyte* w = a->W + ((nint)i * a->Units + u) * 2;
                    int x = a->X[(nint)n * a->Units + u];
                    sum += w[0] * (short)x + w[1] * (x >> 16);
                }
                a->Y[(nint)n * a->Rows + i] = MathF.Min(a->Hi, MathF.Max(a->Lo, sum * (a->ScaleFactor * a->Scales[i]) + a->Bias[i]));
            }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Run<L, V>(Int8GemvArgs* a) where L : struct, IInt8Lanes<V> where V : struct
    {
        int panel = 4 * L.Count, step = panel * L.Unit, quarter = L.Count * L.Unit, z = a->SumFactor;
        float scale = a->ScaleFactor;
        float* last = stackalloc float[4 * MaxLanes];
        for (int n = 0; n < a->Batch; n++)
        {
            sbyte* w = a->W;
            for (int i = 0; i < a->Rows; i += panel)
            {
                int* sums = a->Sums + i, x = a->X + (nint)n * a->Units;
                V c = L.Broadcast(z), s0 = L.Multiply(L.Load(sums), c), s1 = L.Multiply(L.Load(sums + L.Count), c);
                V s2 = L.Multiply(L.Load(sums + 2 * L.Count), c), s3 = L.Multiply(L.Load(sums + 3 * L.Count), c);
                for (int* end = x + a->Units; x < end; x++, w += step)
                {
                    V v = L.Broadcast(*x);
                    s0 = L.MultiplyAdd(s0, v, L.LoadInt8(w));
                    s1 = L.MultiplyAdd(s1, v, L.LoadInt8(w + quarter));
                    s2 = L.MultiplyAdd(s2, v, L.LoadInt8(w + 2 * quarter));
                    s3 = L.MultiplyAdd(s3, v, L.LoadInt8(w + 3 * quarter));
                }
                float* y = a->Y + (nint)n * a->Rows + i;
                float* bias = a->Bias + i, d = y;
                int left = a->Rows - i;
                if (left < panel)
                {
                    for (int r = 0; r < left; r++) last[r] = bias[r];
                    bias = d = last;
                }
                L.Store(d, s0, scale, a->Scales + i, bias, a->Lo, a->Hi);
                L.Store(d + L.Count, s1, scale, a->Scales + i + L.Count, bias + L.Count, a->Lo, a->Hi);
                L.Store(d + 2 * L.Count, s2, scale, a->Scales + i + 2 * L.Count, bias + 2 * L.Count, a->Lo, a->Hi);
                L.Store(d + 3 * L.Count, s3, scale, a->Scales + i + 3 * L.Count, bias + 3 * L.Count, a->Lo, a->Hi);
                for (int r = 0; r < left && left < panel; r++) y[r] = last[r];
            }
        }
    }
}
