using EdgeQinn.Cli.Verbs;
using EdgeQinn.Runtime.Diagnostics;
using EdgeQinn.Runtime.Diagnostics.Timing;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using Xunit;

namespace EdgeQinn.Cli.Tests;

/// <summary>The table of layers explains its marks where it has any.</summary>
public sealed class LayerOutputTests
{
    const string Over = "over 100 % of bound", Unsure = "?: this format changes";

    [Theory]
    [InlineData(1.0, true, false, false)]
    [InlineData(1.004, true, false, false)] // shown as 100 %
    [InlineData(1.89, true, true, false)]
    [InlineData(0.5, false, false, true)]
    [InlineData(1.2, false, true, true)]
    public void Marks_are_explained_only_where_they_occur(double share, bool exact, bool over, bool unsure)
    {
        string text = Table(share, new FasterFormat("bcsr", exact, 5, false));

        Assert.Contains($"{share:0 %}", text);
        Assert.Equal(over, text.Contains(Over, StringComparison.Ordinal));
        Assert.Equal(unsure, text.Contains(Unsure, StringComparison.Ordinal));
    }

    [Fact]
    public void A_mark_that_is_not_shown_is_not_explained() =>
        Assert.DoesNotContain(Unsure, Table(0.5, new FasterFormat("bcsr", true, 5, false), new FasterFormat("dense", true, 6, false), new FasterFormat("int8", false, 7, false)));

    static string Table(double share, params FasterFormat[] faster)
    {
        var random = new Random(1);
        var weight = RandomWeights.Floats(random, 4, 3);
        using var model = Model.FromGraph(SingleNode.Graph("Linear", [], 1, (null, RandomWeights.Matrix(1, 3)), (weight, weight.Type)));
        var layer = new LayerProfile(ModelReport.Of(model).Nodes[0], "dense", 10, 100, 12, 12, 10 * share, false, faster);
        using var output = new StringWriter();
        LayerOutput.Write(output, [layer], new MachinePeaks(1, 2, []));
        return output.ToString();
    }
}
