using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Tests.Weights;
using EdgeQinn.Runtime.Weights;
using Xunit;

namespace EdgeQinn.Runtime.Tests.Kernels.Formats;

/// <summary>A linear layer gives the product with the matrix its encoding stands for, whatever the encoding, the size and the instruction set.</summary>
public class LinearFormatTests
{
    public static TheoryData<Isa> Isas() => [.. Cpu.Allowed()];

    [Theory, MemberData(nameof(Isas))]
    public void Every_encoding_of_small_sizes(Isa isa)
    {
        var random = new Random(5);
        for (int size = 1; size <= 67; size++)
        {
            foreach (var weight in RandomWeights.Linear(random, size, random.Next(1, 68))) Check(isa, weight, random.Next(1, 4), random);
            foreach (var weight in RandomWeights.Linear(random, random.Next(1, 68), size)) Check(isa, weight, 1, random);
        }
    }

    [Theory, MemberData(nameof(Isas))]
    public void Every_encoding_of_larger_sizes(Isa isa)
    {
        var random = new Random(6);
        foreach (var (rows, columns) in ((int, int)[])[(256, 240), (100, 333), (64, 1026)])
            foreach (var weight in RandomWeights.Linear(random, rows, columns)) Check(isa, weight, random.Next(1, 3), random);
    }

    [Theory, MemberData(nameof(Isas))]
    public void More_columns_than_sixteen_bits_count(Isa isa)
    {
        var random = new Random(7);
        foreach (int height in (int[])[1, 4, 8, 16])
            Check(isa, RandomWeights.BlockSparse(random, RandomWeights.Matrix(17, 66000), 17, height, 1, 0.001), 1, random);
    }

    /// <summary>Trains and entangled blocks, whose last product is of several rows, add the bias in a step; all others have bias and clamp in their last kernel.</summary>
    [Fact]
    public void Bias_and_clamp_need_no_step_of_their_own()
    {
        var random = new Random(8);
        foreach (var weight in RandomWeights.Linear(random, 128, 96).Append(RandomWeights.Int8(random, RandomWeights.Matrix(128, 96), 128)))
        {
            int Steps(bool finished)
            {
                var graph = Graph(weight, 1, RandomWeights.Floats(random, 128), finished);
                using var model = Model.FromGraph(graph);
                return model.Plan.Steps.Count;
            }
            bool addsBias = weight is EntangledWeight or MpsWeight;
            Assert.InRange(Steps(true) - Steps(false), 0, addsBias ? 1 : 0);
        }
    }

    static ModelGraph Graph(Weight weight, int batch, float[] bias, bool finished = true) => new()
    {
        Values =
        [
            new Value("x", RandomWeights.Matrix(batch, weight.Columns)), new Value("w", weight.Type, weight.Encode()),
            new Value("b", new TensorType(ElementType.Float32, weight.Rows), EncodedTensor.FromSpan<float>(bias, weight.Rows)), new Value("y", RandomWeights.Matrix(batch, weight.Rows)),
        ],
        Nodes = [new Node("Linear", "layer", [0, 1, finished ? 2 : Node.Absent], [3], finished ? new AttributeMap { { "clamp", ((float[])[-1.5f, 2f]).AsSpan() } } : [])],
        Inputs = [0], Outputs = [3],
    };

    static void Check(Isa isa, Weight weight, int batch, Random random)
    {
        int m = weight.Rows, n = weight.Columns;
        float[] dense = weight.ToArray(), bias = RandomWeights.Floats(random, m), x = RandomWeights.Floats(random, batch * n);
        var graph = Graph(weight, batch, bias);
        using var model = Model.FromGraph(graph, Cpu.Allowed(isa.ToString()));
        using var session = model.CreateSession();
        x.CopyTo(session.Inputs[0].AsSpan<float>());
        session.Run();
        if (weight is BlockSparseWeight { IsInt8: true, Width: 4 }) x = Quantised(x);
        var y = session.Outputs[0].AsSpan<float>();
        for (int r = 0; r < batch; r++)
            for (int i = 0; i < m; i++)
            {
                double sum = bias[i], scale = Math.Abs(bias[i]) + 1;
                for (int j = 0; j < n; j++)
                {
                    sum += (double)dense[i * n + j] * x[r * n + j];
                    scale += Math.Abs(dense[i * n + j] * x[r * n + j]);
                }
                double error = Math.Abs(Math.Clamp(sum, -1.5, 2) - y[r * m + i]);
                Assert.True(error <= 2e-5 * scale, $"{weight.Encoding} {isa} [{m},{n}] row {r} output {i}: {y[r * m + i]}, expected {sum}");
            }
    }

    /// <summary>What an int8 layer makes of its inputs.</summary>
    static float[] Quantised(float[] x)
    {
        var range = ActivationRange.FromRange(x.Min(), x.Max());
        return [.. x.Select(v => range.Scale * (float)Math.Clamp(Math.Round(v * (1 / range.Scale), MidpointRounding.ToEven), -128 - range.ZeroPoint, 127 - range.ZeroPoint))];
    }
}
