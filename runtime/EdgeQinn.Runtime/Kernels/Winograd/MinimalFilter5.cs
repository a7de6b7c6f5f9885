using System.Runtime.CompilerServices;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels;

/// <summary>F(4, 5): 8 multiplications for 20. Points 0, ±1/2, ±1, ±2, ∞; error about 4 times that of the direct sum.</summary>
readonly unsafe struct MinimalFilter5 : IMinimalFilter
{
    public static int Taps => 5;

    public static bool IsInteger => false;

    public static ReadOnlySpan<double> Points => [0.5, 1.0, 2.0];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Input<V>(V d0, V d1, V d2, V d3, V next0, V next1, V next2, V next3, float* z, nint pitch) where V : unmanaged, ILanes<V>
    {
        V d4 = V.Next(d0, next0), d5 = V.Next(d1, next1), d6 = V.Next(d2, next2), d7 = V.Next(d3, next3);
        V.Store(MinimalFilter.Sum(-1.0f, d0, 5.25f, d2, -5.25f, d4, d6), z);
        V odd = MinimalFilter.Sum(4.0f, d1, -5.0f, d3, d5),
          even = MinimalFilter.Sum(4.0f, d2, -5.0f, d4, d6);
        V.Store(V.MultiplyAdd(V.Create(0.5f), odd, even), z + pitch);
        V.Store(V.MultiplyAdd(V.Create(-0.5f), odd, even), z + 2 * pitch);
        odd = MinimalFilter.Sum(1.0f, d1, -4.25f, d3, d5);
        even = MinimalFilter.Sum(1.0f, d2, -4.25f, d4, d6);
        V.Store(V.MultiplyAdd(V.Create(1.0f), odd, even), z + 3 * pitch);
        V.Store(V.MultiplyAdd(V.Create(-1.0f), odd, even), z + 4 * pitch);
        odd = MinimalFilter.Sum(0.25f, d1, -1.25f, d3, d5);
        even = MinimalFilter.Sum(0.25f, d2, -1.25f, d4, d6);
        V.Store(V.MultiplyAdd(V.Create(2.0f), odd, even), z + 5 * pitch);
        V.Store(V.MultiplyAdd(V.Create(-2.0f), odd, even), z + 6 * pitch);
        V.Store(MinimalFilter.Sum(-1.0f, d1, 5.25f, d3, -5.25f, d5, d7), z + 7 * pitch);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Output<V>(float* z, nint pitch, V scale, V bias, out V y0, out V y1, out V y2, out V y3) where V : unmanaged, ILanes<V>
    {
        V plus, minus, sum, difference;
        y0 = bias + V.Load(z);
        (plus, minus) = (V.Load(z + pitch), V.Load(z + 2 * pitch));
        (sum, difference) = (plus + minus, plus - minus);
        y0 += sum;
        y1 = V.MultiplyAdd(V.Create(0.5f), difference, bias);
        y2 = V.MultiplyAdd(V.Create(0.25f), sum, bias);
        y3 = V.MultiplyAdd(V.Create(0.125f), difference, bias + V.Load(z + 7 * pitch));
        (plus, minus) = (V.Load(z + 3 * pitch), V.Load(z + 4 * pitch));
        (sum, difference) = (plus + minus, plus - minus);
        y0 += sum;
        y1 += difference;
        y2 += sum;
        y3 += difference;
        (plus, minus) = (V.Load(z + 5 * pitch), V.Load(z + 6 * pitch));
        (sum, difference) = (plus + minus, plus - minus);
        y0 += sum;
        y1 = V.MultiplyAdd(V.Create(2.0f), difference, y1);
        y2 = V.MultiplyAdd(V.Create(4.0f), sum, y2);
        y3 = V.MultiplyAdd(V.Create(8.0f), difference, y3);
    }
}
