using System.Runtime.CompilerServices;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels;

/// <summary>F(4, 3) in integers: 6 multiplications for 12. Points 0, ±1, ±2, ∞; Bᵀ d ≤ 10·255, G g ≤ 24·127.</summary>
readonly unsafe struct IntegerFilter3 : IIntegerFilter
{
    const int InverseOf3 = unchecked((int)0xAAAAAAAB);

    public static int Taps => 3;

    public static bool IsInteger => true;

    public static ReadOnlySpan<double> Points => [1, 2];

    public static int Divisor => 24;

    public static ReadOnlySpan<short> Inputs =>
    [
        4, 0, -5, 0, 1, 0,
        0, -4, -4, 1, 1, 0,
        0, 4, -4, -1, 1, 0,
        0, -2, -1, 2, 1, 0,
        0, 2, -1, -2, 1, 0,
        0, 4, 0, -5, 0, 1,
    ];

    public static ReadOnlySpan<short> Weights =>
    [
        6, 0, 0,
        -4, -4, -4,
        -4, 4, -4,
        1, 2, 4,
        1, -2, 4,
        0, 0, 24,
    ];

    public static ReadOnlySpan<short> Results =>
    [
        1, 1, 1, 1, 1, 0,
        0, 1, -1, 2, -2, 0,
        0, 1, 1, 4, 4, 0,
        0, 1, -1, 8, -8, 1,
    ];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Input<V>(V d0, V d1, V d2, V d3, V next0, V next1, V next2, V next3, float* z, nint pitch) where V : unmanaged, ILanes<V>
    {
        V d4 = V.Next(d0, next0), d5 = V.Next(d1, next1);
        V d42 = V.SubtractShort(d4, d2), d31 = V.SubtractShort(d3, d1);
        V four = IntegerFilter.Times(4, V.SubtractShort(d0, d2));
        V.Store(V.AddShort(four, d42), z);
        V even = V.SubtractShort(d4, IntegerFilter.Times(4, d2)), odd = V.SubtractShort(d3, IntegerFilter.Times(4, d1));
        V.Store(V.AddShort(even, odd), z + pitch);
        V.Store(V.SubtractShort(even, odd), z + 2 * pitch);
        V twice = V.AddShort(d31, d31);
        V.Store(V.AddShort(d42, twice), z + 3 * pitch);
        V.Store(V.SubtractShort(d42, twice), z + 4 * pitch);
        V.Store(V.SubtractShort(V.SubtractShort(d5, d3), V.AddShort(twice, twice)), z + 5 * pitch);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Output<V>(float* z, nint pitch, V scale, V bias, out V y0, out V y1, out V y2, out V y3) where V : unmanaged, ILanes<V>
    {
        V one = V.Load(z + pitch), minusOne = V.Load(z + 2 * pitch), two = V.Load(z + 3 * pitch), minusTwo = V.Load(z + 4 * pitch);
        V sum1 = V.AddInt(one, minusOne), difference1 = V.SubtractInt(one, minusOne), sum2 = V.AddInt(two, minusTwo), difference2 = V.SubtractInt(two, minusTwo);
        y0 = IntegerFilter.Finish(V.AddInt(V.Load(z), V.AddInt(sum1, sum2)), InverseOf3, scale, bias);
        y1 = IntegerFilter.Finish(V.AddInt(difference1, V.ShiftLeftInt(difference2, 1)), InverseOf3, scale, bias);
        y2 = IntegerFilter.Finish(V.AddInt(sum1, V.ShiftLeftInt(sum2, 2)), InverseOf3, scale, bias);
        y3 = IntegerFilter.Finish(V.AddInt(V.AddInt(difference1, V.Load(z + 5 * pitch)), V.ShiftLeftInt(difference2, 3)), InverseOf3, scale, bias);
    }
}
