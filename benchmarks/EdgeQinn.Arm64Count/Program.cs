using System.Globalization;
using EdgeQinn.Arm64Count;
using EdgeQinn.Runtime.Diagnostics;
using EdgeQinn.Runtime.Diagnostics.Timing;
using EdgeQinn.Runtime.Execution;

// The program whose instructions are counted. Each model is loaded and run, which compiles everything; then all of it, and each layer, run in four child
// processes: not at all, not at all, n times, 3n times. The emulator prints a count whenever a process ends, the parent's part included, which
// grows by the same from child to child: the second differences are the runs' alone.
const long Enough = 10_000_000;
if (args.Length == 0)
{
    Console.Error.WriteLine("usage: EdgeQinn.Arm64Count MODEL.eqn…");
    return 2;
}
Child.Run(() => { }); // compiles what starting one takes
foreach (string path in args)
{
    using var model = Model.Load(path);
    using var session = model.CreateSession();
    var random = new Random(1);
    foreach (var input in session.Inputs)
        foreach (ref float x in input.AsSpan<float>()) x = 2 * random.NextSingle() - 1;
    session.Run();

    var report = ModelReport.Of(model);
    Count(session, $"model\t{path}", 0, report.Steps.Length, report.Nodes.Sum(n => n.MultiplyAdds));
    for (int n = 0, first = 0; n < report.Nodes.Length; n++)
    {
        var node = report.Nodes[n];
        int steps = report.Steps.Count(s => s.Node == n);
        if (node.MultiplyAdds > 0)
        {
            long stored = Math.Min(node.MultiplyAdds, TimedLayer.Of(model.Graph, model.Graph.Nodes[n])?.MultiplyAdds ?? node.MultiplyAdds);
            Count(session, $"layer\t{node.Name}\t{node.Operator}\t{string.Join('+', node.Encodings)}\t{node.MultiplyAdds}\t{stored}\t{string.Join(", ", node.Kernels)}", first, steps, node.MultiplyAdds);
        }
        first += steps;
    }
}
return 0;

static void Count(Session session, string what, int first, int steps, long multiplyAdds)
{
    for (int step = 0; step < first; step++) session.RunStep(step); // later steps may have overwritten what these read
    int times = (int)Math.Clamp(Enough / Math.Max(1, multiplyAdds), 1, 2000);
    Console.WriteLine($"{what}\t{times}");
    foreach (int turns in (int[])[0, 0, times, 3 * times])
        Child.Run(() =>
        {
            for (int i = 0; i < turns; i++)
                for (int step = first; step < first + steps; step++) session.RunStep(step);
        });
}
