using EdgeQinn.Cli.CommandLine;
using EdgeQinn.Cli.Demo;
using EdgeQinn.Cli.Output;
using EdgeQinn.Runtime.Diagnostics;
using EdgeQinn.Runtime.Diagnostics.SelfTest;
using EdgeQinn.Runtime.Kernels;

namespace EdgeQinn.Cli.Verbs;

/// <summary><c>edgeqinn selftest</c>: kernels against their references on this CPU, and the bundled network against its golden vectors.</summary>
static class SelfTestVerb
{
    static readonly Option Rounds = new("--rounds", "N", "random draws of each case (default 20)");
    static readonly Option Seed = new("--seed", "N", "seed of the draws (default 1)");

    public static readonly Verb Verb = new("selftest", "kernels against their scalar references on this CPU, the bundled network against its golden vectors", [], [Rounds, Seed], () => "Exit code 1 where one fails.", Run);

    static int Run(Invocation call)
    {
        List<KernelTestResult> results = [.. KernelSelfTest.Run(call.Int(Rounds, 20, 1), call.Int(Seed, 1, 0)), .. Golden()];
        int failed = results.Count(r => r.Failure is not null);
        if (call.Json) WriteJson(call.Output, results, failed);
        else
        {
            var table = new TextTable("kernel or network", ">cases", "");
            foreach (var r in results) table.Add(r.Kernel, $"{r.Cases}", r.Failure is null ? "passed" : $"FAILED: {r.Failure}");
            table.Write(call.Output);
            call.Output.WriteLine($"{results.Count - failed} passed, {failed} failed");
        }
        return failed == 0 ? 0 : 1;
    }

    /// <summary>The bundled network on every instruction set.</summary>
    static IEnumerable<KernelTestResult> Golden()
    {
        for (Isa isa = Isa.Scalar; isa <= Isa.Avx512; isa++)
        {
            if (!Cpu.Supports(isa)) continue;
            using var model = BundledModel.Load(isa == Isa.Scalar ? [Isa.Scalar] : [isa, Isa.Scalar]);
            using var session = model.CreateSession();
            var golden = model.File!.Golden!;
            var failed = GoldenCheck.Run(session, golden).FirstOrDefault(r => r.Failures > 0);
            yield return new KernelTestResult($"{BundledModel.Name}/{IsaChoice.Name(isa)}", golden.CaseCount,
                failed is null ? null : $"'{failed.Output}' differs by {failed.MaxError:g3} in case {failed.WorstCase}");
        }
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
