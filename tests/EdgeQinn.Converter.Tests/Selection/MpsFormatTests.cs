using EdgeQinn.Converter.Selection;
using EdgeQinn.Runtime.Diagnostics;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Weights;
using Xunit;

namespace EdgeQinn.Converter.Tests.Selection;

/// <summary>Tensor trains of any number of cores, unequal modes and sizes that do not factor, from <c>--format</c> through a file to the result.</summary>
public class MpsFormatTests
{
    [Theory]
    [InlineData(24, 36, "mps:rows=24,columns=36,bond=1", false)] // one core: the matrix itself
    [InlineData(240, 256, "mps:bond=3")]
    [InlineData(240, 256, "mps:rows=15x16,columns=32x8,bond=4")]
    [InlineData(240, 256, "mps:rows=5x6x8,columns=8x8x4,bond=3")]
    [InlineData(240, 256, "mps:rows=240x1,columns=16x16,bond=2", null)] // narrow products: a close call
    [InlineData(240, 256, "mps:rows=1x240,columns=1x256,bond=1", null)] // a core of 1×1: either way is as good
    [InlineData(240, 256, "mps:rows=3x4x5x4,columns=4x4x4x4,bond=2")]
    [InlineData(240, 256, "mps:rows=2x2x3x4x5,columns=2x4x4x4x2,bond=2")]
    [InlineData(240, 256, "mps:rows=2x2x2x2x3x5,columns=2x4x4x2x2x2,bond=1")]
    [InlineData(251, 241, "mps:bond=2")] // primes: both sides padded
    [InlineData(251, 241, "mps:rows=4x8x8,columns=8x8x4,bond=2")]
    [InlineData(250, 256, "mps:rows=4x8x8,columns=8x8x4,bond=2")]
    [InlineData(256, 250, "mps:rows=4x8x8,columns=8x8x4,bond=2")]
    [InlineData(127, 129, "mps:rows=4x4x8,columns=5x5x6,tolerance=0.9", false)] // much error allowed, and yet dearer than dense: the matrix is random
    [InlineData(64, 64, "mps:rows=4x4x4,columns=4x4x4,bond=64", false)] // dearer than dense
    public void Runs_as_the_matrix_it_stands_for(int rows, int columns, string format, bool? apart = true)
    {
        var random = new Random(3);
        float[] Data(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() * 2 - 1)];
        var w = EncodedTensor.FromSpan<float>(Data(rows * columns), rows, columns);
        float[] bias = Data(rows);
        foreach (int batch in (int[])[1, 2, 7])
            foreach (bool withBias in (bool[])[true, false])
            {
                var b = EncodedTensor.FromSpan<float>(bias, rows);
                var graph = new ModelGraph
                {
                    Values = [new Value("x", new TensorType(ElementType.Float32, batch, columns)), new Value("w", w.Type, w), new Value("b", b.Type, b), new Value("y", new TensorType(ElementType.Float32, batch, rows))],
                    Nodes = [new Node("Linear", "fc", [0, 1, withBias ? 2 : Node.Absent], [3], new AttributeMap { { "clamp", ((float[])[-3f, 4f]).AsSpan() } })],
                    Inputs = [0], Outputs = [3],
                };
                var compressed = LayerFormats.Apply(graph, [FormatRequest.Parse($"fc={format}")], out _);
                float[] dense = WeightEncodings.Read(compressed.Values[1].Constant!).ToArray(), x = Data(batch * columns);
                byte[] file = EqnWriter.ToArray(new EqnContents(compressed));
                foreach (Isa isa in Cpu.Allowed())
                {
                    using var model = Model.Parse(file, "fc.eqn", Cpu.Allowed(isa.ToString()));
                    Assert.Equal(MpsWeight.Name, model.Graph.Values[1].Constant!.Encoding);
                    using var session = model.CreateSession();
                    x.CopyTo(session.Inputs[0].AsSpan<float>());
                    session.Run();
                    session.Run();
                    var y = session.Outputs[0].AsSpan<float>();
                    for (int r = 0; r < batch; r++)
                        for (int i = 0; i < rows; i++)
                        {
                            double sum = withBias ? bias[i] : 0;
                            for (int j = 0; j < columns; j++) sum += (double)dense[i * columns + j] * x[r * columns + j];
                            Assert.Equal(Math.Clamp(sum, -3, 4), y[r * rows + i], 1e-4);
                        }
                    if (apart is { } expected) Assert.Equal(!expected, !ModelReport.Of(model).Nodes.Single().RunDense.IsEmpty);
                }
            }
    }
}
