using EdgeQinn.Benchmarks.Compression;
using EdgeQinn.Benchmarks.Models;
using Xunit;

namespace EdgeQinn.Benchmarks.Tests.Compression;

/// <summary>An interrupted run goes on where it was, and only there.</summary>
public sealed class OutcomeFileTests : IDisposable
{
    static readonly Machine Machine = new("cpu", 2, "", "", "", "", "", "", "");

    readonly string _path = Path.GetTempFileName();

    public OutcomeFileTests() => File.Delete(_path);

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void What_was_finished_is_found_again_with_all_its_figures()
    {
        var outcome = Part(1, "10 epochs", double.NaN);
        OutcomeFile.Open(_path, Machine, "2026-01-01").Add(outcome);

        var again = OutcomeFile.Open(_path, Machine, "2026-01-02");

        var found = again.Find("net", "results", 1, "", "10 epochs");
        Assert.Equal(outcome.Figures, found?.Figures);
        Assert.Equal(outcome.Layers, found?.Layers);
        Assert.Equal("2026-01-02", again.Date);
    }

    [Fact]
    public void Other_settings_and_other_seeds_are_not_finished()
    {
        var file = OutcomeFile.Open(_path, Machine, "");
        file.Add(Part(1, "10 epochs", 0.5));

        Assert.Null(file.Find("net", "results", 1, "", "20 epochs"));
        Assert.Null(file.Find("net", "results", 2, "", "10 epochs"));
        Assert.Null(file.Find("net", "rival", 1, "", "10 epochs"));
    }

    [Fact]
    public void A_part_done_again_takes_the_place_of_the_old_one()
    {
        var file = OutcomeFile.Open(_path, Machine, "");
        file.Add(Part(1, "10 epochs", 0.5));
        file.Add(Part(2, "10 epochs", 0.5));
        file.Add(Part(1, "20 epochs", 0.6));

        Assert.Equal(["20 epochs", "10 epochs"], OutcomeFile.Open(_path, Machine, "").Outcomes.OrderBy(o => o.Seed).Select(o => o.Settings));
    }

    static Outcome Part(int seed, string settings, double accuracy) => new("net", "results", seed, "", settings, new() { ["accuracy"] = accuracy }, new() { ["fc"] = "int8" }, 1);
}
