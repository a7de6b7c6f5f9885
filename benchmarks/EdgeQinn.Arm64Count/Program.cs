using System.Globalization;
using EdgeQinn.Arm64Count;
using EdgeQinn.Runtime.Diagnostics;
using EdgeQinn.Runtime.Diagnostics.Timing;
using EdgeQinn.Runtime.Execution;

// The program whose instructions are counted. Each model is loaded and run, which compiles everything; then, of models named after --whole, all of it, of those after --layers
// also each layer and the steps of a layer behind those that pad and quantise its input, and of those after --prepared, which are one layer, the latter alone, run in three child
// processes: not at all, n times, 3n times. The emulator prints a count whenever a process ends, the parent's part included, which grows by the same from child to child.
const long Enough = 2_000_000;
const int Most = 200;
if (args.Length == 0)
{
    Console.Error.WriteLine("usage: EdgeQinn.Arm64Count --whole|--layers|--prepared MODEL.eqn…");
    return 2;
}
Child.Run(() => { }); // compiles what starting one takes
string what = "--whole";
foreach (string path in args)
{
    if (path.StartsWith("--", StringComparison.Ordinal))
    {
        what = path;
        continue;
    }
    using var model = Model.Load(path);
    using var session = model.CreateSession();
    var random = new Random(1);
    foreach (var input in session.Inputs)
        foreach (ref float x in input.AsSpan<float>()) x = 2 * random.NextSingle() - 1;
    session.Run();

    var report = ModelReport.Of(model);
    var layers = report.Nodes.Select((_, n) => TimedLayer.Of(model.Graph, model.Graph.Nodes[n])).ToArray();
    long all = report.Nodes.Sum(n => n.MultiplyAdds), storedInAll = report.Nodes.Zip(layers).Sum(l => Stored(l.First, l.Second));
    if (what != "--prepared") Count(session, string.Create(CultureInfo.InvariantCulture, $"model\t{path}\t{all}\t{storedInAll}"), 0, report.Steps.Length, all);
    for (int n = 0, first = 0; n < report.Nodes.Length && what != "--whole"; n++)
    {
        var node = report.Nodes[n];
        string[] steps = [.. report.Steps.Where(s => s.Node == n).Select(s => s.Kernel)];
        if (node.MultiplyAdds > 0)
        {
            int preparing = steps.TakeWhile(k => k.StartsWith("conv.pad.", StringComparison.Ordinal) || k.StartsWith("quantise.", StringComparison.Ordinal)).Count();
            int skipped = what == "--prepared" ? preparing : 0;
            Count(session, string.Create(CultureInfo.InvariantCulture, $"layer\t{path}\t{node.Name}\t{node.Operator}\t{node.Format}\t{node.MultiplyAdds}\t{Stored(node, layers[n])}\t{string.Join(", ", node.Kernels)}"), first + skipped, steps.Length - skipped, node.MultiplyAdds);
            if (what == "--layers" && preparing > 0 && preparing < steps.Length) Count(session, $"prepared\t{path}", first + preparing, steps.Length - preparing, node.MultiplyAdds);
        }
        first += steps.Length;
    }
}
return 0;

static long Stored(NodeReport node, TimedLayer? layer) => Math.Min(node.MultiplyAdds, layer?.MultiplyAdds ?? node.MultiplyAdds);

static void Count(Session session, string what, int first, int steps, long multiplyAdds)
{
    for (int step = 0; step < first; step++) session.RunStep(step); // later steps may have overwritten what these read
    int times = (int)Math.Clamp(Enough / Math.Max(1, multiplyAdds), 1, Most);
    Console.WriteLine($"{what}\t{times}");
    foreach (int turns in (int[])[0, times, 3 * times])
        Child.Run(() =>
        {
            for (int i = 0; i < turns; i++)
                for (int step = first; step < first + steps; step++) session.RunStep(step);
        });
}
