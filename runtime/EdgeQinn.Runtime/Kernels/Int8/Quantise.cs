using System.Runtime.CompilerServices;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels;

/// <summary>How a quantised tensor maps to numbers: x = Scale · (q − ZeroPoint).</summary>
public struct Quantised
{
    public float Scale;
    public int ZeroPoint;
}

/// <summary>The operands of <see cref="Quantise"/>.</summary>
public unsafe struct QuantiseArgs
{
    /// <summary>What the range is taken from, <see cref="RangeCount"/> floats.</summary>
    public float* Range;

    /// <summary>[Blocks, Channels, Plane].</summary>
    public float* X;

    /// <summary>[Blocks, ⌈Channels / Unit⌉, Phases, Pitch] units of <see cref="Unit"/> channels each; missing channels are zero.</summary>
    public int* Y;

    /// <summary>The mapping: read where <see cref="RangeCount"/> is negative, else written.</summary>
    public Quantised* Mapping;

    public long RangeCount;

    public int Blocks, Channels, Plane;

    /// <summary>Padding: units before and after each row that stand for zeros in all channels; with them a row is Phases · Pitch units long.</summary>
    public int Before, After;

    /// <summary>1, or 2: of the padded row, the units at even places first, then those at odd ones, as a convolution of stride 2 wants them.</summary>
    public int Phases;

    /// <summary>Units of a phase of a row of <see cref="Y"/>.</summary>
    public readonly int Pitch => (Before + Plane + After) >> (Phases - 1);

    /// <summary>Where position <paramref name="p"/> of the input lies in its padded row.</summary>
    public readonly int Place(int p) => Phases == 1 ? p + Before : ((p + Before) & 1) * Pitch + (p + Before >> 1);

    /// <summary>Channels per unit: 2 of int16 or 4 of int8, the first lowest.</summary>
    public int Unit;
}

/// <summary>
/// q = clamp(round(x / scale) + zero point, −128, 127), ties to even; neighbouring channels go into one int32, as dot products want them.
/// The mapping is given, or the one that covers the range's least and greatest value and 0. NaN counts as 0. All instruction sets give the same bits.
/// </summary>
static unsafe partial class Quantise
{
    public static KernelFamily<QuantiseArgs> Family { get; } = new KernelFamily<QuantiseArgs>(
        "quantise.i8", "q = clamp(round(x / scale) + zero, -128, 127), channels packed in units", &Reference)
        .With(Isa.Vector128, &Run<Lanes4>)
        .With(Isa.Neon, Cpu.HasNeon ? &Neon : null)
        .With(Isa.Avx2, Cpu.HasAvx2 ? &Run<Lanes8> : null)
        .With(Isa.Avx512, Cpu.HasAvx512 ? &Run<Lanes16> : null);

