using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Operators;
using Xunit;

namespace EdgeQinn.Runtime.Tests.Operators;

/// <summary>Linear, MatMul and Gemm against sums in double, on every instruction set, with constant and computed operands.</summary>
public class LinearOperatorTests
{
    [Theory]
    [InlineData(1, 5, 3)]
    [InlineData(1, 32, 5)]
    [InlineData(1, 640, 128)]
    [InlineData(7, 33, 41)]
    [InlineData(2, 1, 1)]
    public void Linear(int rows, int n, int m)
    {
        float[] x = Data(rows * n, 1), w = Data(m * n, 2), b = Data(m, 3);
        var expected = new double[rows * m];
        for (int r = 0; r < rows; r++)
            for (int i = 0; i < m; i++)
            {
                double sum = b[i];
                for (int k = 0; k < n; k++) sum += (double)x[r * n + k] * w[i * n + k];
                expected[r * m + i] = Math.Clamp(sum, 0, 3);
            }
        Check("Linear", new AttributeMap { { "clamp", 0f, 3f } }, [Tensor(x, 1, rows, n), Tensor(w, m, n), Tensor(b, m)], expected, 1, rows, m);
    }

    [Fact]
    public void Linear_without_bias_takes_a_vector() =>
        Check("Linear", [], [Tensor([1, 2], 2), Tensor([3, 4, 5, 6, 7, 8], 3, 2)], [11, 17, 23], 3);

    [Fact]
    public void MatMul_of_matrices_and_vectors()
    {
        Check("MatMul", [], [Tensor([1, 2, 3, 4], 2, 2), Tensor([5, 6, 7, 8], 2, 2)], [19, 22, 43, 50], 2, 2);
        Check("MatMul", [], [Tensor([1, 2], 2), Tensor([5, 6, 7, 8], 2, 2)], [19, 22], 2);
        Check("MatMul", [], [Tensor([5, 6, 7, 8], 2, 2), Tensor([1, 2], 2)], [17, 23], 2);
        Check("MatMul", [], [Tensor([1, 2, 3], 3), Tensor([4, 5, 6], 3)], [32]);
    }

    [Fact]
    public void MatMul_of_nothing()
    {
        Check("MatMul", [], [Tensor([], 3, 0, 4), Tensor(new float[24], 3, 4, 2)], [], 3, 0, 2);
        Check("MatMul", [], [Tensor([], 3, 2, 0), Tensor([], 3, 0, 2)], new double[12], 3, 2, 2);
    }

    [Fact]
    public void MatMul_broadcasts_leading_axes()
    {
        int[] leadingA = [2, 1, 3], leadingB = [4, 1];
        const int r = 5, n = 7, m = 19;
        float[] a = Data(6 * r * n, 4), b = Data(4 * n * m, 5);
        var expected = new List<double>();
        for (int i = 0; i < 2; i++)
            for (int j = 0; j < 4; j++)
                for (int k = 0; k < 3; k++)
                    for (int row = 0; row < r; row++)
                        for (int column = 0; column < m; column++)
                            expected.Add(Enumerable.Range(0, n).Sum(t => (double)a[((i * 3 + k) * r + row) * n + t] * b[(j * n + t) * m + column]));
        Check("MatMul", [], [Tensor(a, [.. leadingA, r, n]), Tensor(b, [.. leadingB, n, m])], [.. expected], 2, 4, 3, r, m);
    }

    [Theory]
    [InlineData(0, 0, "matrix")]
    [InlineData(1, 0, "row")]
    [InlineData(0, 1, "column")]
    [InlineData(1, 1, "scalar")]
    [InlineData(0, 1, "none")]
    public void Gemm(int transA, int transB, string c)
    {
        const int r = 9, n = 13, m = 21;
        float[] a = Data(r * n, 6), b = Data(n * m, 7);
        int[] shape = c switch { "matrix" => [r, m], "row" => [m], "column" => [r, 1], _ => [] };
        float[] bias = Data(shape.Aggregate(1, (x, y) => x * y), 8);
        var expected = new double[r * m];
        for (int i = 0; i < r; i++)
            for (int j = 0; j < m; j++)
            {
                double sum = 0;
                for (int k = 0; k < n; k++) sum += (double)a[transA != 0 ? k * r + i : i * n + k] * b[transB != 0 ? j * n + k : k * m + j];
                double add = c switch { "matrix" => bias[i * m + j], "row" => bias[j], "column" => bias[i], "scalar" => bias[0], _ => 0 };
                expected[i * m + j] = 0.5 * sum - 2 * add;
            }
        List<EncodedTensor?> inputs = [transA != 0 ? Tensor(a, n, r) : Tensor(a, r, n), transB != 0 ? Tensor(b, m, n) : Tensor(b, n, m)];
        if (c != "none") inputs.Add(Tensor(bias, shape));
        Check("Gemm", new AttributeMap { { "transA", transA }, { "transB", transB }, { "alpha", 0.5f }, { "beta", -2f } }, inputs, expected, r, m);
    }

    [Fact]
    public void Misfits_are_refused()
    {
        Assert.Contains("does not fit W", OperatorRunner.Refusal("Linear", [], Tensor(new float[4], 1, 4), Tensor(new float[6], 2, 3)), StringComparison.Ordinal);
        Assert.Contains("expected [2]", OperatorRunner.Refusal("Linear", [], Tensor(new float[3], 1, 3), Tensor(new float[6], 2, 3), Tensor(new float[3], 3)), StringComparison.Ordinal);
        Assert.Contains("clamp", OperatorRunner.Refusal("Linear", new AttributeMap { { "clamp", 1f } }, Tensor(new float[3], 1, 3), Tensor(new float[6], 2, 3)), StringComparison.Ordinal);
        Assert.Contains("inner dimensions", OperatorRunner.Refusal("MatMul", [], Tensor(new float[4], 2, 2), Tensor(new float[6], 3, 2)), StringComparison.Ordinal);
        Assert.Contains("do not broadcast", OperatorRunner.Refusal("MatMul", [], Tensor(new float[8], 2, 2, 2), Tensor(new float[12], 3, 2, 2)), StringComparison.Ordinal);
        Assert.Contains("does not broadcast", OperatorRunner.Refusal("Gemm", [], Tensor(new float[4], 2, 2), Tensor(new float[4], 2, 2), Tensor(new float[3], 3)), StringComparison.Ordinal);
    }

    static void Check(string op, AttributeMap attributes, IReadOnlyList<EncodedTensor?> inputs, double[] expected, params int[] shape)
    {
        foreach (var (allowed, feed) in OperatorRunner.Ways)
        {
            var y = OperatorRunner.Run(op, attributes, inputs, allowed, feed)[0];
            Assert.Equal(shape, y.Type.Shape);
            var data = y.Data<float>();
            for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], data[i], 2e-5);
        }
    }

    static EncodedTensor Tensor(float[] data, params int[] shape) => EncodedTensor.FromSpan<float>(data, shape);

    static float[] Data(int count, int seed)
    {
        var random = new Random(seed);
        var data = new float[count];
        foreach (ref float v in data.AsSpan()) v = random.NextSingle() * 2 - 1;
        return data;
    }
}
