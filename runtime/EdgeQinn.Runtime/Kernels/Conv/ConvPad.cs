using System.Runtime.CompilerServices;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels;

/// <summary>Arguments of <see cref="ConvPad"/>. A plane is one channel of one image; sizes are in elements.</summary>
public unsafe struct ConvPadArgs
{
    /// <summary>Input, [Planes, InD, InH, InW].</summary>
    public float* X;

    /// <summary>Output, [Planes, OutD, OutH, Phases, Pitch].</summary>
    public float* Y;

    public int Planes, InD, InH, InW, OutD, OutH, Phases, Pitch;

    /// <summary>Padding before the first element of each axis.</summary>
    public int BeginD, BeginH, BeginW;

    /// <summary>Distance between neighbouring input elements in the padded volume; above 1 zeros lie between (transposed convolution).</summary>
    public int SpreadD, SpreadH, SpreadW;
}

/// <summary>
/// The pass before a convolution: copies the input into a zero-padded volume whose last axis is split into phases, so that every tap of
/// every stride, dilation and padding becomes one constant offset and the kernels that follow have no edges.
/// With s the stride, padded element w of a row lies at phase w mod s, position w / s.
/// </summary>
static unsafe class ConvPad
{
    public static KernelFamily<ConvPadArgs> Family { get; } = new KernelFamily<ConvPadArgs>(
        "conv.pad.f32", "y[c,d,h,p,j] = x[c, (d−begin)/spread, (h−begin)/spread, (j·phases+p−begin)/spread], 0 outside and between", &Reference)
        .With(Isa.Vector128, &Copy<Lanes4>)
        .With(Isa.Neon, Cpu.HasNeon ? &Copy<Lanes4> : null)
        .With(Isa.Avx2, Cpu.HasAvx2 ? &Copy<Lanes8> : null)
        .With(Isa.Avx512, Cpu.HasAvx512 ? &Copy<Lanes16> : null);

    /// <summary>The formula, element by element.</summary>
    static void Reference(ConvPadArgs* a)
    {
        float* y = a->Y;
        for (int c = 0; c < a->Planes; c++)
            for (int d = 0; d < a->OutD; d++)
                for (int h = 0; h < a->OutH; h++)
                    for (int p = 0; p < a->Phases; p++)
                        for (int j = 0; j < a->Pitch; j++)
                        {
                            int zd = Source(d - a->BeginD, a->SpreadD, a->InD);
                            int zh = Source(h - a->BeginH, a->SpreadH, a->InH);
                            int zw = Source(j * a->Phases + p - a->BeginW, a->SpreadW, a->InW);
                            *y++ = zd < 0 || zh < 0 || zw < 0 ? 0 : a->X[((c * a->InD + zd) * a->InH + zh) * a->InW + zw];
                        }
    }

    /// <summary>Row by row: clears, and copies (one phase) or gathers (several).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Copy<V>(ConvPadArgs* a) where V : unmanaged, ILanes<V>
    {
        bool line = a->InD == 1 && a->InH == 1 && a->OutD == 1 && a->OutH == 1 && a->BeginD == 0 && a->BeginH == 0;
        if (line && a->SpreadW == 1 && a->Phases == 1 && a->BeginW >= 0 && Math.Min(a->InW, a->Pitch - a->BeginW) >= V.Count)
        {
            CopyLines<V>(a);
            return;
        }
        float* y = a->Y;
        int row = a->Phases * a->Pitch;
        for (int c = 0; c < a->Planes; c++)
            for (int d = 0; d < a->OutD; d++)
            {
                int zd = Source(d - a->BeginD, a->SpreadD, a->InD);
                for (int h = 0; h < a->OutH; h++, y += row)
                {
                    int zh = Source(h - a->BeginH, a->SpreadH, a->InH);
                    if (zd < 0 || zh < 0) new Span<float>(y, row).Clear();
                    else CopyRow<V>(a, a->X + ((c * a->InD + zd) * a->InH + zh) * a->InW, y);
                }
            }
    }

