using System.Runtime.CompilerServices;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels;

/// <summary>The operands of <see cref="SumClamp"/>.</summary>
public unsafe struct SumClampArgs
{
    /// <summary>[Rows, Columns], rows <see cref="AStride"/> floats apart; 0 repeats one row.</summary>
    public float* A;

    /// <summary>[Rows, Columns], rows <see cref="BStride"/> floats apart; 0 repeats one row.</summary>
    public float* B;

    /// <summary>[Rows, Columns], rows <see cref="YStride"/> floats apart. May be <see cref="A"/>.</summary>
    public float* Y;

    public nint AStride, BStride, YStride;

    public int Rows, Columns;

    public float Lo, Hi;
}

/// <summary>y = clamp(a + b), row by row: the end of a sum of formats, or of a product that could not take its bias along.</summary>
static unsafe class SumClamp
{
    public static KernelFamily<SumClampArgs> Family { get; } = new KernelFamily<SumClampArgs>("sum.clamp.f32", "y[r,i] = clamp(a[r,i] + b[r,i])", &Reference)
        .With(Isa.Vector128, &Run<Lanes4>)
        .With(Isa.Neon, Cpu.HasNeon ? &Run<Lanes4> : null)
        .With(Isa.Avx2, Cpu.HasAvx2 ? &Run<Lanes8> : null)
        .With(Isa.Avx512, Cpu.HasAvx512 ? &Run<Lanes16> : null);

    static void Reference(SumClampArgs* a)
    {
        for (int r = 0; r < a->Rows; r++)
            for (int i = 0; i < a->Columns; i++)
            {
                float sum = a->A[r * a->AStride + i] + a->B[r * a->BStride + i];
                a->Y[r * a->YStride + i] = sum < a->Lo ? a->Lo : sum > a->Hi ? a->Hi : sum;
            }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Run<V>(SumClampArgs* a) where V : unmanaged, ILanes<V>
    {
        V lo = V.Create(a->Lo), hi = V.Create(a->Hi);
        float* x = a->A, b = a->B, y = a->Y;
        for (int r = 0; r < a->Rows; r++, x += a->AStride, b += a->BStride, y += a->YStride)
        {
            int i = 0;
            for (; i + V.Count <= a->Columns; i += V.Count) V.Store(Lanes.Clamp(V.Load(x + i) + V.Load(b + i), lo, hi), y + i);
            int left = a->Columns - i;
            if (left > 0) V.StoreFirst(Lanes.Clamp(V.LoadFirst(x + i, left) + V.LoadFirst(b + i, left), lo, hi), y + i, left);
        }
    }
}
