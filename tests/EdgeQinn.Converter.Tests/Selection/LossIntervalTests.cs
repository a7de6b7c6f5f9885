using EdgeQinn.Converter.Calibration;
using EdgeQinn.Converter.Selection;
using EdgeQinn.Runtime.Format;
using Xunit;

namespace EdgeQinn.Converter.Tests.Selection;

/// <summary>The bounds of a loss, where theory knows them.</summary>
public class LossIntervalTests
{
    const int Windows = 2000, Recordings = 10;

    static readonly ClassDecision Decision = new("y", ["a", "b"], Logits: true);

    static CalibrationSet Set(bool recordings, Func<int, int> label) => new(["x"], [new float[Windows]], Windows, [.. Enumerable.Range(0, Windows).Select(label)],
        [.. Enumerable.Range(0, Windows).Select(w => recordings ? w * Recordings / Windows : 0)], recordings ? [.. Enumerable.Range(0, Recordings).Select(r => $"{r}")] : []);

    static LossInterval Of(CalibrationSet set, Func<int, bool> lost)
    {
        var score = new TaskScore(Decision, set.Labels, TaskMetric.Accuracy, []);
        int[] all = [.. Enumerable.Range(0, Windows)];
        WindowOutcome[] before = [.. all.Select(w => new WindowOutcome(set.Labels[w], set.Labels[w], 0, 0, 0))];
        WindowOutcome[] after = [.. all.Select(w => new WindowOutcome(set.Labels[w], lost(w) ? 1 - set.Labels[w] : set.Labels[w], 0, 0, 0))];
        Assert.Equal(score.Of(before) - score.Of(after), score.NewlyWrong(before, after), 1e-9);
        Assert.Equal(0, score.NewlyWrong(after, before));
        return LossInterval.Of(which => score.Of(before, which) - score.Of(after, which), set, all, 1);
    }

    [Fact]
    public void Windows_of_their_own_give_the_binomial_interval()
    {
        var interval = Of(Set(false, w => w % 2), w => w % 20 == 0); // 5 points lost
        double deviation = 100 * Math.Sqrt(0.05 * 0.95 / Windows);
        Assert.Equal(5 - 1.96 * deviation, interval.Low, 0.15);
        Assert.Equal(5 + 1.96 * deviation, interval.High, 0.15);
        Assert.Equal("windows", interval.Drawn);
    }

    [Fact]
    public void What_is_lost_in_one_recording_alone_may_as_well_be_lost_in_none_or_three()
    {
        var interval = Of(Set(true, w => w % 2), w => w < 100); // half of one recording of ten: 5 points
        Assert.Equal(("recordings", 0.0), (interval.Drawn, interval.Low));
        Assert.InRange(interval.High, 14, 16); // three draws of it in ten, as 2.5 % of the draws have or more (binomial, 1/10)
    }

    [Fact]
    public void Recordings_of_one_label_each_are_parted_into_stretches() =>
        Assert.Equal("stretches of recordings", Of(Set(true, w => w * Recordings / Windows % 2), w => w % 20 == 0).Drawn);
}
