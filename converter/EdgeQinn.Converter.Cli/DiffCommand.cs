using System.CommandLine;
using EdgeQinn.Converter.Comparison;
using EdgeQinn.Runtime.Execution;

namespace EdgeQinn.Converter.Cli;

/// <summary><c>edgeqinn-convert diff</c>: two converted networks side by side.</summary>
static class DiffCommand
{
    public static Command Create()
    {
        var first = new Argument<string>("A.eqn") { Description = "A converted network." };
        var second = new Argument<string>("B.eqn") { Description = "Another." };
        var json = new Option<bool>("--json") { Description = "Report as JSON." };
        var command = new Command("diff", "Compares two converted networks layer by layer: exit code 0 where they are equal, 1 where not.") { first, second, json };
        command.SetAction(parsed => Cli.Guard(() =>
        {
            string pathA = parsed.GetRequiredValue(first), pathB = parsed.GetRequiredValue(second);
            using var a = Model.Load(pathA);
            using var b = Model.Load(pathB);
            var report = new DiffReport(pathA, pathB, EqnComparison.Of(a, b));
            if (parsed.GetValue(json)) report.WriteJson(Console.Out);
            else report.WriteText(Console.Out);
            return report.Comparison.AreEqual ? Cli.Success : Cli.FailedCheck;
        }));
        return command;
    }
}
