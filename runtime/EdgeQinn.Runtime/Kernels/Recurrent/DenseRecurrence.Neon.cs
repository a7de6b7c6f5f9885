using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels.Recurrent;

public static unsafe partial class DenseRecurrence
{
    /// <summary>The time loop of one stream on Arm64. All units' sums come before their updates, whose constants then stay in registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void NeonOne<C>(DenseRecurrenceArgs* a) where C : struct, IDenseCell
    {
        int h = a->H, padded = Padded(h, 4), steps = Start(a, a->Work, 0, padded);
        float* state = a->Work, next = a->Work + padded, cell = a->Work + 2 * padded, sums = a->Work + 3 * padded, bias = sums + C.Gates * padded;
        // The biases as the sums lie, [block][gate][lane].
        for (int u = 0; u < h; u += 4)
            for (int g = 0; g < C.Gates; g++)
                Lanes4.Store(Load<Lanes4>(a->B + g * h + u, Math.Min(4, h - u)), bias + (u * C.Gates + 4 * g));
        for (int s = 0; s < steps; s++)
        {
            int t = a->Reverse ? steps - 1 - s : s, whole = h & ~3;
            float* x = a->X + t * a->XStep, y = a->Y == null ? null : a->Y + t * a->YStep;
            NeonSums<C>(a->R, h, bias, (s & 1) != 0, state, sums);
            C.NeonUpdates(GateActivations.Constants, h, h / 4, sums, x, state, next, cell, y);
            if (whole < h) C.Update<Lanes4>(a, whole, sums + whole * C.Gates, x, state, next, cell, y);
            float* swap = state;
            state = next;
            next = swap;
        }
        Finish(a, 0, state, cell, steps);
    }

    /// <summary>
    /// R h + b of all units, two blocks of four and their three or four gates at a time: six or eight sums in flight. Eight states are two registers,
    /// multiplied lane by lane (FMLA by element), and the weights come in pairs (LDP), which makes 0.40 instructions per multiply-add. Columns go in sixteens and an eight,
    /// from the last of the last blocks to the first where <paramref name="back"/>; those that are left over come one by one at the end they lie at.
    /// Of an odd number of blocks one is computed twice over.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void NeonSums<C>(float* weights, int h, float* bias, bool back, float* state, float* sums) where C : struct, IDenseCell
    {
        // Distances in bytes.
        nint row = 16 * C.Gates, block = row * h, eight = back ? -32 : 32, step = 8 * (back ? -row : row), twice = back ? -2 : 2, otherBlock = block, otherRow = row;
        int blocks = (h + 3) / 4, eights = h / 8;
        byte* from = (byte*)weights, b = (byte*)bias, to = (byte*)sums;
        if (back)
        {
            from += (blocks - 2) * block;
            b += (blocks - 2) * row;
            to += (blocks - 2) * row;
        }
        for (int rest = blocks; rest > 0; rest -= 2, from += twice * block, b += twice * row, to += twice * row)
        {
            if (rest == 1)
            {
                otherBlock = otherRow = 0;
                if (back)
                {
                    from += block;
                    b += row;
                    to += row;
                }
            }
            byte* v = from, w = from + otherBlock, x = (byte*)state, c = b + otherRow;
            Vector128<float> p0 = Vector128.Load((float*)b), q0 = Vector128.Load((float*)b + 4), r0 = Vector128.Load((float*)b + 8), s0 = default;
            Vector128<float> p1 = Vector128.Load((float*)c), q1 = Vector128.Load((float*)c + 4), r1 = Vector128.Load((float*)c + 8), s1 = default;
            if (C.Gates > 3) (s0, s1) = (Vector128.Load((float*)b + 12), Vector128.Load((float*)c + 12));
            if (back)
            {
                v += block;
                w += block;
                x += h * sizeof(float);
                for (int left = h & 7; left > 0; left--)
                {
                    v -= row;
                    w -= row;
                    x -= sizeof(float);
                    One<C>((float*)v, Vector128.CreateScalarUnsafe(*(float*)x), ref p0, ref q0, ref r0, ref s0);
                    One<C>((float*)w, Vector128.CreateScalarUnsafe(*(float*)x), ref p1, ref q1, ref r1, ref s1);
                }
                v -= 8 * row;
                w -= 8 * row;
                x -= 32;
            }
            if ((eights & 1) != 0)
            {
                Eight<C>(v, w, x, 0, ref p0, ref q0, ref r0, ref s0, ref p1, ref q1, ref r1, ref s1);
                x += eight;
                v += step;
                w += step;
            }
            if (back)
            {
                v += step;
                w += step;
                x += eight;
            }
            for (int n = eights >> 1; n != 0; n--, x += 2 * eight, v += 2 * step, w += 2 * step)
            {
                Eight<C>(v, w, x, 0, ref p0, ref q0, ref r0, ref s0, ref p1, ref q1, ref r1, ref s1);
                Eight<C>(v, w, x, 8, ref p0, ref q0, ref r0, ref s0, ref p1, ref q1, ref r1, ref s1);
            }
            for (int left = back ? 0 : h & 7; left > 0; left--, x += sizeof(float), v += row, w += row)
            {
                One<C>((float*)v, Vector128.CreateScalarUnsafe(*(float*)x), ref p0, ref q0, ref r0, ref s0);
                One<C>((float*)w, Vector128.CreateScalarUnsafe(*(float*)x), ref p1, ref q1, ref r1, ref s1);
            }
            Store<C>((float*)to, p0, q0, r0, s0);
            Store<C>((float*)(to + otherRow), p1, q1, r1, s1);
        }
    }

