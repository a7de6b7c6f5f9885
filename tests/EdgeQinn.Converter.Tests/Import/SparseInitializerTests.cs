using EdgeQinn.Runtime.Format;
using EdgeQinn.Testing.Onnx;
using Xunit;

namespace EdgeQinn.Converter.Tests.Import;

/// <summary>Weights stored as sparse tensors stay sparse in the file, through transposes, folded norms and other element types.</summary>
public class SparseInitializerTests
{
    const int Rows = 16, Columns = 24;

    /// <summary>A sparse tensor with one of <paramref name="every"/> elements, and the same as a dense array.</summary>
    static (ProtoWriter Sparse, float[] Dense) Weights(int every, params int[] shape)
    {
        var random = new Random(3);
        float[] dense = new float[shape.Aggregate(1, (p, d) => p * d)];
        for (int i = 0; i < dense.Length; i++)
            if (random.Next(every) == 0) dense[i] = random.NextSingle() + 0.5f;
        long[] at = [.. Enumerable.Range(0, dense.Length).Where(i => dense[i] != 0).Select(i => (long)i)];
        var sparse = new ProtoWriter().Message(1, OnnxGraphBuilder.Tensor<float>("w", [.. at.Select(i => dense[i])], at.Length)).Message(2, OnnxGraphBuilder.Tensor<long>("", at, at.Length));
        foreach (int d in shape) sparse.Int(3, d);
        return (sparse, dense);
    }

    static EncodedTensor Check(Func<OnnxGraphBuilder, OnnxGraphBuilder> network, int every, params int[] shape)
    {
        var (sparse, dense) = Weights(every, shape);
        var fromSparse = network(new OnnxGraphBuilder().Field(15, sparse)).Convert();
        var fromDense = network(new OnnxGraphBuilder().Constant<float>("w", dense, shape)).Convert();
        float[] expected = fromDense.Run(1), actual = fromSparse.Run(1);
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i], 1e-5f);
        Assert.All(fromDense.Graph.Values, v => Assert.True(v.Constant?.IsDense ?? true)); // zeros alone say nothing
        return fromSparse.Graph.Values.Select(v => v.Constant).OfType<EncodedTensor>().MaxBy(c => c.Type.Count)!;
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_matrix_stays_sparse(int transB)
    {
        var weights = Check(b => b.Input("x", 3, Columns).Output("y").Weights("b", 1, Rows).Node("Gemm", "x w b", "h", ("transB", transB), ("alpha", 0.5f)).Node("Relu", "h", "y"),
            10, transB == 0 ? [Columns, Rows] : [Rows, Columns]);
        Assert.Equal("bcsr", weights.Encoding);
        Assert.Equal(1, weights.Attributes.Int("height", 1));
    }

    [Fact]
    public void A_convolution_stays_sparse_with_its_norm_folded() => Assert.Equal("bcsr", Check(b => b.Input("x", 1, 8, 20).Output("y").Weights("s", 1, Rows).Constant<float>("v", [.. Enumerable.Repeat(0.7f, Rows)], Rows)
        .Node("Conv", "x w", "h", ("pads", new[] { 1, 1 })).Node("BatchNormalization", "h s s s v", "y"), 8, Rows, 8, 3).Encoding);

    [Fact]
    public void A_matrix_with_many_weights_becomes_dense() =>
        Assert.True(Check(b => b.Input("x", 3, Columns).Output("y").Node("MatMul", "x w", "y"), 2, Columns, Rows).IsDense);

    [Fact]
    public void The_file_is_smaller_than_the_dense_one()
    {
        var (sparse, dense) = Weights(20, 200, 100);
        OnnxGraphBuilder Network(OnnxGraphBuilder b) => b.Input("x", 1, 200).Output("y").Node("MatMul", "x w", "y");
        int small = EqnWriter.ToArray(Network(new OnnxGraphBuilder().Field(15, sparse)).Convert().Contents).Length;
        int large = EqnWriter.ToArray(Network(new OnnxGraphBuilder().Constant<float>("w", dense, 200, 100)).Convert().Contents).Length;
        Assert.InRange(small, 0, large / 4);
    }
}
