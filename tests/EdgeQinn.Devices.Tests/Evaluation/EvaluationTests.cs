using EdgeQinn.Devices.Evaluation;
using Xunit;

namespace EdgeQinn.Devices.Tests.Evaluation;

public sealed class EvaluationTests
{
    const double Rate = 360; // 150 ms are 54 samples

    [Theory]
    [InlineData(new long[] { 100, 500 }, new long[] { 154, 446 }, new[] { 0, 1 })]                  // just inside, either side
    [InlineData(new long[] { 100, 500 }, new long[] { 155, 445 }, new[] { -1, -1 })]                // just outside
    [InlineData(new long[] { 100 }, new long[] { 90, 101, 120 }, new[] { -1, 0, -1 })]              // the nearest of several
    [InlineData(new long[] { 100, 180 }, new long[] { 145 }, new[] { 1 })]                          // one detection, two beats: the nearer
    [InlineData(new long[] { 100, 180 }, new long[] { 80, 145 }, new[] { 0, 1 })]
    [InlineData(new long[] { 100, 150 }, new long[] { 120, 160 }, new[] { 0, 1 })]
    [InlineData(new long[0], new long[] { 5 }, new[] { -1 })]
    [InlineData(new long[] { 5 }, new long[0], new int[0])]
    public void Beats_pair_with_the_nearest_detection_inside_150_ms(long[] reference, long[] detected, int[] pairs)
    {
        var matcher = new BeatMatcher();
        Assert.Equal(pairs, matcher.Add(reference, detected, Rate));
        int matched = pairs.Count(p => p >= 0);
        Assert.Equal((matched, reference.Length - matched, detected.Length - matched), (matcher.TruePositives, matcher.FalseNegatives, matcher.FalsePositives));
    }

    [Fact]
    public void Figures_are_gross_and_leave_excluded_stretches_out()
    {
        var matcher = new BeatMatcher();
        matcher.Add([100, 500, 900], [100, 500, 700], Rate);
        matcher.Add([100, 500], [100, 300], Rate, [(200, 600)]);
        Assert.Equal((3, 1, 1), (matcher.TruePositives, matcher.FalseNegatives, matcher.FalsePositives));
        Assert.Equal((0.75, 0.75), (matcher.Sensitivity, matcher.PositivePredictivity));
    }

    [Fact]
    public void A_confusion_matrix_gives_the_usual_figures()
    {
        var matrix = new ConfusionMatrix(["N", "S", "V"]);
        void Add(int truth, int prediction, int times)
        {
            for (int i = 0; i < times; i++) matrix.Add(truth, prediction);
        }
        Add(0, 0, 8);
        Add(0, 1, 2);
        Add(1, 1, 3);
        Add(1, 0, 1);
        Assert.Equal((14, 11 / 14.0), (matrix.Total, matrix.Accuracy));
        Assert.Equal((0.8, 8 / 9.0, 16 / 19.0), (matrix.Sensitivity(0), matrix.PositivePredictivity(0), matrix.F1(0)));
        Assert.Equal(6 / 9.0, matrix.F1(1));
        Assert.True(double.IsNaN(matrix.F1(2)));
        Assert.Equal((16 / 19.0 + 6 / 9.0) / 2, matrix.MacroF1(), 1e-12);
        Assert.Equal(6 / 9.0, matrix.MacroF1(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => matrix.Add(3, 0));

        var sum = new ConfusionMatrix(["N", "S", "V"]);
        sum.Add(matrix);
        sum.Add(matrix);
        Assert.Equal(16, sum[0, 0]);
    }
}
