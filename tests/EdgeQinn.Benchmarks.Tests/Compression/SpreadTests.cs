using EdgeQinn.Benchmarks.Compression;
using Xunit;

namespace EdgeQinn.Benchmarks.Tests.Compression;

public class SpreadTests
{
    [Fact]
    public void The_deviation_is_that_of_a_sample()
    {
        var spread = Spread.Of([2, 4, 4, 4, 5, 5, 7, 9]);

        Assert.Equal(new Spread(8, 5, Math.Sqrt(32.0 / 7), 2, 9), spread);
        Assert.Equal("5.00 ± 2.14 (2.00 to 9.00)", spread.ToText("F2"));
    }

    [Fact]
    public void One_figure_has_no_spread() => Assert.Equal("0.7", Spread.Of([0.7]).ToText("F1"));

    [Fact]
    public void Differences_show_their_sign() => Assert.Equal("-0.5 ± 2.1 (-2.0 to +1.0)", Spread.Of([-2, 1]).ToText("F1", signed: true));

    [Fact]
    public void No_figure_has_no_mean() => Assert.Throws<ArgumentException>(() => Spread.Of([]));
}
