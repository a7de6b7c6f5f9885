using EdgeQinn.Cli.CommandLine;
using EdgeQinn.Cli.Output;
using EdgeQinn.Runtime.Diagnostics;
using EdgeQinn.Runtime.Diagnostics.Timing;
using EdgeQinn.Runtime.Execution;

namespace EdgeQinn.Cli.Verbs;

/// <summary><c>edgeqinn bench</c>: latency of one model, one thread, one input at a time or several; or, with <c>--kernels</c>, the kernel table of this board.</summary>
static class BenchVerb
{
    static readonly Option Iterations = new("--iterations", "N", "timed runs (default: about one second's worth)");

    static readonly Option Batch = new("--batch", "B", "also time B independent inputs per run beside one");
    static readonly Option Hop = new("--hop", "N", "also time a hop of N samples of a stream beside the window (default: as the file says)");
    static readonly Option Table = new("--kernel-table", "FILE.json", "predict other formats from this board's kernel table instead of timing them");
    static readonly Option Kernels = new("--kernels", null, "instead of a model, time every weight format over a grid of layers: the kernel table of this board");
    static readonly Option Quick = new("--quick", null, "with --kernels: a coarse grid, seconds instead of a minute or two");
    static readonly Option Output = new("-o", "FILE.json", "with --kernels: write the kernel table there");

    static readonly Option Power = new("--power", null, "instead of latency, energy and CPU time per inference and per hour of signal");
    static readonly Option Meter = new("--meter", "ina219:BUS|ina226:BUS", "with --power: the power monitor to read, with ?address=, shunt= (Ω), max= (A); else the best there is");
    static readonly Option Seconds = new("--seconds", "S", "with --power: how long to measure (default 10)");

    public static readonly Verb Verb = new("bench", "latency, memory and allocation of a model, and its layers beside this machine's bounds; one thread", ["[MODEL.eqn]"], [Iterations, Batch, Hop, Table, Kernels, Quick, Output, Power, Meter, Seconds],
        () => """
            Inputs are fixed random numbers. For steady figures pin a core: taskset -c 1 edgeqinn bench …
            "of bound" compares a layer with what this machine needs at least: its multiply-adds at the measured peak, or reading its bytes, whichever
            is longer. Minimal filtering does fewer multiplications than the definition and can exceed it. "faster as" names the formats that would save
            at least a tenth of the layer's time; int8? has to be checked for accuracy, the others compute the same.
            """, Run);

    static int Run(Invocation call)
    {
        bool kernels = call.Flag(Kernels);
        if (call.OperandCount != (kernels ? 0 : 1) || (kernels && call.Text(Table) is not null)) throw call.Fail("takes either MODEL.eqn or --kernels");
        if (kernels) return KernelTimesCommand.Run(call, call.Text(Output), call.Flag(Quick));
        if (call.Flag(Quick) || call.Text(Output) is not null) throw call.Fail("--quick and -o go with --kernels");
        if (call.Flag(Power)) return PowerCommand.Run(call, call.Operand(0), call.Text(Meter), call.Number(Seconds, 10, 1, 3600));
        if (call.Text(Meter) is not null || call.Text(Seconds) is not null) throw call.Fail("--meter and --seconds go with --power");
        var table = call.Text(Table) is { } path ? LayerTimes.Load(path) : null;
        int wanted = call.Int(Iterations, 0, 1), batch = call.Int(Batch, 1, 1, SessionOptions.MaxBatch);
        long start = System.Diagnostics.Stopwatch.GetTimestamp();
        using var model = Model.Load(call.Operand(0), IsaChoice.Allowed());
        using var session = model.CreateSession();
        LayerTimer.FillInputs(session);
        session.Run();
        double firstResult = System.Diagnostics.Stopwatch.GetElapsedTime(start).TotalNanoseconds;

        int settled = Timing.WarmUp(session), iterations = wanted > 0 ? wanted : settled;
        StepProfile.Measure(session, 1);
        long before = GC.GetAllocatedBytesForCurrentThread();
        session.Run();
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        var profile = StepProfile.Measure(session, iterations);
        var runs = profile.Run;
        long resident = SystemFacts.PeakResidentBytes(); // before the machine's own speed is measured, which takes memory
        var together = batch > 1 ? BatchTiming.Measure(model, batch, iterations) : null;
        var stream = HopTiming.RuleOf(model, call.Text(Hop) is null ? null : call.Int(Hop, 0, 1)) is { } rule ? HopTiming.Measure(model, rule, iterations) : null;
        var layers = LayerProfile.Measure(model, profile, IsaChoice.Allowed(), table, out var peaks);
        var report = ModelReport.Of(model);
        double perSecond = report.Nodes.Sum(n => n.MultiplyAdds) / (runs.Percentile(50) * 1e-9);

        if (call.Json)
        {
            JsonOutput.Write(call.Output, true, json =>
            {
                json.WriteString("model", call.Operand(0));
                Timing.Write(json, "latencyMicroseconds", runs);
                json.WriteNumber("allocatedBytesPerRun", allocated);
                json.WriteRounded("loadAndFirstRunMicroseconds", firstResult / 1e3);
                json.WriteRounded("multiplyAddsPerSecond", perSecond);
                json.WriteNumber("fileBytes", model.File!.Length);
                json.WriteNumber("packedBytes", report.PackedBytes);
                json.WriteNumber("sessionBytes", session.WorkingBytes);
                json.WriteNumber("peakResidentBytes", resident);
                together?.Write(json);
                stream?.Write(json);
                LayerOutput.Write(json, layers, peaks);
            });
            return 0;
        }
        call.Output.WriteLine($"{call.Operand(0)}: {Units.Count(runs.Count)} runs, one thread, {IsaChoice.Name(IsaChoice.Allowed()[0])}");
        call.Output.WriteLine($"latency     {Timing.Line(runs)}");
        call.Output.WriteLine($"rate        {1e9 / runs.Percentile(50):#,0} runs/s, {perSecond / 1e9:0.0} G multiply-adds/s");
        if (together is not null) call.Output.WriteLine($"batch       {together}");
        if (stream is not null) call.Output.WriteLine($"stream      {stream}");
        call.Output.WriteLine($"allocation  {allocated} B per run");
        call.Output.WriteLine($"cold        {Units.Time(firstResult)} from opening the file to the first result");
        call.Output.WriteLine($"memory      {Units.Bytes(model.File!.Length)} file, {Units.Bytes(report.PackedBytes)} packed, {Units.Bytes(session.WorkingBytes)} per session, {Units.Bytes(resident)} peak resident\n");
        LayerOutput.Write(call.Output, layers, peaks);
        return 0;
    }
}
