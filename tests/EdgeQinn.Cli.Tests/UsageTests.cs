using Xunit;

namespace EdgeQinn.Cli.Tests;

public sealed class UsageTests
{
    static readonly string[] Verbs = ["demo", "run", "evaluate", "inspect", "verify", "bench", "profile", "selftest", "kernels", "doctor"];

    [Fact]
    public void Help_lists_every_verb_and_each_has_its_own()
    {
        string all = CommandLine.Run("--help").Expect(0).Output;
        foreach (string verb in Verbs)
        {
            Assert.Contains($"\n  {verb}", all);
            string own = CommandLine.Run(verb, "--help").Expect(0).Output;
            Assert.Contains($"usage: edgeqinn {verb}", own);
            Assert.Contains("--json", own);
        }
    }

    [Fact]
    public void Version_is_printed() => Assert.Matches(@"^edgeqinn \d+\.\d+\.\d+", CommandLine.Run("--version").Expect(0).Output);

    [Theory]
    [InlineData("usage: edgeqinn VERB")]
    [InlineData("verb 'evalute' is unknown; did you mean 'evaluate'?", "evalute")]
    [InlineData("option '--iteration' is unknown; did you mean '--iterations'?", "bench", "m.eqn", "--iteration", "3")]
    [InlineData("MODEL.eqn is missing", "inspect")]
    [InlineData("takes either MODEL.eqn or --kernels", "bench")]
    [InlineData("takes either MODEL.eqn or --kernels", "bench", "m.eqn", "--kernels")]
    [InlineData("-o needs a value: FILE.json", "bench", "--kernels", "-o")]
    [InlineData("'b' is one argument too many", "inspect", "a", "b")]
    [InlineData("--source is missing", "run", "m.eqn")]
    [InlineData("--source needs a value: SOURCE", "run", "m.eqn", "--source")]
    [InlineData("--source needs a value: SOURCE", "run", "m.eqn", "--source", "--json")]
    [InlineData("--limit is given twice", "run", "m.eqn", "--limit", "1", "--limit", "2")]
    [InlineData("--limit takes a whole number", "run", "m.eqn", "--source", "wfdb:x", "--limit", "0")]
    [InlineData("--json takes no value", "kernels", "--json=yes")]
    [InlineData("is no speed", "run", "m.eqn", "--source", "wfdb:x", "--speed", "fast")]
    [InlineData("--tolerance and --relative go with --data", "verify", "m.eqn", "--tolerance", "1")]
    public void Wrong_usage_is_told_with_the_way_out(string message, params string[] arguments)
    {
        var outcome = CommandLine.Run(arguments).Expect(2);
        Assert.Contains(message, outcome.Error);
        Assert.Empty(outcome.Output);
    }

    [Fact]
    public void Values_may_follow_an_equals_sign_and_operands_a_double_dash()
    {
        using var files = new Files();
        CommandLine.Run("bench", "--iterations=10", "--", files.Model).Expect(0);
    }
}
