using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels.Reduction;

/// <summary>
/// A reduction over the newest columns of a stream, without going through them again: y = scale · f over all of Head, the last Runs · New + Rest columns that came
/// first in X in this run and those before, and the <see cref="Tail"/> columns of X after its new ones. X is [Outer, XColumns, Inner].
/// </summary>
/// <remarks>
/// <see cref="Past"/> [Phases, 2, Runs, Outer · Inner] holds for each output Runs folds of all new columns of a run, then Runs folds of the last Rest of them: run r
/// writes number r mod Runs of both, where it finds those of run r − Runs, whose Rest columns are the oldest that count. Folds are joined, never taken back, so that
/// rounding does not add up.
/// </remarks>
unsafe struct RunningArgs
{
    public float* X, Head, Y, Past;

    /// <summary>Runs before this one.</summary>
    public long* Clock;

    public int Outer, Inner, XColumns, New, HeadColumns, Runs, Rest, Tail, Phases;

    /// <summary>Columns from one row of Head to the next.</summary>
    public int HeadPitch;

    public float Scale;

    /// <summary>This run's number among those that share its line, and that line's folds.</summary>
    public readonly (int Slot, nint Line) At()
    {
        ulong runs = (ulong)*Clock, phases = (uint)Phases, visits = phases == 1 ? runs : runs / phases;
        return ((int)(visits % (uint)Runs), (nint)((long)(runs - visits * phases) * Outer * Inner * 2 * Runs));
    }
}

static unsafe class RunningKernels
{
    public static KernelFamily<RunningArgs> Sum => Family<Summation>.Value;

    public static KernelFamily<RunningArgs> Maximum => Family<Maximum>.Value;

    public static KernelFamily<RunningArgs> Minimum => Family<Minimum>.Value;

    public static IEnumerable<KernelFamily> All => [Sum, Maximum, Minimum];

    static class Family<TOp> where TOp : ILanesReduction
    {
        public static readonly KernelFamily<RunningArgs> Value =
            new KernelFamily<RunningArgs>($"running.{TOp.Name}.f32", $"y = scale · ({TOp.Formula}) over the newest columns", &Run<TOp>)
                .With(Isa.Vector128, &RunLanes<TOp, Lanes4>)
                .With(Isa.Avx2, Cpu.HasAvx2 ? &RunLanes<TOp, Lanes8> : null)
                .With(Isa.Avx512, Cpu.HasAvx512 ? &RunLanes<TOp, Lanes16> : null);
    }

    static void Run<TOp>(RunningArgs* a) where TOp : ILanesReduction
    {
        var (slot, line) = a->At();
        float* past = a->Past + line;
        long pitch = (long)a->Outer * a->Inner;
        for (int o = 0; o < a->Outer; o++)
            for (int i = 0; i < a->Inner; i++, past++)
            {
                float* x = a->X + (long)o * a->XColumns * a->Inner + i, rest = past + (a->Runs + slot) * pitch;
                double oldest = *rest;
                past[slot * pitch] = (float)Fold<TOp>(x, a->Inner, a->New);
                *rest = (float)Fold<TOp>(x + (long)(a->New - a->Rest) * a->Inner, a->Inner, a->Rest);
                double sum = TOp.Step(Fold<TOp>(past, pitch, a->Runs), Fold<TOp>(x + (long)a->New * a->Inner, a->Inner, a->Tail));
                if (a->HeadColumns > 0) sum = TOp.Step(sum, Fold<TOp>(a->Head + (long)o * a->HeadPitch * a->Inner + i, a->Inner, a->HeadColumns));
                if (a->Rest > 0) sum = TOp.Step(sum, oldest);
                a->Y[(long)o * a->Inner + i] = (float)(sum * a->Scale);
            }
    }

    static double Fold<TOp>(float* x, long stride, int count) where TOp : ILanesReduction
    {
        double sum = TOp.Start<double>();
        for (int i = 0; i < count; i++) sum = TOp.Step(sum, (double)x[i * stride]);
        return sum;
    }

