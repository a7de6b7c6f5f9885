using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels.Reduction;

/// <summary>
/// A reduction over the newest columns of a stream, without going through them again: y = scale · f over all of Head, the last Runs · New + Rest columns that came
/// first in X in this run and those before, and the <see cref="Tail"/> columns of X after its new ones. X is [Outer, XColumns, Inner].
/// </summary>
/// <remarks>
/// For each output (Outer · Inner, and so many sets of them as there are phases) <see cref="Past"/> holds Runs folds of all new columns of a run, then Runs folds of
/// the last Rest of them: run r writes number r mod Runs of both, where it finds those of run r − Runs, whose Rest columns are the oldest that count. Folds are joined,
/// never taken back, so that rounding does not add up.
/// </remarks>
unsafe struct RunningArgs
{
    public float* X, Head, Y, Past;

    /// <summary>Runs before this one.</summary>
    public long* Clock;

    public int Outer, Inner, XColumns, New, HeadColumns, Runs, Rest, Tail, Phases;

    public float Scale;

    /// <summary>This run's number among those that share its line, and that line's folds.</summary>
    public readonly (int Slot, nint Line) At()
    {
        ulong runs = (ulong)*Clock, phases = (uint)Phases;
        return ((int)(runs / phases % (uint)Runs), (nint)((long)(runs % phases) * Outer * Inner * 2 * Runs));
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
                .With(Isa.Vector128, &RunLanes<TOp>);
    }

    static void Run<TOp>(RunningArgs* a) where TOp : ILanesReduction
    {
        var (slot, line) = a->At();
        float* past = a->Past + line;
        for (int o = 0; o < a->Outer; o++)
            for (int i = 0; i < a->Inner; i++, past += 2 * a->Runs)
            {
                float* x = a->X + (long)o * a->XColumns * a->Inner + i;
                double oldest = past[a->Runs + slot];
                past[slot] = (float)Fold<TOp>(x, a->Inner, a->New);
                past[a->Runs + slot] = (float)Fold<TOp>(x + (long)(a->New - a->Rest) * a->Inner, a->Inner, a->Rest);
                double sum = TOp.Step(Fold<TOp>(past, 1, a->Runs), Fold<TOp>(x + (long)a->New * a->Inner, a->Inner, a->Tail));
                if (a->HeadColumns > 0) sum = TOp.Step(sum, Fold<TOp>(a->Head + (long)o * a->HeadColumns * a->Inner + i, a->Inner, a->HeadColumns));
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

    /// <summary>Where columns are neighbours: lane i folds columns i, i + 4, … of a row. Rows are short, so that wider registers would only have more lanes to join.</summary>
    static void RunLanes<TOp>(RunningArgs* a) where TOp : ILanesReduction
    {
        if (a->Inner != 1)
        {
            Run<TOp>(a);
            return;
        }
        var (slot, line) = a->At();
        float* past = a->Past + line, x = a->X, head = a->Head;
        for (int o = 0; o < a->Outer; o++, past += 2 * a->Runs, x += a->XColumns, head += a->HeadColumns)
        {
            // The folds of earlier runs alone: reading back what is written below would wait for it.
            float oldest = past[a->Runs + slot], fresh = FoldLanes<TOp>(x, a->New);
            float sum = TOp.Join(fresh, TOp.Join(FoldLanes<TOp>(past, slot), FoldLanes<TOp>(past + slot + 1, a->Runs - slot - 1)));
            past[slot] = fresh;
            if (a->Rest > 0)
            {
                past[a->Runs + slot] = FoldLanes<TOp>(x + a->New - a->Rest, a->Rest);
                sum = TOp.Join(sum, oldest);
            }
            if (a->Tail > 0) sum = TOp.Join(sum, FoldLanes<TOp>(x + a->New, a->Tail));
            if (a->HeadColumns > 0) sum = TOp.Join(sum, FoldLanes<TOp>(head, a->HeadColumns));
            a->Y[o] = sum * a->Scale;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)] // six copies in one method exceed what the compiler inlines into them
    static float FoldLanes<TOp>(float* x, int n) where TOp : ILanesReduction
    {
        float sum = (float)TOp.Start<double>();
        int i = 0;
        if (n >= 4)
        {
            Lanes4 even = Lanes4.Load(x);
            if (n >= 8)
            {
                Lanes4 odd = Lanes4.Load(x + 4);
                for (i = 8; i <= n - 8; i += 8) (even, odd) = (TOp.StepLanes(even, Lanes4.Load(x + i)), TOp.StepLanes(odd, Lanes4.Load(x + i + 4)));
                even = TOp.Join(even, odd);
            }
            else
            {
                i = 4;
            }
            if (i <= n - 4)
            {
                even = TOp.StepLanes(even, Lanes4.Load(x + i));
                i += 4;
            }
            Lanes4 halves = TOp.Join(even, new Lanes4(Vector128.Shuffle(even.Value, Vector128.Create(2, 3, 0, 1))));
            sum = TOp.Join(halves.Value[0], halves.Value[1]);
        }
        for (; i < n; i++) sum = TOp.Join(sum, x[i]);
        return sum;
    }
}
