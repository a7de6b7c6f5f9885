using System.Runtime.CompilerServices;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels;

/// <summary>F(4, 5) in integers: 8 multiplications for 20. Points 0, ±1/2, ±1, ±2, ∞; Bᵀ d ≤ 50·255, G g ≤ 100·127.</summary>
readonly unsafe struct IntegerFilter5 : IIntegerFilter
{
    const int InverseOf45 = unchecked((int)0xA4FA4FA5);

    public static int Taps => 5;

    public static bool IsInteger => true;

    public static ReadOnlySpan<double> Points => [0.5, 1, 2];

    public static int Divisor => 360;

    public static ReadOnlySpan<short> Inputs =>
    [
        -4, 0, 21, 0, -21, 0, 4, 0,
        0, 4, 8, -5, -10, 1, 2, 0,
        0, -4, 8, 5, -10, -1, 2, 0,
        0, 4, 4, -17, -17, 4, 4, 0,
        0, -4, 4, 17, -17, -4, 4, 0,
        0, 2, 1, -10, -5, 8, 4, 0,
        0, -2, 1, 10, -5, -8, 4, 0,
        0, -4, 0, 21, 0, -21, 0, 4,
    ];

    public static ReadOnlySpan<short> Weights =>
    [
        -90, 0, 0, 0, 0,
        16, 8, 4, 2, 1,
        16, -8, 4, -2, 1,
        -20, -20, -20, -20, -20,
        -20, 20, -20, 20, -20,
        1, 2, 4, 8, 16,
        1, -2, 4, -8, 16,
        0, 0, 0, 0, 90,
    ];

    public static ReadOnlySpan<short> Results =>
    [
        1, 8, 8, 1, 1, 1, 1, 0,
        0, 4, -4, 1, -1, 2, -2, 0,
        0, 2, 2, 1, 1, 4, 4, 0,
        0, 1, -1, 1, -1, 8, -8, 1,
    ];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Input<V>(V d0, V d1, V d2, V d3, V next0, V next1, V next2, V next3, float* z, nint pitch) where V : unmanaged, ILanes<V>
    {
        V d4 = V.Next(d0, next0), d5 = V.Next(d1, next1), d6 = V.Next(d2, next2), d7 = V.Next(d3, next3);
        V.Store(V.AddShort(IntegerFilter.Times(21, V.SubtractShort(d2, d4)), IntegerFilter.Times(4, V.SubtractShort(d6, d0))), z);
        V four1 = IntegerFilter.Times(4, d1), five3 = IntegerFilter.Times(5, d3), five4 = IntegerFilter.Times(5, d4), four6 = IntegerFilter.Times(4, d6);
        V odd = V.AddShort(V.SubtractShort(four1, five3), d5), even = V.AddShort(V.SubtractShort(IntegerFilter.Times(4, d2), five4), d6);
        even = V.AddShort(even, even);
        V.Store(V.AddShort(even, odd), z + pitch);
        V.Store(V.SubtractShort(even, odd), z + 2 * pitch);
        odd = V.SubtractShort(IntegerFilter.Times(4, V.AddShort(d1, d5)), IntegerFilter.Times(17, d3));
        even = V.SubtractShort(IntegerFilter.Times(4, V.AddShort(d2, d6)), IntegerFilter.Times(17, d4));
        V.Store(V.AddShort(even, odd), z + 3 * pitch);
        V.Store(V.SubtractShort(even, odd), z + 4 * pitch);
        odd = V.AddShort(V.SubtractShort(d1, five3), IntegerFilter.Times(4, d5));
        odd = V.AddShort(odd, odd);
        even = V.AddShort(V.SubtractShort(d2, five4), four6);
        V.Store(V.AddShort(even, odd), z + 5 * pitch);
        V.Store(V.SubtractShort(even, odd), z + 6 * pitch);
        V.Store(V.AddShort(IntegerFilter.Times(21, V.SubtractShort(d3, d5)), IntegerFilter.Times(4, V.SubtractShort(d7, d1))), z + 7 * pitch);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Output<V>(float* z, nint pitch, V scale, V bias, out V y0, out V y1, out V y2, out V y3) where V : unmanaged, ILanes<V>
    {
        V plus = V.Load(z + pitch), minus = V.Load(z + 2 * pitch);
        V sum = V.AddInt(plus, minus), difference = V.SubtractInt(plus, minus);
        y0 = V.AddInt(V.Load(z), V.ShiftLeftInt(sum, 3));
        y1 = V.ShiftLeftInt(difference, 2);
        y2 = V.AddInt(sum, sum);
        y3 = V.AddInt(V.Load(z + 7 * pitch), difference);
        (plus, minus) = (V.Load(z + 3 * pitch), V.Load(z + 4 * pitch));
        (sum, difference) = (V.AddInt(plus, minus), V.SubtractInt(plus, minus));
        y0 = V.AddInt(y0, sum);
        y1 = V.AddInt(y1, difference);
        y2 = V.AddInt(y2, sum);
        y3 = V.AddInt(y3, difference);
        (plus, minus) = (V.Load(z + 5 * pitch), V.Load(z + 6 * pitch));
        (sum, difference) = (V.AddInt(plus, minus), V.SubtractInt(plus, minus));
        y0 = IntegerFilter.Finish(V.AddInt(y0, sum), InverseOf45, scale, bias);
        y1 = IntegerFilter.Finish(V.AddInt(y1, V.AddInt(difference, difference)), InverseOf45, scale, bias);
        y2 = IntegerFilter.Finish(V.AddInt(y2, V.ShiftLeftInt(sum, 2)), InverseOf45, scale, bias);
        y3 = IntegerFilter.Finish(V.AddInt(y3, V.ShiftLeftInt(difference, 3)), InverseOf45, scale, bias);
    }
}