    /// <summary>Where columns are neighbours: lane i is output o + i. Earlier runs' folds are rows of outputs and joined V.Count outputs at a time; this run's columns stand across the outputs, and are folded four of them at a time.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void RunLanes<TOp, V>(RunningArgs* a) where TOp : ILanesReduction where V : unmanaged, ILanes<V>
    {
        if (a->Inner != 1)
        {
            Run<TOp>(a);
            return;
        }
        var (slot, line) = a->At();
        int outer = a->Outer, columns = a->XColumns, heads = a->HeadColumns;
        float* past = a->Past + line, now = past + (nint)slot * outer, end = past + (nint)a->Runs * outer, rest = now + (nint)a->Runs * outer, x = a->X, head = a->Head, y = a->Y;
        for (int o = 0; o < outer; o += V.Count)
        {
            int lanes = Math.Min(V.Count, outer - o);
            V sum = Join<TOp, V>(past + o, now + o, outer, lanes), other = Join<TOp, V>(now + outer + o, end + o, outer, lanes);
            if (a->Rest > 0) sum = TOp.Join(sum, lanes == V.Count ? V.Load(rest + o) : V.LoadFirst(rest + o, lanes));
            sum = TOp.Join(sum, other);
            if (lanes == V.Count) V.Store(sum, y + o);
            else V.StoreFirst(sum, y + o, lanes);
        }
        Lanes4 scale = Lanes4.Create(a->Scale);
        for (int o = 0; o < outer; o += Lanes4.Count, x += (nint)Lanes4.Count * columns, head += (nint)Lanes4.Count * a->HeadPitch)
        {
            // In the last round the missing rows' places are taken by the last row once more; they are not stored.
            int lanes = Math.Min(Lanes4.Count, outer - o), second = Math.Min(1, lanes - 1), third = Math.Min(2, lanes - 1), fourth = lanes - 1;
            Lanes4 fresh = Fold4<TOp>(x, columns, second, third, fourth, 0, a->New), sum = fresh, kept = default;
            if (a->Tail > 0) sum = TOp.Join(sum, Fold4<TOp>(x, columns, second, third, fourth, a->New, a->Tail));
            if (heads > 0) sum = TOp.Join(sum, Fold4<TOp>(head, a->HeadPitch, second, third, fourth, 0, heads));
            if (a->Rest > 0) kept = Fold4<TOp>(x, columns, second, third, fourth, a->New - a->Rest, a->Rest);
            if (lanes == Lanes4.Count)
            {
                Lanes4.Store(fresh, now + o);
                if (a->Rest > 0) Lanes4.Store(kept, rest + o);
                Lanes4.Store(TOp.Join(sum, Lanes4.Load(y + o)) * scale, y + o);
                continue;
            }
            Lanes4.StoreFirst(fresh, now + o, lanes);
            if (a->Rest > 0) Lanes4.StoreFirst(kept, rest + o, lanes);
            Lanes4.StoreFirst(TOp.Join(sum, Lanes4.LoadFirst(y + o, lanes)) * scale, y + o, lanes);
        }
    }

    /// <summary>The rows from <paramref name="p"/> to <paramref name="end"/> joined.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V Join<TOp, V>(float* p, float* end, nint pitch, int lanes) where TOp : ILanesReduction where V : unmanaged, ILanes<V>
    {
        V sum = V.Create((float)TOp.Start<double>());
        if (lanes == V.Count)
            for (; p < end; p += pitch) sum = TOp.Join(sum, V.Load(p));
        else
            for (; p < end; p += pitch) sum = TOp.Join(sum, V.LoadFirst(p, lanes));
        return sum;
    }

    /// <summary>The folds of <paramref name="n"/> columns from <paramref name="from"/> on of rows 0, <paramref name="second"/>, <paramref name="third"/> and <paramref name="fourth"/>, one per lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Lanes4 Fold4<TOp>(float* x, nint pitch, int second, int third, int fourth, int from, int n) where TOp : ILanesReduction
    {
        float* x0 = x + from, x1 = x0 + second * pitch, x2 = x0 + third * pitch, x3 = x0 + fourth * pitch;
        Lanes4 sum = Lanes4.Create((float)TOp.Start<double>());
        int i = 0;
        if (n >= Lanes4.Count)
        {
            Lanes4 s0 = sum, s1 = sum, s2 = sum, s3 = sum;
            for (; i <= n - Lanes4.Count; i += Lanes4.Count)
            {
                s0 = TOp.StepLanes(s0, Lanes4.Load(x0 + i));
                s1 = TOp.StepLanes(s1, Lanes4.Load(x1 + i));
                s2 = TOp.StepLanes(s2, Lanes4.Load(x2 + i));
                s3 = TOp.StepLanes(s3, Lanes4.Load(x3 + i));
            }
            // Rows to lanes: each zip halves the columns that are still apart.
            Lanes4 even = TOp.Join(Lanes4.ZipLow(s0, s2), Lanes4.ZipHigh(s0, s2)), odd = TOp.Join(Lanes4.ZipLow(s1, s3), Lanes4.ZipHigh(s1, s3));
            sum = TOp.Join(Lanes4.ZipLow(even, odd), Lanes4.ZipHigh(even, odd));
        }
        for (; i < n; i++) sum = TOp.StepLanes(sum, new Lanes4(Vector128.Create(x0[i], x1[i], x2[i], x3[i])));
        return sum;
    }
}
