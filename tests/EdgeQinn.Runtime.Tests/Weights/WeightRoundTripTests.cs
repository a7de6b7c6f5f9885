using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Weights;
using Xunit;

namespace EdgeQinn.Runtime.Tests.Weights;

/// <summary>What is written is what is read, bit by bit.</summary>
public class WeightRoundTripTests
{
    [Fact]
    public void Every_encoding_survives_a_file()
    {
        var random = new Random(1);
        Weight[] weights =
        [
            .. RandomWeights.Linear(random, 20, 30), .. RandomWeights.Linear(random, 7, 5),
            RandomWeights.Int8(random, RandomWeights.Matrix(5, 9), 5), RandomWeights.Int8(random, RandomWeights.Matrix(5, 9), 5, new ActivationRange(0.25f, -3)),
            RandomWeights.Tucker2(random, 6, 5, 3, 2, 4), RandomWeights.Cp(random, 6, 5, 3, 4),
            RandomWeights.BlockSparse(random, new TensorType(ElementType.Float32, 6, 5, 3), 6, 1, 1, 0.3),
            // Gaps wider than a byte holds, and columns beyond 16 bits.
            RandomWeights.BlockSparse(random, RandomWeights.Matrix(3, 2000), 3, 1, 1, 0.002), RandomWeights.BlockSparse(random, RandomWeights.Matrix(2, 70000), 2, 1, 1, 0.001),
        ];
        string path = Path.Combine(Path.GetTempPath(), $"weights-{Guid.NewGuid():N}.eqn");
        try
        {
            var graph = new ModelGraph
            {
                Values = [.. weights.Select((w, i) => new Value($"w{i}", w.Type, w.Encode())), new Value("x", RandomWeights.Matrix(1, 1))],
                Nodes = [], Inputs = [weights.Length], Outputs = [weights.Length],
            };
            EqnWriter.Write(path, new EqnContents(graph));
            using var file = EqnFile.Open(path);
            for (int i = 0; i < weights.Length; i++)
            {
                var stored = file.Graph.Values[i].Constant!;
                AssertSame(weights[i].Encode(), stored);
                Assert.Equal(weights[i].ToArray(), WeightEncodings.Read(stored).ToArray());
            }
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Columns_take_the_narrowest_form_that_holds_them()
    {
        var random = new Random(2);
        Assert.Equal("gaps", IndexPart(RandomWeights.BlockSparse(random, RandomWeights.Matrix(4, 200), 4, 1, 1, 0.1)).Name);
        Assert.Equal(ElementType.UInt16, IndexPart(Sparse(1000, 900)).Type.Element);
        Assert.Equal(ElementType.UInt32, IndexPart(Sparse(100000, 90000)).Type.Element);

        static BlockSparseWeight Sparse(int columns, uint at) => new(RandomWeights.Matrix(1, columns), 1, 1, 1, [0, 1], [at], [2f]);

        static TensorPart IndexPart(Weight weight) => weight.Encode().Parts[1];
    }

    static void AssertSame(EncodedTensor expected, EncodedTensor actual)
    {
        Assert.Equal(expected.Encoding, actual.Encoding);
        Assert.Equal(expected.Type, actual.Type);
        Assert.Equal(expected.Attributes.Select(a => a.Key), actual.Attributes.Select(a => a.Key));
        Assert.Equal(expected.Parts.Select(p => (p.Name, p.Type)), actual.Parts.Select(p => (p.Name, p.Type)));
        foreach (var (before, after) in expected.Parts.Zip(actual.Parts)) Assert.True(before.Bytes.Span.SequenceEqual(after.Bytes.Span), before.Name);
        Assert.Equal(expected.Children.Length, actual.Children.Length);
        foreach (var (before, after) in expected.Children.Zip(actual.Children)) AssertSame(before, after);
    }
}
