using EdgeQinn.Runtime.Format;
using EdgeQinn.Testing.Format;
using Xunit;

namespace EdgeQinn.Runtime.Tests.Format;

public sealed class GoldenVectorsTests
{
    static ModelGraph Graph(params int[] shape) => new()
    {
        Values = [new("x", new(ElementType.Float32, shape)), new("y", new(ElementType.Float32, 1, 3))],
        Nodes = [],
        Inputs = [0],
        Outputs = [1],
    };

    static GoldenVectors Take(ModelGraph graph, int[] inputShape, int[] outputShape, int max = int.MaxValue) =>
        GoldenVectors.FromArrays(SampleFiles.Archive(("x", Counting(inputShape)), ("y", Counting(outputShape))), graph, maxCases: max);

    static NpyArray Counting(int[] shape) => NpyArray.Create<float>([.. Enumerable.Range(0, shape.Aggregate(1, (a, b) => a * b)).Select(i => (float)i)], shape);

    [Fact]
    public void The_first_axis_counts_cases_where_the_model_has_a_batch_of_one()
    {
        var golden = Take(Graph(1, 2, 2), [5, 2, 2], [5, 3]);
        Assert.Equal(5, golden.CaseCount);
        Assert.Equal([16f, 17, 18, 19], System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(golden.Input(4, 0)));
        Assert.Equal([12f, 13, 14], System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(golden.Output(4, 0)));
        Assert.Throws<ArgumentOutOfRangeException>(() => golden.Input(5, 0).Length);
    }

    [Fact]
    public void A_further_axis_in_front_counts_cases_of_a_model_without_batch() => Assert.Equal(4, Take(Graph(7, 2), [4, 7, 2], [4, 3]).CaseCount);

    [Fact]
    public void The_models_own_shape_is_one_case() => Assert.Equal(1, Take(Graph(7, 2), [7, 2], [1, 3]).CaseCount);

    [Fact]
    public void No_more_cases_than_asked_for() => Assert.Equal(2, Take(Graph(1, 2), [9, 2], [9, 3], max: 2).CaseCount);

    [Fact]
    public void Double_precision_is_rounded()
    {
        var archive = SampleFiles.Archive(("x", NpyArray.Create<double>([0.1, 0.2], 1, 2)), ("y", Counting([1, 3])));
        Assert.Equal([0.1f, 0.2f], System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(GoldenVectors.FromArrays(archive, Graph(1, 2)).Input(0, 0)));
    }

    [Fact]
    public void What_does_not_fit_is_refused_by_name()
    {
        Assert.Contains("'x'", Refused(() => Take(Graph(1, 2), [2, 3], [2, 3])));
        Assert.Contains("'y' holds 3 cases, 'x' 2", Refused(() => Take(Graph(1, 2), [2, 2], [3, 3])));
        Assert.Contains("input 'x'", Refused(() => GoldenVectors.FromArrays(SampleFiles.Archive(("y", Counting([1, 3]))), Graph(1, 2))));
        Assert.Contains("'y'", Refused(() => GoldenVectors.FromArrays(SampleFiles.Archive(("x", Counting([1, 2]))), Graph(1, 2))));
        var integers = SampleFiles.Archive(("x", NpyArray.Create<long>([1, 2], 1, 2)), ("y", Counting([1, 3])));
        Assert.Contains("'x' holds Int64", Refused(() => GoldenVectors.FromArrays(integers, Graph(1, 2))));
    }

    static string Refused(Func<GoldenVectors> take) => Assert.Throws<GraphException>(take).Message;
}
