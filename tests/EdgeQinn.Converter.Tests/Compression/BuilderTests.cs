using System.Text.Json;
using EdgeQinn.Converter.Compression;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Weights;
using EdgeQinn.Testing;
using Xunit;

namespace EdgeQinn.Converter.Tests.Compression;

/// <summary>Builders against closed forms: what truly has a format is recovered, and the error of what has not is the one theory gives.</summary>
public class BuilderTests
{
    readonly Random _random = new(1);

    [Fact]
    public void Low_rank_is_recovered_and_otherwise_optimal()
    {
        var exact = new LowRankWeight(Matrix(20, 30), Dense(20, 3), Dense(3, 30));
        AssertError(0, Layer(exact), LowRankBuilder.Build(Layer(exact), 3));
        var layer = Drawn(20, 30);
        AssertError(Tail(layer.ToMatrix().Svd().S, 5), layer, LowRankBuilder.Build(layer, 5));
    }

    [Fact]
    public void Tensor_train_error_is_what_was_cut_off()
    {
        var exact = new MpsWeight(Matrix(24, 24), 24, Dense(1, 2, 3, 4), Dense(4, 3, 2, 4), Dense(4, 4, 4, 1));
        AssertError(0, Layer(exact), MpsBuilder.OfBond(Layer(exact), [2, 3, 4], [3, 2, 4], 4).Weight);
        var layer = Drawn(24, 24);
        var result = MpsBuilder.OfBond(layer, [2, 3, 4], [3, 2, 4], 5);
        AssertError(Math.Sqrt(result.Cut.Sum(c => c * c)), layer, result.Weight);
        foreach (var padded in new[] { layer, Drawn(23, 19) })
            Assert.True(Error(padded, MpsBuilder.OfTolerance(padded, [2, 3, 4], [3, 2, 4], 0.3).Weight) <= 0.3001 * Norm(padded));
    }

    [Fact]
    public void A_decaying_toeplitz_matrix_has_a_small_bond()
    {
        var data = new float[256 * 256];
        for (int i = 0; i < data.Length; i++) data[i] = (float)Math.Exp(-Math.Abs(i / 256 - i % 256) / 8.0);
        var layer = new DenseLayer(data, Matrix(256, 256), 256);
        var mps = MpsBuilder.OfTolerance(layer, [16, 16], [16, 16], 0.05).Weight;
        Assert.InRange(mps.Cores[0].Type.Shape[3], 1, 4);
        Assert.True(Error(layer, mps) <= 0.05 * Norm(layer));
    }

    [Fact]
    public void Operator_schmidt_terms_are_recovered_and_otherwise_optimal()
    {
        var exact = new EntangledWeight(Matrix(12, 15), 12, EntangledKind.Schmidt, Dense(2, 3, 5), Dense(2, 4, 3));
        AssertError(0, Layer(exact), EntangledBuilder.Schmidt(Layer(exact), 3, 5, 2));
        var layer = Drawn(12, 15);
        AssertError(Tail(EntangledBuilder.Rearrange(layer, 3, 5).Svd().S, 3), layer, EntangledBuilder.Schmidt(layer, 3, 5, 3));
    }

    [SharedFact]
    public void The_operator_schmidt_spectrum_is_the_golden_one()
    {
        float[] data = [.. Enumerable.Range(0, 24).Select(i => (float)Math.Sin(1 + 3.7 * (i / 6) + 1.3 * (i % 6)))];
        using var golden = JsonDocument.Parse(File.ReadAllText(SharedData.Path("data/methods_golden.json")));
        double[] expected = [.. golden.RootElement.GetProperty("operator_schmidt_4x6_as_(2x2)x(2x3)").GetProperty("schmidt_values").EnumerateArray().Select(v => v.GetDouble())];
        var spectrum = EntangledBuilder.Rearrange(new DenseLayer(data, Matrix(4, 6), 4), 2, 2).Svd().S;
        for (int k = 0; k < 4; k++) Assert.Equal(expected[k], spectrum[k], 1e-6);
    }

    [Fact]
    public void Entangled_blocks_are_recovered()
    {
        var phase = new EntangledWeight(Matrix(24, 10), 24, EntangledKind.Phase, Dense(3, 10), Dense(6, 3), Dense(4, 3));
        AssertError(0, Layer(phase), EntangledBuilder.Phase(Layer(phase), 4, 3), 1e-3);
        var coupled = new EntangledWeight(Matrix(24, 10), 24, EntangledKind.Coupled, Dense(3, 10), Dense(6, 2), Dense(4, 2, 3));
        AssertError(0, Layer(coupled), EntangledBuilder.Coupled(Layer(coupled), 4, 3, 2));
        var rotation = new EntangledWeight(Matrix(24, 10), 24, EntangledKind.Rotation, Dense(4, 10), Dense(6, 4), Dense(4, 2));
        AssertError(0, Layer(rotation), EntangledBuilder.Rotation(Layer(rotation), 4, 4), 1e-2);
    }

