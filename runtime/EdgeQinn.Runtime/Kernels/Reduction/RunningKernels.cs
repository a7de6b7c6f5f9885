using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels.Reduction;

/// <summary>
/// A reduction over the newest columns of a stream, without going through them again: y = scale · f over all of Head, the last Runs · New + Rest columns that came
/// first in X in this run and those before, and the <see cref="Tail"/> columns of X after its new ones. X is [Outer, XColumns, Inner].
/// </summary>
/// <remarks>
/// Runs come in rounds of Runs. <see cref="Past"/> [Phases, 2·Runs + 1, Outer · Inner] holds for each output: Runs folds of all new columns of a run, those of this round's
/// runs first; the fold of this round so far; Runs folds of the last Rest columns of a run. When a round begins, each fold of the round before becomes that of its own run and
/// all that came after, so that run number s of a round joins two folds, not Runs: this round's, and number s + 1 of the round before. Number s of the Rest
/// folds holds run r − Runs when run r writes it. Folds are joined, never taken back, so that rounding does not add up.
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
        return ((int)(visits % (uint)Runs), (nint)((long)(runs - visits * phases) * Outer * Inner * (2 * Runs + 1)));
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

    static void Run<TOp>(RunningArgs* a) where TOp : ILanesReduction => RunFrom<TOp>(a, 0);

    static void RunFrom<TOp>(RunningArgs* a, long output) where TOp : ILanesReduction
    {
        var (slot, line) = a->At();
        long pitch = (long)a->Outer * a->Inner;
        for (; output < pitch; output++)
        {
            var (o, i) = Math.DivRem(output, a->Inner);
            float* x = a->X + o * a->XColumns * a->Inner + i, past = a->Past + line + output, round = past + a->Runs * pitch, rest = round + (1 + slot) * pitch;
            if (slot == 0)
                for (int r = a->Runs - 2; r > 0; r--) past[r * pitch] = (float)TOp.Step((double)past[r * pitch], (double)past[(r + 1) * pitch]);
            double fresh = Fold<TOp>(x, a->Inner, a->New), soFar = slot == 0 ? fresh : TOp.Step(fresh, (double)*round);
            double sum = TOp.Step(soFar, Fold<TOp>(x + (long)a->New * a->Inner, a->Inner, a->Tail));
            if (slot + 1 < a->Runs) sum = TOp.Step(sum, (double)past[(slot + 1) * pitch]);
            if (a->Rest > 0) sum = TOp.Step(sum, (double)*rest);
            if (a->HeadColumns > 0) sum = TOp.Step(sum, Fold<TOp>(a->Head + o * a->HeadPitch * a->Inner + i, a->Inner, a->HeadColumns));
            past[slot * pitch] = (float)fresh;
            *round = (float)soFar;
            *rest = (float)Fold<TOp>(x + (long)(a->New - a->Rest) * a->Inner, a->Inner, a->Rest);
            a->Y[output] = (float)(sum * a->Scale);
        }
    }

    static double Fold<TOp>(float* x, long stride, int count) where TOp : ILanesReduction
    {
        double sum = TOp.Start<double>();
        for (int i = 0; i < count; i++) sum = TOp.Step(sum, (double)x[i * stride]);
        return sum;
    }

    /// <summary>Where columns are neighbours: lane i is output o + i, whose columns stand across the lanes and are folded four at a time. Outputs that fill no four are left to the plain loop.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void RunLanes<TOp, V>(RunningArgs* a) where TOp : ILanesReduction where V : unmanaged, ILanes<V>
    {
        int done = 0;
        if (a->Inner == 1)
        {
            var (slot, line) = a->At();
            done = Outputs<TOp, V>(a, slot, line, 0);
            if (done <= a->Outer - Lanes4.Count) done = Outputs<TOp, Lanes4>(a, slot, line, done);
        }
        if (done < (long)a->Outer * a->Inner) RunFrom<TOp>(a, done);
    }

    /// <summary>Outputs from <paramref name="o"/> on, as many as fill vectors; the first that is left.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    static int Outputs<TOp, V>(RunningArgs* a, int slot, nint line, int o) where TOp : ILanesReduction where V : unmanaged, ILanes<V>
    {
        nint pitch = a->Outer, columns = a->XColumns;
        float* past = a->Past + line, now = past + slot * pitch, round = past + a->Runs * pitch, rest = round + (1 + slot) * pitch, y = a->Y;
        V scale = V.Create(a->Scale), buffer;
        for (; o <= a->Outer - V.Count; o += V.Count)
        {
            float* x = a->X + o * columns;
            V fresh = Fold<TOp, V>(x, columns, a->New, &buffer), soFar = fresh;
            if (slot > 0) soFar = TOp.Join(fresh, V.Load(round + o));
            else BeginRound<TOp, V>(past + o, a->Runs, pitch);
            V sum = soFar;
            if (slot + 1 < a->Runs) sum = TOp.Join(sum, V.Load(now + pitch + o));
            if (a->Tail > 0) sum = TOp.Join(sum, FoldApart<TOp, V>(x + a->New, columns, a->Tail, &buffer));
            if (a->HeadColumns > 0) sum = TOp.Join(sum, FoldApart<TOp, V>(a->Head + (nint)o * a->HeadPitch, a->HeadPitch, a->HeadColumns, &buffer));
            if (a->Rest > 0)
            {
                sum = TOp.Join(sum, V.Load(rest + o));
                V.Store(Fold<TOp, V>(x + a->New - a->Rest, columns, a->Rest, &buffer), rest + o);
            }
            V.Store(fresh, now + o);
            V.Store(soFar, round + o);
            V.Store(sum * scale, y + o);
        }
        return o;
    }

    /// <summary>Makes each run's fold that of itself and all after it; the first is not asked for any more.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void BeginRound<TOp, V>(float* past, int runs, nint pitch) where TOp : ILanesReduction where V : unmanaged, ILanes<V>
    {
        float* fold = past + (runs - 1) * pitch;
        V sum = V.Load(fold);
        for (int r = runs - 2; r > 0; r--)
        {
            fold -= pitch;
            sum = TOp.Join(sum, V.Load(fold));
            V.Store(sum, fold);
        }
    }

    /// <summary>The folds of <paramref name="n"/> columns of rows from <paramref name="x"/> on, one row per lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static V Fold<TOp, V>(float* x, nint pitch, int n, V* buffer) where TOp : ILanesReduction where V : unmanaged, ILanes<V>
    {
        // Register j holds fours of columns of rows j, j + 4, j + 8, …
        V s0 = V.Create((float)TOp.Start<double>()), s1 = s0, s2 = s0, s3 = s0;
        int i = 0;
        for (; i <= n - 4; i += 4)
        {
            float* at = x + i;
            s0 = TOp.StepLanes(s0, V.LoadFours(at, 4 * pitch));
            s1 = TOp.StepLanes(s1, V.LoadFours(at + pitch, 4 * pitch));
            s2 = TOp.StepLanes(s2, V.LoadFours(at + 2 * pitch, 4 * pitch));
            s3 = TOp.StepLanes(s3, V.LoadFours(at + 3 * pitch, 4 * pitch));
        }
        // Rows to lanes: each zip halves the columns that are still apart.
        V even = TOp.Join(V.ZipLow(s0, s2), V.ZipHigh(s0, s2)), odd = TOp.Join(V.ZipLow(s1, s3), V.ZipHigh(s1, s3));
        V sum = TOp.Join(V.ZipLow(even, odd), V.ZipHigh(even, odd));
        if (i == n) return sum;
        FoldLast<TOp>((float*)buffer, V.Count, x, pitch, i, n);
        return TOp.Join(sum, *buffer);
    }

    /// <summary>The same in one place: code is kept small where columns are few.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    static V FoldApart<TOp, V>(float* x, nint pitch, int n, V* buffer) where TOp : ILanesReduction where V : unmanaged, ILanes<V> => Fold<TOp, V>(x, pitch, n, buffer);

    /// <summary>Columns from <paramref name="from"/> on, fewer than four.</summary>
    static void FoldLast<TOp>(float* y, int rows, float* x, nint pitch, int from, int n) where TOp : ILanesReduction
    {
        for (int r = 0; r < rows; r++, x += pitch)
        {
            y[r] = x[from];
            for (int i = from + 1; i < n; i++) y[r] = TOp.Join(y[r], x[i]);
        }
    }
}
