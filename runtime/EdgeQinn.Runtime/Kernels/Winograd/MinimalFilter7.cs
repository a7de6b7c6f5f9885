using System.Runtime.CompilerServices;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels;

/// <summary>F(4, 7): 10 multiplications for 28. Points 0, ±1/2, ±3/4, ±5/4, ±2, ∞; error about 8 times that of the direct sum.</summary>
readonly unsafe struct MinimalFilter7 : IMinimalFilter
{
    public static int Taps => 7;

    public static bool IsInteger => false;

    public static ReadOnlySpan<double> Points => [0.5, 0.75, 1.25, 2.0];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Input<V>(V d0, V d1, V d2, V d3, V next0, V next1, V next2, V next3, float* z, nint pitch) where V : unmanaged, ILanes<V>
    {
        V d4 = V.Next(d0, next0), d5 = V.Next(d1, next1), d6 = V.Next(d2, next2), d7 = V.Next(d3, next3);
        V d8 = V.Next(d4, V.Next(next0, next0)), d9 = V.Next(d5, V.Next(next1, next1));
        V.Store(MinimalFilter.Sum(0.87890625f, d0, -5.8603515625f, d2, 10.91015625f, d4, -6.375f, d6, d8), z);
        V odd = MinimalFilter.Sum(-3.515625f, d1, 9.37890625f, d3, -6.125f, d5, d7),
          even = MinimalFilter.Sum(-3.515625f, d2, 9.37890625f, d4, -6.125f, d6, d8);
        V.Store(V.MultiplyAdd(V.Create(0.5f), odd, even), z + pitch);
        V.Store(V.MultiplyAdd(V.Create(-0.5f), odd, even), z + 2 * pitch);
        odd = MinimalFilter.Sum(-1.5625f, d1, 7.640625f, d3, -5.8125f, d5, d7);
        even = MinimalFilter.Sum(-1.5625f, d2, 7.640625f, d4, -5.8125f, d6, d8);
        V.Store(V.MultiplyAdd(V.Create(0.75f), odd, even), z + 3 * pitch);
        V.Store(V.MultiplyAdd(V.Create(-0.75f), odd, even), z + 4 * pitch);
        odd = MinimalFilter.Sum(-0.5625f, d1, 3.390625f, d3, -4.8125f, d5, d7);
        even = MinimalFilter.Sum(-0.5625f, d2, 3.390625f, d4, -4.8125f, d6, d8);
        V.Store(V.MultiplyAdd(V.Create(1.25f), odd, even), z + 5 * pitch);
        V.Store(V.MultiplyAdd(V.Create(-1.25f), odd, even), z + 6 * pitch);
        odd = MinimalFilter.Sum(-0.2197265625f, d1, 1.41015625f, d3, -2.375f, d5, d7);
        even = MinimalFilter.Sum(-0.2197265625f, d2, 1.41015625f, d4, -2.375f, d6, d8);
        V.Store(V.MultiplyAdd(V.Create(2.0f), odd, even), z + 7 * pitch);
        V.Store(V.MultiplyAdd(V.Create(-2.0f), odd, even), z + 8 * pitch);
        V.Store(MinimalFilter.Sum(0.87890625f, d1, -5.8603515625f, d3, 10.91015625f, d5, -6.375f, d7, d9), z + 9 * pitch);
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
        y3 = V.MultiplyAdd(V.Create(0.125f), difference, bias + V.Load(z + 9 * pitch));
        (plus, minus) = (V.Load(z + 3 * pitch), V.Load(z + 4 * pitch));
        (sum, difference) = (plus + minus, plus - minus);
        y0 += sum;
        y1 = V.MultiplyAdd(V.Create(0.75f), difference, y1);
        y2 = V.MultiplyAdd(V.Create(0.5625f), sum, y2);
        y3 = V.MultiplyAdd(V.Create(0.421875f), difference, y3);
        (plus, minus) = (V.Load(z + 5 * pitch), V.Load(z + 6 * pitch));
        (sum, difference) = (plus + minus, plus - minus);
        y0 += sum;
        y1 = V.MultiplyAdd(V.Create(1.25f), difference, y1);
        y2 = V.MultiplyAdd(V.Create(1.5625f), sum, y2);
        y3 = V.MultiplyAdd(V.Create(1.953125f), difference, y3);
        (plus, minus) = (V.Load(z + 7 * pitch), V.Load(z + 8 * pitch));
        (sum, difference) = (plus + minus, plus - minus);
        y0 += sum;
        y1 = V.MultiplyAdd(V.Create(2.0f), difference, y1);
        y2 = V.MultiplyAdd(V.Create(4.0f), sum, y2);
        y3 = V.MultiplyAdd(V.Create(8.0f), difference, y3);
    }
}
