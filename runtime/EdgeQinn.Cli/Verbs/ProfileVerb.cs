using EdgeQinn.Cli.CommandLine;
using EdgeQinn.Cli.Output;
using EdgeQinn.Runtime.Diagnostics;
using EdgeQinn.Runtime.Diagnostics.Timing;
using EdgeQinn.Runtime.Execution;

namespace EdgeQinn.Cli.Verbs;

/// <summary><c>edgeqinn profile</c>: where a run spends its time.</summary>
static class ProfileVerb
{
    static readonly Option Iterations = new("--iterations", "N", "timed runs (default: about one second's worth)");

    public static readonly Verb Verb = new("profile", "time of each step of a model", ["MODEL.eqn"], [Iterations],
        () => "Steps are timed one by one; the clock's own cost is subtracted.", Run);

    static int Run(Invocation call)
    {
        int wanted = call.Int(Iterations, 0, 1);
        using var model = Model.Load(call.Operand(0), IsaChoice.Allowed());
        using var session = model.CreateSession();
        LayerTimer.FillInputs(session);
        int settled = Timing.WarmUp(session);
        var profile = StepProfile.Measure(session, wanted > 0 ? wanted : settled);
        var report = ModelReport.Of(model);
        double[] times = [.. profile.Steps.Select(h => Math.Max(0, h.Percentile(50) - profile.TimerCost))];
        double total = Math.Max(times.Sum(), 1);

        if (call.Json)
        {
            JsonOutput.Write(call.Output, true, json =>
            {
                json.WriteString("model", call.Operand(0));
                Timing.Write(json, "latencyMicroseconds", profile.Run);
                json.WriteRounded("clockNanoseconds", profile.TimerCost);
                json.WriteStartArray("steps");
                for (int s = 0; s < times.Length; s++)
                {
                    json.WriteStartObject();
                    json.WriteString("layer", report.Nodes[report.Steps[s].Node].Name);
                    json.WriteString("operator", report.Nodes[report.Steps[s].Node].Operator);
                    json.WriteString("kernel", report.Steps[s].Kernel);
                    json.WriteRounded("p50Nanoseconds", times[s]);
                    json.WriteRounded("share", times[s] / total);
                    json.WriteEndObject();
                }
                json.WriteEndArray();
            });
            return 0;
        }
        var table = new TextTable("layer", "operator", "kernel", ">p50", ">share", "");
        for (int s = 0; s < times.Length; s++)
        {
            var node = report.Nodes[report.Steps[s].Node];
            table.Add(node.Name, node.Operator, report.Steps[s].Kernel, Units.Time(times[s]), $"{times[s] / total:0.0 %}", new string('█', (int)Math.Round(times[s] / total * 30)));
        }
        table.Write(call.Output);
        call.Output.WriteLine($"\nsum of steps {Units.Time(total)}; whole runs {Timing.Line(profile.Run)}");
        return 0;
    }
}
