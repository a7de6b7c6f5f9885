using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using EdgeQinn.Benchmarks.Models;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;

namespace EdgeQinn.Benchmarks.Kernels;

/// <summary>
/// What a plan step costs beyond its kernel: plans of N equal, nearly empty steps run by a session, beside N calls of the same kernel with the same argument
/// block through a function pointer. The slope over N of either is its cost per step; their difference is the overhead.
/// </summary>
static unsafe class StepOverhead
{
    /// <summary>The most overhead per step that is acceptable, ns.</summary>
    public const double Goal = 15;

    const int Samples = 400;
    static readonly int[] _counts = [4, 64, 256, 512];

    /// <summary>Prints one Markdown table; fails where the overhead is above the goal. No arguments.</summary>
    public static int Run(string[] args)
    {
        ProcessorAffinity.Pin(Environment.ProcessorCount - 1);
        var (run, bare) = Measure();
        Console.WriteLine("| steps | session, ns | kernel called as often, ns |\n|--:|--:|--:|");
        for (int p = 0; p < run.Length; p++) Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {_counts[p]} | {run[p]:F1} | {bare[p]:F1} |"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"\nper step {Slope(run):F2} ns, per bare call {Slope(bare):F2} ns: overhead {Overhead(run, bare):F2} ns per step (goal: at most {Goal})"));
        return Overhead(run, bare) <= Goal ? 0 : 1;
    }

    /// <summary>What a step costs beyond its kernel, ns.</summary>
    public static double Overhead(double[] run, double[] bare) => Slope(run) - Slope(bare);

    /// <summary>For each count of steps: a session's run, and as many bare calls, ns; the least of many samples in turns.</summary>
    public static (double[] Run, double[] Bare) Measure()
    {
        var plans = _counts.Select(Plan).ToArray();
        var run = Enumerable.Repeat(double.MaxValue, plans.Length).ToArray();
        double[] bare = [.. run];
        for (int sample = 0; sample < Samples; sample++)
            for (int p = 0; p < plans.Length; p++)
            {
                int repeats = Math.Max(1, 4096 / _counts[p]);
                run[p] = Math.Min(run[p], Time(repeats, plans[p].Session));
                bare[p] = Math.Min(bare[p], Time(repeats, plans[p].Session.FirstCall, _counts[p]));
            }
        foreach (var (model, session) in plans)
        {
            session.Dispose();
            model.Dispose();
        }
        return (run, bare);
    }

    /// <summary>N negations of one number, each of the one before.</summary>
    static (Model Model, Session Session) Plan(int count)
    {
        var type = new TensorType(ElementType.Float32, 1);
        var model = Model.FromGraph(new ModelGraph
        {
            Values = [.. Enumerable.Range(0, count + 1).Select(i => new Value($"v{i}", type))],
            Nodes = [.. Enumerable.Range(0, count).Select(i => new Node("Neg", $"n{i}", [i], [i + 1], []))],
            Inputs = [0],
            Outputs = [count],
        });
        return (model, model.CreateSession());
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static double Time(int repeats, Session session)
    {
        long start = Stopwatch.GetTimestamp();
        for (int r = 0; r < repeats; r++) session.Run();
        return (Stopwatch.GetTimestamp() - start) * (1e9 / Stopwatch.Frequency) / repeats;
    }

    /// <summary>The kernel with one argument block, again and again.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static double Time(int repeats, KernelCall call, int count)
    {
        long start = Stopwatch.GetTimestamp();
        for (int r = 0; r < repeats; r++)
            for (int i = 0; i < count; i++) call.Kernel(call.Args);
        return (Stopwatch.GetTimestamp() - start) * (1e9 / Stopwatch.Frequency) / repeats;
    }

    /// <summary>Least squares over the counts.</summary>
    static double Slope(double[] times)
    {
        double n = _counts.Average(), t = times.Average();
        return _counts.Zip(times, (c, y) => (c - n) * (y - t)).Sum() / _counts.Sum(c => (c - n) * (c - n));
    }
}