    static void Reference(QuantiseArgs* a)
    {
        if (a->RangeCount >= 0)
        {
            float min = 0, max = 0;
            for (long i = 0; i < a->RangeCount; i++)
            {
                if (a->Range[i] < min) min = a->Range[i];
                if (a->Range[i] > max) max = a->Range[i];
            }
            SetMapping(a->Mapping, min, max);
        }
        int units = (a->Channels + a->Unit - 1) / a->Unit;
        for (int b = 0; b < a->Blocks; b++)
            for (int u = 0; u < units; u++)
            {
                int* row = a->Y + ((nint)b * units + u) * a->Phases * a->Pitch;
                for (int p = 0; p < a->Plane; p++) row[a->Place(p)] = Pack(a, a->X + (nint)b * a->Channels * a->Plane, u, p);
                Surround(a, row, Padding(a));
            }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Run<V>(QuantiseArgs* a) where V : unmanaged, ILanes<V>
    {
        if (a->RangeCount >= 0) Measure<V>(a);
        Pack<V>(a);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Pack<V>(QuantiseArgs* a) where V : unmanaged, ILanes<V>
    {
        int units = (a->Channels + a->Unit - 1) / a->Unit, row = a->Before + a->Plane + a->After, padding = Padding(a);
        for (int b = 0; b < a->Blocks; b++)
        {
            float* x = a->X + (nint)b * a->Channels * a->Plane;
            int* y = a->Y + (nint)b * units * row;
            if (row == 1) PackNeighbours<V>(a, x, y, units);
            else
                for (int u = 0; u < units; u++, y += row)
                {
                    PackRows<V>(a, x, y, u);
                    Surround(a, y, padding);
                }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Measure<V>(QuantiseArgs* a) where V : unmanaged, ILanes<V>
    {
        // Four of each, so that one comparison need not wait for the other.
        V least0 = V.Create(0), least1 = least0, least2 = least0, least3 = least0, greatest0 = least0, greatest1 = least0, greatest2 = least0, greatest3 = least0;
        long step = 4 * V.Count, vectors = a->RangeCount < step ? 0 : a->RangeCount; // the last four overlap those before
        for (long next = 0; next < vectors; next += step)
        {
            float* x = a->Range + Math.Min(next, vectors - step);
            V x0 = V.Load(x), x1 = V.Load(x + V.Count), x2 = V.Load(x + 2 * V.Count), x3 = V.Load(x + 3 * V.Count);
            (least0, greatest0) = (V.MinNumber(least0, x0), V.MaxNumber(greatest0, x0));
            (least1, greatest1) = (V.MinNumber(least1, x1), V.MaxNumber(greatest1, x1));
            (least2, greatest2) = (V.MinNumber(least2, x2), V.MaxNumber(greatest2, x2));
            (least3, greatest3) = (V.MinNumber(least3, x3), V.MaxNumber(greatest3, x3));
        }
        V least = V.MinNumber(V.MinNumber(least0, least1), V.MinNumber(least2, least3));
        V greatest = V.MaxNumber(V.MaxNumber(greatest0, greatest1), V.MaxNumber(greatest2, greatest3));
        float* lanes = stackalloc float[2 * V.Count];
        V.Store(least, lanes);
        V.Store(greatest, lanes + V.Count);
        float min = 0, max = 0;
        for (int l = 0; l < V.Count; l++)
        {
            if (lanes[l] < min) min = lanes[l];
            if (lanes[V.Count + l] > max) max = lanes[V.Count + l];
        }
        for (long i = vectors; i < a->RangeCount; i++)
        {
            if (a->Range[i] < min) min = a->Range[i];
            if (a->Range[i] > max) max = a->Range[i];
        }
        SetMapping(a->Mapping, min, max);
    }

    /// <summary>A unit of zeros.</summary>
    static int Padding(QuantiseArgs* a) => a->Unit == 2 ? a->Mapping->ZeroPoint << 16 | a->Mapping->ZeroPoint & 0xFFFF : (a->Mapping->ZeroPoint & 0xFF) * 0x01010101;

    /// <summary>Pads a row of units.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Surround(QuantiseArgs* a, int* row, int padding)
    {
        if (a->Phases == 1)
        {
            for (int i = 0; i < a->Before; i++) row[i] = padding;
            row += a->Before + a->Plane;
            for (int i = 0; i < a->After; i++) row[i] = padding;
            return;
        }
        for (int p = -a->Before; p < 0; p++) row[a->Place(p)] = padding;
        for (int p = a->Plane, end = a->Plane + a->After; p < end; p++) row[a->Place(p)] = padding;
    }

    /// <summary>A unit's channels are rows of their own: lanes are positions, of two vectors where phases are parted. The last overlap those before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void PackRows<V>(QuantiseArgs* a, float* x, int* row, int u) where V : unmanaged, ILanes<V>
    {
        int plane = a->Plane, step = a->Phases * V.Count;
        if (plane < step)
        {
            if (plane >= a->Phases * Lanes4.Count && V.Count > Lanes4.Count) PackRows<Lanes4>(a, x, row, u);
            else
                for (int p = 0; p < plane; p++) row[a->Place(p)] = Pack(a, x, u, p);
            return;
        }
        float* from = x + (nint)u * a->Unit * plane;
        int* even = row + a->Place(0), odd = row + a->Place(1);
        V inverse = V.Create(1 / a->Mapping->Scale), low = V.Create(-128 - a->Mapping->ZeroPoint), high = V.Create(127 - a->Mapping->ZeroPoint), shift = V.CreateInt(a->Mapping->ZeroPoint);
        int present = Math.Min(a->Unit, a->Channels - u * a->Unit), whole = plane & -a->Phases;
        for (int next = 0; next < whole; next += step)
        {
            int p = Math.Min(next, whole - step);
            V words = Words(a, from + p, present, inverse, low, high, shift);
            if (a->Phases == 1)
            {
                V.Store(words, (float*)(even + p));
                continue;
            }
            V late = Words(a, from + p + V.Count, present, inverse, low, high, shift);
            V.Store(V.Evens(words, late), (float*)(even + p / 2));
            V.Store(V.Odds(words, late), (float*)(odd + p / 2));
        }
        if (whole < plane) row[a->Place(whole)] = Pack(a, x, u, whole);
    }

    /// <summary>The units of neighbouring positions; of their channels the first <paramref name="present"/> are there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V Words<V>(QuantiseArgs* a, float* from, int present, V inverse, V low, V high, V shift) where V : unmanaged, ILanes<V>
    {
        nint plane = a->Plane;
        V word = Round(V.Load(from), inverse, low, high, shift);
        if (a->Unit == 2)
        {
            word &= V.CreateInt(0xFFFF);
            return present == 2 ? word | V.ShiftLeftInt(Round(V.Load(from + plane), inverse, low, high, shift), 16) : word;
        }
        V mask = V.CreateInt(0xFF);
        word &= mask;
        if (present > 1) word |= V.ShiftLeftInt(Round(V.Load(from + plane), inverse, low, high, shift) & mask, 8);
        if (present > 2) word |= V.ShiftLeftInt(Round(V.Load(from + 2 * plane), inverse, low, high, shift) & mask, 16);
        if (present > 3) word |= V.ShiftLeftInt(Round(V.Load(from + 3 * plane), inverse, low, high, shift), 24);
        return word;
    }

    /// <summary>A unit's channels lie side by side: lanes are channels, sorted into even and odd. The last vector of whole units overlaps the one before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void PackNeighbours<V>(QuantiseArgs* a, float* x, int* y, int units) where V : unmanaged, ILanes<V>
    {
        int whole = a->Channels / a->Unit;
        if (whole < V.Count)
        {
            if (whole >= Lanes4.Count && V.Count > Lanes4.Count) PackNeighbours<Lanes4>(a, x, y, units);
            else
                for (int i = 0; i < units; i++) y[i] = Pack(a, x, i, 0);
            return;
        }
        V inverse = V.Create(1 / a->Mapping->Scale), low = V.Create(-128 - a->Mapping->ZeroPoint), high = V.Create(127 - a->Mapping->ZeroPoint), shift = V.CreateInt(a->Mapping->ZeroPoint);
        V mask = V.CreateInt(0xFFFF), byteMask = V.CreateInt(0xFF);
        for (int next = 0; next < whole; next += V.Count)
        {
            int u = Math.Min(next, whole - V.Count);
            float* from = x + (nint)u * a->Unit;
            V q0 = Round(V.Load(from), inverse, low, high, shift), q1 = Round(V.Load(from + V.Count), inverse, low, high, shift);
            V even = V.Evens(q0, q1), odd = V.Odds(q0, q1);
            if (a->Unit == 2)
            {
                V.Store((even & mask) | V.ShiftLeftInt(odd, 16), (float*)(y + u));
                continue;
            }
            V q2 = Round(V.Load(from + 2 * V.Count), inverse, low, high, shift), q3 = Round(V.Load(from + 3 * V.Count), inverse, low, high, shift);
            V even2 = V.Evens(q2, q3), odd2 = V.Odds(q2, q3);
            V first = V.Evens(even, even2) & byteMask, third = V.ShiftLeftInt(V.Odds(even, even2) & byteMask, 16);
            V second = V.ShiftLeftInt(V.Evens(odd, odd2) & byteMask, 8), fourth = V.ShiftLeftInt(V.Odds(odd, odd2), 24);
            V.Store(first | second | third | fourth, (float*)(y + u));
        }
        if (whole < units) y[whole] = Pack(a, x, whole, 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V Round<V>(V x, V inverse, V low, V high, V zeroPoint) where V : unmanaged, ILanes<V>
    {
        // NaN passes the bounds and converts to 0 or to −2³¹, whose lower half is 0: the callers keep no more.
        return V.AddInt(V.ToInt(V.Min(high, V.Max(low, x * inverse))), zeroPoint);
    }

    static int Pack(QuantiseArgs* a, float* x, int u, int p)
    {
        int unit = 0, bits = 32 / a->Unit;
        float inverse = 1 / a->Mapping->Scale;
        for (int i = 0; i < a->Unit; i++)
        {
            int c = u * a->Unit + i;
            if (c >= a->Channels) break;
            float scaled = x[(nint)c * a->Plane + p] * inverse;
            if (float.IsNaN(scaled)) scaled = 0;
            int q = (int)MathF.Round(Math.Clamp(scaled, -128 - a->Mapping->ZeroPoint, 127 - a->Mapping->ZeroPoint), MidpointRounding.ToEven) + a->Mapping->ZeroPoint;
            unit |= (q & (int)((1L << bits) - 1)) << (bits * i);
        }
        return unit;
    }

    /// <summary>As <see cref="Weights.ActivationRange.FromRange"/>.</summary>
    static void SetMapping(Quantised* mapping, float min, float max)
    {
        var range = Weights.ActivationRange.FromRange(min, max);
        (mapping->Scale, mapping->ZeroPoint) = (range.Scale, range.ZeroPoint);
    }
}
