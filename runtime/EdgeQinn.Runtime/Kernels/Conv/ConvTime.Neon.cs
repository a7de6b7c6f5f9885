using System.Runtime.CompilerServices;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels;

static unsafe partial class ConvTime
{
    /// <summary>Channels of a panel, as the weights are packed; a tile has half of them.</summary>
    const int NeonPanel = 8, NeonRows = 4;

    /// <summary>
    /// Four channels × six, four, two or one neighbouring vectors of time: up to 24 sums, six registers of inputs (LDP) and one of weights, which the sums are
    /// multiplied by lane by lane (FMLA by element). With a pool, three vectors of each of two outputs that become one. Of few taps the weights stay in
    /// registers (<see cref="HeldBy4{N}"/>). The bias is added at the end; pairs are pooled before that, which changes nothing: rounding keeps order.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Neon(ConvTimeArgs* a)
    {
        var taps = NeonTaps.Of(a);
        for (int n = 0; n < a->Batch; n++)
            for (int g = 0; g < a->Groups; g++)
                for (int first = 0, slots; first < a->SlotCount; first += slots)
                {
                    // Those that follow each other in the input and in the output; all but the last are whole vectors then.
                    ConvSlot* slot = a->Slots + first, next = slot + (a->IsOneRow ? a->SlotCount : 1);
                    for (ConvSlot* end = a->Slots + a->SlotCount; next < end && next->X == next[-1].X + 4 && next->Y == next[-1].Y + 4;) next++;
                    slots = (int)(next - slot);
                    float* x = a->X + (nint)n * a->XImage + (nint)g * a->XGroup + slot->X, y = a->Y + (nint)(n * a->Groups + g) * a->Rows * a->Plane + slot->Y;
                    int outputs = 4 * (slots - 1) + next[-1].Count, room = a->Plane - slot->Y;
                    // In segments of equal tiles. A last tile of pooled vectors begins where it ends with the run, those before overlap it.
                    for (int at = 0; at < slots;)
                    {
                        int left = slots - at, vectors = a->Pool > 1 ? taps.HeldVectors == 2 && slots >= 2 ? 2 : slots >= 3 ? 3 : 1
                            : taps.HeldVectors == 4 && left >= 4 ? 4 : left is 6 or >= 8 ? 6 : left >= 4 ? 4 : left >= 2 ? 2 : 1;
                        if (left < vectors) at -= vectors - left;
                        int tiles = vectors == 1 ? 1 : vectors == taps.HeldVectors || a->Pool > 1 ? Math.Max(1, left / vectors) : vectors < 6 || left == 6 ? 1 : (left - 2) / 6;
                        // What is written beyond the outputs, inside the plane, is overwritten by what comes after.
                        if (4 * (at + vectors * tiles) > room) tiles = Math.Max(1, tiles - 1);
                        NeonSegment(a, taps, g, x + 4 * at, y + 4 * at, vectors, tiles, 4 * (at + vectors * tiles) <= room, outputs - 4 * at);
                        at += vectors * tiles;
                    }
                }
    }

    /// <summary>All channels of a segment: <paramref name="tiles"/> of <paramref name="vectors"/> each, of which the first outputs are wanted; one tile where that is not all.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void NeonSegment(ConvTimeArgs* a, NeonTaps taps, int group, float* x, float* y, int vectors, int tiles, bool fits, int outputs)
    {
        int first = group * ((a->Rows + NeonPanel - 1) / NeonPanel) * NeonPanel;
        for (int row = 0, blocks; row < a->Rows; row += NeonRows * blocks)
        {
            float* w = a->W + (nint)(first + row - row % NeonPanel) * a->Taps + row % NeonPanel, bias = a->Bias + first + row, to = y + (nint)row * a->Plane;
            blocks = 1;
            if (fits && row + NeonRows <= a->Rows)
            {
                if (vectors == taps.HeldVectors) blocks = (a->Rows - row) / NeonRows;
                NeonTile(a, taps, w, bias, x, to, a->Plane, vectors, tiles, blocks);
                continue;
            }
            for (int t = 0; t < tiles; t++)
            {
                NeonTile(a, taps, w, bias, x + 4 * vectors * t, a->Scratch, 4 * vectors, vectors, 1, 1);
                for (int r = 0; r < Math.Min(NeonRows, a->Rows - row); r++)
                    for (int i = 0, count = Math.Min(4 * vectors, outputs - 4 * vectors * t); i < count; i += 4)
                        Lanes4.StoreFirst(Lanes4.Load(a->Scratch + r * 4 * vectors + i), to + (nint)r * a->Plane + 4 * vectors * t + i, Math.Min(4, count - i));
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void NeonTile(ConvTimeArgs* a, NeonTaps taps, float* w, float* bias, float* x, float* d, nint pitch, int vectors, int tiles, int blocks)
    {
        if (a->Pool == 1)
        {
            if (vectors == 6) NeonBy6(a, taps, w, bias, x, d, pitch, tiles);
            else if (vectors == 4 && taps.HeldVectors == 4) HeldBy4(a, w, bias, x, d, pitch, tiles, blocks);
            else if (vectors == 4) NeonBy4(a, w, bias, x, d, pitch);
            else if (vectors == 2) NeonBy2(a, w, bias, x, d, pitch);
            else NeonBy1(a, w, bias, x, d, pitch);
            return;
        }
        if (vectors == 2)
        {
            PooledHeldBy2(a, w, bias, x, d, pitch, tiles, blocks);
            return;
        }
        if (vectors == 3 && taps.AreShared)
        {
            if (taps.HaveUpper) PooledSharedBy3<BothBounds>(a, w, bias, x, d, pitch, tiles);
            else PooledSharedBy3<LowerBound>(a, w, bias, x, d, pitch, tiles);
            return;
        }
        // The last of an odd number of outputs is computed twice over.
        for (int i = 0; i < a->Pool; i += 2)
        {
            int* early = a->Offsets + i * a->Taps, late = early + (i + 1 < a->Pool ? a->Taps : 0);
            if (vectors == 3) PooledBy3(a, w, bias, x, early, late, d, pitch, tiles, i > 0);
            else PooledBy1(a, w, bias, x, early, late, d, pitch, i > 0);
        }
    }

    /// <summary>What there is to know about the taps before a tile is chosen.</summary>
    /// <param name="AreRun">They lie side by side in the input, as those of one channel do, so that none is looked up.</param>
    /// <param name="AreShared">Each tap of the second of two pooled outputs reads what the next tap of the first does, as with one channel and stride 1.</param>
    /// <param name="HeldVectors">The vectors of a tile whose weights stay in registers, 4 or, pooled, 2, where taps are few enough for that; else 0.</param>
    /// <param name="HaveUpper">Results have an upper bound; after ReLU they have none.</param>
    readonly record struct NeonTaps(bool AreRun, bool AreShared, int HeldVectors, bool HaveUpper)
    {
        public static NeonTaps Of(ConvTimeArgs* a)
        {
            bool run = true, shared = a->Pool == 2 && a->Offsets[0] == 0, upper = a->Hi < float.PositiveInfinity;
            for (int t = 0; t < a->Taps; t++) run &= a->Offsets[t] == t;
            for (int t = 1; t < a->Taps; t++) shared &= a->Pool == 2 && a->Offsets[t] == a->Offsets[a->Taps + t - 1];
            return new NeonTaps(run, shared, a->Taps is 3 or 5 or 7 && !upper ? a->Pool == 1 ? 4 : shared ? 2 : 0 : 0, upper);
        }
    }
}
