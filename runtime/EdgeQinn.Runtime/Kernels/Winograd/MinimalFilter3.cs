using System.Runtime.CompilerServices;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels;

/// <summary>F(4, 3): 6 multiplications for 12. Points 0, ±3/4, ±3/2, ∞; error about 2 times that of the direct sum.</summary>
readonly unsafe struct MinimalFilter3 : IMinimalFilter
{
    public static int Taps => 3;

    public static bool IsInteger => false;

    public static ReadOnlySpan<double> Points => [0.75, 1.5];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Input<V>(V d0, V d1, V d2, V d3, V next0, V next1, V next2, V next3, float* z, nint pitch) where V : unmanaged, ILanes<V>
    {
        V d4 = V.Next(d0, next0), d5 = V.Next(d1, next1);
        V.Store(MinimalFilter.Sum(1.265625f, d0, -2.8125f, d2, d4), z);
        V odd = MinimalFilter.Sum(-2.25f, d1, d3),
          even = MinimalFilter.Sum(-2.25f, d2, d4);
        V.Store(V.MultiplyAdd(V.Create(0.75f), odd, even), z + pitch);
        V.Store(V.MultiplyAdd(V.Create(-0.75f), odd, even), z + 2 * pitch);
        odd = MinimalFilter.Sum(-0.5625f, d1, d3);
        even = MinimalFilter.Sum(-0.5625f, d2, d4);
        V.Store(V.MultiplyAdd(V.Create(1.5f), odd, even), z + 3 * pitch);
        V.Store(V.MultiplyAdd(V.Create(-1.5f), odd, even), z + 4 * pitch);
        V.Store(MinimalFilter.Sum(1.265625f, d1, -2.8125f, d3, d5), z + 5 * pitch);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Output<V>(float* z, nint pitch, V scale, V bias, out V y0, out V y1, out V y2, out V y3) where V : unmanaged, ILanes<V>
    {
        V plus, minus, sum, difference;
        y0 = bias + V.Load(z);
        (plus, minus) = (V.Load(z + pitch), V.Load(z + 2 * pitch));
        (sum, difference) = (plus + minus, plus - minus);
        y0 += sum;
        y1 = V.MultiplyAdd(V.Create(0.75f), difference, bias);
        y2 = V.MultiplyAdd(V.Create(0.5625f), sum, bias);
        y3 = V.MultiplyAdd(V.Create(0.421875f), difference, bias + V.Load(z + 5 * pitch));
        (plus, minus) = (V.Load(z + 3 * pitch), V.Load(z + 4 * pitch));
        (sum, difference) = (plus + minus, plus - minus);
        y0 += sum;
        y1 = V.MultiplyAdd(V.Create(1.5f), difference, y1);
        y2 = V.MultiplyAdd(V.Create(2.25f), sum, y2);
        y3 = V.MultiplyAdd(V.Create(3.375f), difference, y3);
    }
}