    /// <summary>One axis, one phase: rows are short, a call for each would cost more than its copy.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void CopyLines<V>(ConvPadArgs* a) where V : unmanaged, ILanes<V>
    {
        int copied = Math.Min(a->InW, a->Pitch - a->BeginW), after = a->Pitch - a->BeginW - copied;
        float* x = a->X, y = a->Y;
        for (int c = 0; c < a->Planes; c++, x += a->InW)
        {
            ClearFew(y, a->BeginW);
            y += a->BeginW;
            CopyFew<V>(x, y, copied);
            y += copied;
            ClearFew(y, after);
            y += after;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void CopyRow<V>(ConvPadArgs* a, float* x, float* y) where V : unmanaged, ILanes<V>
    {
        if (a->SpreadW == 1 && a->Phases == 1 && a->BeginW >= 0)
        {
            int before = Math.Min(a->BeginW, a->Pitch), copied = Math.Min(a->InW, a->Pitch - before);
            ClearFew(y, before);
            if (copied >= V.Count) CopyFew<V>(x, y + before, copied);
            else if (copied >= Lanes4.Count) CopyFew<Lanes4>(x, y + before, copied);
            else
                for (int i = 0; i < copied; i++) y[before + i] = x[i];
            ClearFew(y + before + copied, a->Pitch - before - copied);
            return;
        }
        if (a->SpreadW == 1 && a->BeginW >= 0 && (a->Phases == 2 || a->Phases % 4 == 0))
        {
            SplitRow<V>(a, x, y);
            return;
        }
        int row = a->Phases * a->Pitch;
        new Span<float>(y, row).Clear();
        // Input element i goes to padded position BeginW + i·SpreadW, that is to phase w mod s, place w / s.
        int first = a->BeginW >= 0 ? 0 : (a->SpreadW - 1 - a->BeginW) / a->SpreadW, begin = a->BeginW + first * a->SpreadW;
        int phase = begin % a->Phases, place = begin / a->Phases;
        int phaseStep = a->SpreadW % a->Phases, placeStep = a->SpreadW / a->Phases;
        for (int i = first; i < a->InW && place < a->Pitch; i++)
        {
            y[phase * a->Pitch + place] = x[i];
            (phase, place) = (phase + phaseStep, place + placeStep);
            if (phase >= a->Phases) (phase, place) = (phase - a->Phases, place + 1);
        }
    }

    /// <summary>As the scalar loop of <see cref="CopyRow"/>, whole places at once: they are the transpose of a matrix [place, phase] that lies in the input.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void SplitRow<V>(ConvPadArgs* a, float* x, float* y) where V : unmanaged, ILanes<V>
    {
        int phases = a->Phases, pitch = a->Pitch, first = Math.Min((a->BeginW + phases - 1) / phases, pitch);
        int whole = Math.Max(0, Math.Min(pitch, (a->InW + a->BeginW) / phases) - first);
        float* from = x + first * phases - a->BeginW;
        if (phases > 2)
        {
            whole &= ~3;
            ConvTurn.Store<V, ConvTurn.AsIs>(from, phases, whole, phases, y + first, pitch);
        }
        else if (whole >= V.Count) SplitPairs<V>(from, y + first, pitch, whole);
        else if (whole >= Lanes4.Count) SplitPairs<Lanes4>(from, y + first, pitch, whole);
        else whole = 0;
        int end = first + whole;
        for (int p = 0; p < phases; p++, y += pitch)
        {
            for (int j = 0; j < first; j++) y[j] = At(j * phases + p);
            for (int j = end; j < pitch; j++) y[j] = At(j * phases + p);
        }

        float At(int position)
        {
            int i = position - a->BeginW;
            return i < 0 || i >= a->InW ? 0 : x[i];
        }
    }

    /// <summary>y[p·pitch + j] = x[2j + p] for p &lt; 2, j &lt; places; at least one vector of them, the last overlaps the one before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void SplitPairs<V>(float* x, float* y, int pitch, int places) where V : unmanaged, ILanes<V>
    {
        float* from = x, first = y, second = y + pitch;
        for (float* last = y + places - 2 * V.Count; first <= last; from += 4 * V.Count, first += 2 * V.Count, second += 2 * V.Count)
        {
            // On Arm64 neighbouring loads and stores become LDP and STP.
            V a = V.Load(from), b = V.Load(from + V.Count), c = V.Load(from + 2 * V.Count), d = V.Load(from + 3 * V.Count);
            V evens = V.Evens(a, b), nextEvens = V.Evens(c, d), odds = V.Odds(a, b), nextOdds = V.Odds(c, d);
            V.Store(evens, first);
            V.Store(nextEvens, first + V.Count);
            V.Store(odds, second);
            V.Store(nextOdds, second + V.Count);
        }
        for (int j = (int)(first - y); j < places; j += V.Count)
        {
            j = Math.Min(j, places - V.Count);
            V early = V.Load(x + 2 * j), late = V.Load(x + 2 * j + V.Count);
            V.Store(V.Evens(early, late), y + j);
            V.Store(V.Odds(early, late), y + pitch + j);
        }
    }

    /// <summary>Copies at least one vector; the last one overlaps the one before.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void CopyFew<V>(float* x, float* y, int count) where V : unmanaged, ILanes<V>
    {
        for (int i = 0; i < count - V.Count; i += V.Count) V.Store(V.Load(x + i), y + i);
        V.Store(V.Load(x + count - V.Count), y + count - V.Count);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void ClearFew(float* y, int count)
    {
        for (int i = 0; i < count; i++) y[i] = 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static int Source(int position, int spread, int length)
    {
        if (position < 0 || spread > 1 && position % spread != 0) return -1;
        int i = spread > 1 ? position / spread : position;
        return i < length ? i : -1;
    }
}
