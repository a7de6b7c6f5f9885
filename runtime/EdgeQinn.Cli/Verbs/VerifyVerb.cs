using EdgeQinn.Cli.CommandLine;
using EdgeQinn.Cli.Output;
using EdgeQinn.Runtime.Diagnostics;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Cli.Verbs;

/// <summary><c>edgeqinn verify</c>: golden vectors, from the file or from arrays.</summary>
static class VerifyVerb
{
    static readonly Option Data = new("--data", "FILE.npz", "arrays named after the model's inputs and outputs, instead of the file's golden vectors");
    static readonly Option Tolerance = new("--tolerance", "T", "absolute tolerance for --data (default 1e-4)");
    static readonly Option Relative = new("--relative", "R", "relative tolerance for --data (default 1e-5)");

    public static readonly Verb Verb = new("verify", "check a model's outputs against golden vectors", ["MODEL.eqn"], [Data, Tolerance, Relative],
        () => "An output y passes against the expected e when |y − e| ≤ T + R·|e|. Exit code 1 where one does not.", Run);

    static int Run(Invocation call)
    {
        if (call.Text(Data) is null && (call.Flag(Tolerance) || call.Flag(Relative))) throw call.Fail("--tolerance and --relative go with --data: golden vectors bring their own");
        string path = call.Operand(0);
        using var model = Model.Load(path, IsaChoice.Allowed());
        var golden = call.Text(Data) is { } data
            ? FromFile(data, model, (float)call.Number(Tolerance, 1e-4, 0, 1e9), (float)call.Number(Relative, 1e-5, 0, 1e9))
            : model.File!.Golden ?? throw new GraphException($"{path}: the file has no golden vectors; give arrays with --data");
        using var session = model.CreateSession();
        var results = GoldenCheck.Run(session, golden);
        bool passed = results.All(r => r.Failures == 0);

        if (call.Json) WriteJson(call.Output, golden, results, passed);
        else WriteText(call.Output, golden, results, passed);
        return passed ? 0 : 1;
    }

    static GoldenVectors FromFile(string path, Model model, float absolute, float relative)
    {
        var archive = NpzFile.Load(path);
        try
        {
            return GoldenVectors.FromArrays(archive, model.Graph, absolute, relative);
        }
        catch (GraphException e)
        {
            throw new GraphException($"{path}: {e.Message}", e);
        }
    }

    static void WriteText(TextWriter output, GoldenVectors golden, IReadOnlyList<GoldenResult> results, bool passed)
    {
        var table = new TextTable("output", ">cases", ">elements", ">max abs error", ">at case", ">element", ">outside tolerance");
        foreach (var r in results)
            table.Add(r.Output, $"{golden.CaseCount}", Units.Count(r.Elements), $"{r.MaxError:0.00e+0}", $"{r.WorstCase}", $"{r.WorstElement}", Units.Count(r.Failures));
        table.Write(output);
        output.WriteLine($"tolerance {golden.AbsoluteTolerance:g} + {golden.RelativeTolerance:g}·|expected|: {(passed ? "passed" : "FAILED")}");
    }

    static void WriteJson(TextWriter output, GoldenVectors golden, IReadOnlyList<GoldenResult> results, bool passed) => JsonOutput.Write(output, true, json =>
    {
        json.WriteBoolean("passed", passed);
        json.WriteNumber("cases", golden.CaseCount);
        json.WriteNumber("absoluteTolerance", golden.AbsoluteTolerance);
        json.WriteNumber("relativeTolerance", golden.RelativeTolerance);
        json.WriteStartArray("outputs");
        foreach (var r in results)
        {
            json.WriteStartObject();
            json.WriteString("name", r.Output);
            json.WriteRounded("maxAbsError", r.MaxError);
            json.WriteNumber("worstCase", r.WorstCase);
            json.WriteNumber("worstElement", r.WorstElement);
            json.WriteNumber("elements", r.Elements);
            json.WriteNumber("failures", r.Failures);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });
}
