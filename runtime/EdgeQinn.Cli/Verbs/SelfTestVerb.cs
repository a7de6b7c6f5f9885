using EdgeQinn.Cli.CommandLine;
using EdgeQinn.Cli.Output;
using EdgeQinn.Runtime.Diagnostics.SelfTest;

namespace EdgeQinn.Cli.Verbs;

/// <summary><c>edgeqinn selftest</c>: kernels against their references on this CPU.</summary>
static class SelfTestVerb
{
    static readonly Option Rounds = new("--rounds", "N", "random draws of each case (default 20)");
    static readonly Option Seed = new("--seed", "N", "seed of the draws (default 1)");

    public static readonly Verb Verb = new("selftest", "kernels against their scalar references on this CPU", [], [Rounds, Seed], "Exit code 1 where a kernel fails.", Run);

    static int Run(Invocation call)
    {
        var results = KernelSelfTest.Run(call.Int(Rounds, 20, 1), call.Int(Seed, 1, 0));
        int failed = results.Count(r => r.Failure is not null);
        if (call.Json) WriteJson(call.Output, results, failed);
        else
        {
            var table = new TextTable("kernel", ">cases", "");
            foreach (var r in results) table.Add(r.Kernel, $"{r.Cases}", r.Failure is null ? "passed" : $"FAILED: {r.Failure}");
            table.Write(call.Output);
            call.Output.WriteLine($"{results.Count - failed} passed, {failed} failed");
        }
        return failed == 0 ? 0 : 1;
    }

    static void WriteJson(TextWriter output, IReadOnlyList<KernelTestResult> results, int failed) => JsonOutput.Write(output, true, json =>
    {
        json.WriteNumber("passed", results.Count - failed);
        json.WriteNumber("failed", failed);
        json.WriteStartArray("kernels");
        foreach (var r in results)
        {
            json.WriteStartObject();
            json.WriteString("name", r.Kernel);
            json.WriteNumber("cases", r.Cases);
            if (r.Failure is not null) json.WriteString("failure", r.Failure);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });
}