    [Fact]
    public void Convolution_factors_are_recovered()
    {
        var type = new TensorType(ElementType.Float32, 8, 6, 5);
        var tucker = new Tucker2Weight(type, Dense(2, 6), Dense(3, 2, 5), Dense(8, 3));
        AssertError(0, Layer(tucker), ConvFactorBuilder.Tucker2(Layer(tucker), 2, 3));
        var cp = new CpWeight(type, Dense(3, 6), Dense(3, 1, 5), Dense(8, 3));
        AssertError(0, Layer(cp), ConvFactorBuilder.Cp(Layer(cp), 3), 1e-3);
    }

    [Fact]
    public void All_walsh_coefficients_are_the_whole_matrix()
    {
        var layer = Drawn(6, 20);
        AssertError(0, layer, HadamardBuilder.Build(layer, 1, 1));
        Assert.Equal(32, HadamardBuilder.Build(layer, 1, 0.5).Size);
    }

    [Theory, InlineData(1, 1), InlineData(4, 1), InlineData(8, 1), InlineData(16, 1), InlineData(4, 4)]
    public void Pruning_keeps_the_largest_blocks_as_they_are(int height, int width)
    {
        var layer = Drawn(21, 18);
        var weight = BlockSparseBuilder.Build(layer, height, width, 0.25);
        Assert.Equal((int)Math.Round(0.25 * weight.Groups * weight.BlockColumns, MidpointRounding.AwayFromZero), weight.Blocks);
        var dense = weight.ToArray();
        var blocks = new Dictionary<(int, int), (double Norm, bool Kept)>();
        for (int i = 0; i < dense.Length; i++)
        {
            Assert.True(dense[i] == 0 || dense[i] == layer.Data[i]);
            var at = (i / 18 / height, i % 18 / width);
            var (norm, kept) = blocks.GetValueOrDefault(at);
            blocks[at] = (norm + layer.Data[i] * (double)layer.Data[i], kept || dense[i] != 0);
        }
        Assert.True(blocks.Values.Where(n => n.Kept).Min(n => n.Norm) >= blocks.Values.Where(n => !n.Kept).Max(n => n.Norm));
    }

    [Fact]
    public void Int8_is_within_half_a_step_of_each_row()
    {
        var layer = Drawn(9, 40);
        var plain = Int8Builder.Build(layer);
        var blocks = BlockSparseBuilder.Build(layer, 8, 1, 1, int8: true);
        AssertSteps(layer, plain.ToArray(), plain.Scales);
        AssertSteps(layer, blocks.ToArray(), blocks.Scales);

        static void AssertSteps(DenseLayer layer, float[] approximation, ReadOnlySpan<float> scales)
        {
            for (int i = 0; i < approximation.Length; i++) Assert.True(Math.Abs(approximation[i] - layer.Data[i]) <= scales[i / 40] * 0.50001f);
        }
    }

    [Fact]
    public void Groups_that_do_not_divide_are_refused() =>
        Assert.Contains("do not split", Assert.Throws<EdgeQinnException>(() => EntangledBuilder.Phase(Drawn(10, 6), 4, 2)).Message, StringComparison.Ordinal);

    static TensorType Matrix(int rows, int columns) => new(ElementType.Float32, rows, columns);

    DenseWeight Dense(params int[] shape) => new(Values(shape.Aggregate(1, (a, b) => a * b)), shape);

    DenseLayer Drawn(int rows, int columns) => new(Values(rows * columns), Matrix(rows, columns), rows);

    float[] Values(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)(_random.NextDouble() * 2 - 1))];

    static DenseLayer Layer(Weight weight) => new(weight.ToArray(), weight.Type, weight.Rows);

    static double Tail(IEnumerable<double> spectrum, int rank) => Math.Sqrt(spectrum.Skip(rank).Sum(s => s * s));

    static double Norm(DenseLayer layer) => Math.Sqrt(layer.Data.Sum(w => (double)w * w));

    static double Error(DenseLayer layer, Weight weight) => Norm(layer.Minus(weight.ToArray()));

    static void AssertError(double expected, DenseLayer layer, Weight weight, double tolerance = 1e-5) =>
        Assert.True(Math.Abs(Error(layer, weight) - expected) <= tolerance * Norm(layer), $"{weight.Encoding}: error {Error(layer, weight)}, expected {expected} of {Norm(layer)}");
}