    /// <summary>Adds all gates of eight columns of both blocks, v and w, from <paramref name="column"/> on, times their states.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Eight<C>(
        byte* v, byte* w, byte* x, int column,
        ref Vector128<float> p0, ref Vector128<float> q0, ref Vector128<float> r0, ref Vector128<float> s0, ref Vector128<float> p1, ref Vector128<float> q1, ref Vector128<float> r1, ref Vector128<float> s1)
        where C : struct, IDenseCell
    {
        Vector128<float> x0 = Vector128.Load((float*)x + column), x1 = Vector128.Load((float*)x + (column + 4));
        Two<C>((float*)v, (float*)w, column + 0, x0, 0, 1, ref p0, ref q0, ref r0, ref s0, ref p1, ref q1, ref r1, ref s1);
        Two<C>((float*)v, (float*)w, column + 2, x0, 2, 3, ref p0, ref q0, ref r0, ref s0, ref p1, ref q1, ref r1, ref s1);
        Two<C>((float*)v, (float*)w, column + 4, x1, 0, 1, ref p0, ref q0, ref r0, ref s0, ref p1, ref q1, ref r1, ref s1);
        Two<C>((float*)v, (float*)w, column + 6, x1, 2, 3, ref p0, ref q0, ref r0, ref s0, ref p1, ref q1, ref r1, ref s1);
    }

    /// <summary>Adds all gates of two columns of both blocks, v and w, from <paramref name="column"/> on, times two lanes of <paramref name="x"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Two<C>(
        float* v, float* w, int column, Vector128<float> x, [ConstantExpected(Max = (byte)3)] byte lane, [ConstantExpected(Max = (byte)3)] byte next,
        ref Vector128<float> p0, ref Vector128<float> q0, ref Vector128<float> r0, ref Vector128<float> s0, ref Vector128<float> p1, ref Vector128<float> q1, ref Vector128<float> r1, ref Vector128<float> s1)
        where C : struct, IDenseCell
    {
        if (C.Gates > 3)
        {
            Four(v, 16 * column, x, lane, ref p0, ref q0, ref r0, ref s0);
            Four(w, 16 * column, x, lane, ref p1, ref q1, ref r1, ref s1);
            Four(v, 16 * column + 16, x, next, ref p0, ref q0, ref r0, ref s0);
            Four(w, 16 * column + 16, x, next, ref p1, ref q1, ref r1, ref s1);
            return;
        }
        // Neighbouring loads become LDP.
        int at = 12 * column;
        Vector128<float> v0 = Vector128.Load(v + at), v1 = Vector128.Load(v + (at + 4)), v2 = Vector128.Load(v + (at + 8));
        Vector128<float> v3 = Vector128.Load(v + (at + 12)), v4 = Vector128.Load(v + (at + 16)), v5 = Vector128.Load(v + (at + 20));
        Vector128<float> w0 = Vector128.Load(w + at), w1 = Vector128.Load(w + (at + 4)), w2 = Vector128.Load(w + (at + 8));
        Vector128<float> w3 = Vector128.Load(w + (at + 12)), w4 = Vector128.Load(w + (at + 16)), w5 = Vector128.Load(w + (at + 20));
        Three(v0, v1, v2, x, lane, ref p0, ref q0, ref r0);
        Three(w0, w1, w2, x, lane, ref p1, ref q1, ref r1);
        Three(v3, v4, v5, x, next, ref p0, ref q0, ref r0);
        Three(w3, w4, w5, x, next, ref p1, ref q1, ref r1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Three(
        Vector128<float> w0, Vector128<float> w1, Vector128<float> w2, Vector128<float> x, [ConstantExpected(Max = (byte)3)] byte lane, ref Vector128<float> p, ref Vector128<float> q, ref Vector128<float> r)
    {
        p = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(p, w0, x, lane);
        q = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(q, w1, x, lane);
        r = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(r, w2, x, lane);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Four(float* w, int at, Vector128<float> x, [ConstantExpected(Max = (byte)3)] byte lane, ref Vector128<float> p, ref Vector128<float> q, ref Vector128<float> r, ref Vector128<float> s)
    {
        Vector128<float> w0 = Vector128.Load(w + at), w1 = Vector128.Load(w + (at + 4)), w2 = Vector128.Load(w + (at + 8)), w3 = Vector128.Load(w + (at + 12));
        Three(w0, w1, w2, x, lane, ref p, ref q, ref r);
        s = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(s, w3, x, lane);
    }

    /// <summary>Adds all gates of the column at w, times the first lane of <paramref name="x"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void One<C>(float* w, Vector128<float> x, ref Vector128<float> p, ref Vector128<float> q, ref Vector128<float> r, ref Vector128<float> s) where C : struct, IDenseCell
    {
        p = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(p, Vector128.Load(w), x, 0);
        q = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(q, Vector128.Load(w + 4), x, 0);
        r = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(r, Vector128.Load(w + 8), x, 0);
        if (C.Gates > 3) s = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(s, Vector128.Load(w + 12), x, 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Store<C>(float* sums, Vector128<float> p, Vector128<float> q, Vector128<float> r, Vector128<float> s) where C : struct, IDenseCell
    {
        p.Store(sums);
        q.Store(sums + 4);
        r.Store(sums + 8);
        if (C.Gates > 3) s.Store(sums + 12);
    }
}
