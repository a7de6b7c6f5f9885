using EdgeQinn.Benchmarks.Models;
using EdgeQinn.Runtime.Diagnostics.Timing;
using Xunit;

namespace EdgeQinn.Benchmarks.Tests;

/// <summary>The kernel table kept in benchmarks/results: measured times, which the estimator must predict where it was not told them.</summary>
public sealed class KernelTableFileTests
{
    static readonly LayerTimes Table = LayerTimes.Load(Path.Combine(Repository.Results, "kernel-table.json"));

    [Fact]
    public void Layers_off_the_grid_are_predicted()
    {
        double[] ratios = [.. Table.Checks.Select(c => Table.Estimate(c.Layer)!.Value.Microseconds / c.Microseconds)];
        double[] errors = [.. ratios.Select(r => Math.Abs(Math.Log(r))).Order()];
        Assert.InRange(errors[errors.Length / 2], 0, Math.Log(1.3));
        Assert.InRange(errors[errors.Length * 9 / 10], 0, Math.Log(3));
    }

    [Fact]
    public void A_line_of_the_grid_left_out_is_predicted_from_its_neighbours()
    {
        bool Left(LayerTime e) => e.Layer is { Operator: "Linear", Format: "dense" } && e.Layer.Sizes.Any(s => s is { Name: "inputs", Value: 128 or 32 });
        var without = new LayerTimes([.. Table.Entries.Where(e => !Left(e))]);
        double[] errors = [.. Table.Entries.Where(Left).Select(e => Math.Abs(Math.Log(without.Estimate(e.Layer)!.Value.Microseconds / e.Microseconds))).Order()];
        Assert.True(errors.Length >= 18);
        Assert.InRange(errors[errors.Length / 2], 0, Math.Log(1.3));
    }

    [Fact]
    public void It_says_what_it_was_measured_on()
    {
        Assert.NotEmpty(Table.Processor);
        Assert.NotEmpty(Table.Isa);
        Assert.True(Table.Peaks.FloatMultiplyAdds > 0 && Table.Peaks.Reads.Count >= 2);
    }
}
