using Xunit;

namespace EdgeQinn.Cli.Tests;

[Collection(AllocationCollection.Name)]
public sealed class DemoTests
{
    [Fact]
    public void Lines_and_a_summary_where_output_is_no_terminal()
    {
        string text = CommandLine.Run("demo", "--speed", "max", "--seconds", "20").Expect(0).Output;
        Assert.DoesNotContain("\e", text);
        Assert.Matches(@"\n +\d+\.\d{3} s  [NSVFQ]  N 0\.\d\d", text);
        Assert.Contains("as the generator made them", text);
    }

    [Fact]
    public void Beats_are_found_and_labelled_and_nothing_is_allocated()
    {
        var lines = CommandLine.Run("demo", "--speed", "max", "--seconds", "120", "--json").Expect(0).JsonLines;
        var summary = lines[^1].GetProperty("summary");
        int beats = summary.GetProperty("beats").GetInt32();
        Assert.Equal(lines.Length - 1, beats);
        Assert.InRange(beats, 120, 160);
        Assert.True(summary.GetProperty("agreeing").GetInt32() >= 0.9 * beats);
        Assert.Equal(0, summary.GetProperty("allocatedBytesPerBeat").GetInt64());
        foreach (var line in lines[..^1])
            Assert.Equal(1, line.GetProperty("probabilities").EnumerateObject().Sum(p => p.Value.GetDouble()), 1e-4);
    }

    [Fact]
    public void The_same_seed_gives_the_same_labels()
    {
        static string Labels(string seed) => string.Concat(CommandLine.Run("demo", "--speed", "max", "--seconds", "30", "--seed", seed, "--json").JsonLines[..^1]
            .Select(l => $"{l.GetProperty("sample")}{l.GetProperty("label")}"));
        Assert.Equal(Labels("7"), Labels("7"));
        Assert.NotEqual(Labels("7"), Labels("8"));
    }
}
