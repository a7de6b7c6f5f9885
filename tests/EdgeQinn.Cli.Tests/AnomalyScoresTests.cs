using EdgeQinn.Devices.Evaluation;
using Xunit;

namespace EdgeQinn.Cli.Tests;

public sealed class AnomalyScoresTests
{
    [Fact]
    public void The_area_is_the_share_of_pairs_in_order()
    {
        var random = new Random(1);
        var scores = new AnomalyScores();
        var usual = Enumerable.Range(0, 60).Select(_ => (float)random.Next(20)).ToList();
        var anomalous = Enumerable.Range(0, 40).Select(_ => (float)random.Next(5, 30)).ToList();
        usual.ForEach(s => scores.Add(0, s));
        anomalous.ForEach(s => scores.Add(1, s));
        double expected = anomalous.Average(a => usual.Average(u => a > u ? 1 : a == u ? 0.5 : 0));
        Assert.Equal(expected, scores.AreaUnderCurve, 1e-12);
        Assert.Equal((usual.Order().ElementAt(29) + usual.Order().ElementAt(30)) / 2, scores.Median(0));
    }

    [Fact]
    public void Without_one_of_the_truths_there_is_no_figure()
    {
        var scores = new AnomalyScores();
        scores.Add(0, 1);
        Assert.Equal(double.NaN, scores.AreaUnderCurve);
        Assert.Equal(double.NaN, scores.Median(1));
    }
}
