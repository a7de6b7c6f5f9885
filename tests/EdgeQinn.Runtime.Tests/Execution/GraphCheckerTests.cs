using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using Xunit;

namespace EdgeQinn.Runtime.Tests.Execution;

/// <summary>Graphs that lie are refused, with the place, before anything is bound.</summary>
public class GraphCheckerTests
{
    static readonly TensorType Four = new(ElementType.Float32, 4);

    static string Refusal(ModelGraph graph) => Assert.ThrowsAny<GraphException>(() => Model.FromGraph(graph)).Message;

    static string Refusal(IReadOnlyList<Value> values, IReadOnlyList<Node> nodes, int[] inputs, int[] outputs) =>
        Refusal(new ModelGraph { Values = values, Nodes = nodes, Inputs = inputs, Outputs = outputs });

    static Node Neg(int input, int output, string name = "n") => new("Neg", name, [input], [output], AttributeMap.Empty);

    [Fact]
    public void Indices_must_name_values()
    {
        Value[] values = [new("x", Four), new("y", Four)];
        Assert.Equal("node 'n' reads value 7, which is not there", Refusal(values, [Neg(7, 1)], [0], [1]));
        Assert.Equal("node 'n' reads value -2, which is not there", Refusal(values, [Neg(-2, 1)], [0], [1]));
        Assert.Contains("output 0 is no value", Refusal(values, [Neg(0, 7)], [0], [1]), StringComparison.Ordinal);
        Assert.Equal("input 9 is no value", Refusal(values, [Neg(0, 1)], [9], [1]));
        Assert.Equal("output -1 is no value", Refusal(values, [Neg(0, 1)], [0], [-1]));
    }

    [Fact]
    public void Values_are_defined_once_and_before_they_are_read()
    {
        Value[] values = [new("x", Four), new("y", Four), new("z", Four)];
        Assert.Equal("node 'n' reads 'z' before it is computed", Refusal(values, [Neg(2, 1)], [0], [1]));
        Assert.Equal("node 'n' reads 'y' before it is computed", Refusal(values, [Neg(1, 1)], [0], [1]));
        Assert.Contains("writes 'y', which is already defined", Refusal(values, [Neg(0, 1), Neg(0, 1)], [0], [1]), StringComparison.Ordinal);
        Assert.Contains("writes 'x', which is already defined", Refusal(values, [Neg(0, 0)], [0], [0]), StringComparison.Ordinal);
        Assert.Equal("output 'z' is never computed", Refusal(values, [Neg(0, 1)], [0], [2]));
        Assert.Equal("input 'x' is a constant or listed twice", Refusal(values, [], [0, 0], [0]));
        Assert.Contains("two values are called 'x'", Refusal([new("x", Four), new("x", Four)], [], [0], [0]), StringComparison.Ordinal);
    }

    [Fact]
    public void Types_must_be_what_the_operators_compute()
    {
        Assert.Contains("output 'y' is declared float32[5] but computes float32[4]",
            Refusal([new("x", Four), new("y", new TensorType(ElementType.Float32, 5))], [Neg(0, 1)], [0], [1]), StringComparison.Ordinal);
        Assert.Contains("output 'y' is declared int32[4] but computes float32[4]",
            Refusal([new("x", Four), new("y", new TensorType(ElementType.Int32, 4))], [Neg(0, 1)], [0], [1]), StringComparison.Ordinal);
        Assert.Equal("value 'x' has unknown element type 77", Refusal([new("x", new TensorType((ElementType)77, 4))], [], [0], [0]));
        Assert.Equal("value 'x' has dimension -1", Refusal([new("x", new TensorType(ElementType.Float32, -1))], [], [0], [0]));
        Assert.Equal("value 'x' has rank 9, at most 8", Refusal([new("x", new TensorType(ElementType.Float32, 1, 1, 1, 1, 1, 1, 1, 1, 1))], [], [0], [0]));
    }

    [Fact]
    public void Sizes_have_limits_that_no_overflow_gets_round()
    {
        int[][] shapes = [[1 << 30], [1 << 16, 1 << 16], [int.MaxValue, int.MaxValue], [1 << 20, 1 << 20, 1 << 20, 1 << 4], [65536, 65536, 65536, 65536]];
        foreach (int[] shape in shapes)
            Assert.Contains("is larger than 1024 MiB", Refusal([new("x", new TensorType(ElementType.Float32, shape))], [], [0], [0]), StringComparison.Ordinal);

        var g = new GraphSketch();
        int x = g.Input(1 << 15);
        g.Raw(new Node("Tile", "big", [x], [g.Declare(Four)], new() { { "repeats", 1L << 30 } }));
        Assert.Equal("node 'big' (Tile): a size overflows 32 bits", Refusal(g.Output(1).Build()));
    }

    [Fact]
    public void Working_memory_has_a_limit()
    {
        var g = new GraphSketch();
        for (int i = 0; i < 5; i++) g.Output(g.Input(1 << 28));
        Assert.Equal("the network needs 5120 MiB of working memory, at most 1024", Refusal(g.Build()));
    }

    [Fact]
    public void Declared_work_has_a_limit()
    {
        TensorType huge = new(ElementType.Float32, 1 << 14, 1 << 14);
        Value[] values = [new("a", huge), new("b", huge), new("y", huge)];
        Assert.Contains("node 'm' (MatMul): brings a run to more than", Refusal(values, [new Node("MatMul", "m", [0, 1], [2], AttributeMap.Empty)], [0, 1], [2]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_cycle_is_refused()
    {
        Value[] values = [new("x", Four), new("a", Four), new("b", Four)];
        Assert.Equal("node 'first' reads 'b' before it is computed", Refusal(values, [Neg(2, 1, "first"), Neg(1, 2, "second")], [0], [1]));
        Assert.Equal("node 'self' reads 'a' before it is computed", Refusal(values, [Neg(1, 1, "self")], [0], [1]));
    }

    [Fact]
    public void Two_values_of_one_name_are_refused() =>
        Assert.Equal("two values are called 'x'", Refusal([new("x", Four), new("y", Four), new("x", Four)], [Neg(0, 1)], [0], [1]));

    [Fact]
    public void Constants_must_hold_what_they_say()
    {
        var wrong = new EncodedTensor("dense", Four, AttributeMap.Empty, [new TensorPart("data", Four, new byte[15])], []);
        Assert.Equal("constant 'c' float32[4] holds 15 bytes, expected 16", Refusal([new("c", Four, wrong)], [], [], [0]));
        Assert.Contains("encoding 'dense' lacks part 'data'", Refusal([new("c", Four, wrong with { Parts = [] })], [], [], [0]), StringComparison.Ordinal);
        Assert.Contains("but encodes float32[4]", Refusal([new("c", new TensorType(ElementType.Float32, 2), wrong)], [], [], [0]), StringComparison.Ordinal);
        Assert.Contains("constant 'c'", Refusal([new("c", Four, wrong with { Encoding = "holographic" })], [], [], [0]), StringComparison.Ordinal);
    }

    [Fact]
    public void Operators_and_attributes_are_checked_with_the_nodes_name()
    {
        Value[] values = [new("x", Four), new("y", Four)];
        Assert.Equal("node 'n': operator 'Conjure' is not known to this version of the runtime", Refusal(values, [Neg(0, 1) with { Operator = "Conjure" }], [0], [1]));
        Assert.Equal("node 'n' (Softmax): attribute 'axis' is not integers", Refusal(values, [new("Softmax", "n", [0], [1], new() { { "axis", "last" } })], [0], [1]));
        Assert.Equal("node 'n' (Softmax): attribute 'axis' = 4294967296 does not fit 32 bits", Refusal(values, [new("Softmax", "n", [0], [1], new() { { "axis", 1L << 32 } })], [0], [1]));
        Assert.Equal("node 'n' (Softmax): axis 1 is outside rank 1", Refusal(values, [new("Softmax", "n", [0], [1], new() { { "axis", 1L } })], [0], [1]));
        Assert.Contains("has no output 0", Refusal(values, [new("Neg", "n", [0], [], AttributeMap.Empty)], [0], [0]), StringComparison.Ordinal);
        Assert.Contains("has no output 0", Refusal(values, [new("Neg", "n", [0], [Node.Absent], AttributeMap.Empty)], [0], [0]), StringComparison.Ordinal);
        Assert.Contains("has 2 outputs, at most 1", Refusal(values, [new("Neg", "n", [0], [1, Node.Absent], AttributeMap.Empty)], [0], [1]), StringComparison.Ordinal);
        Assert.Contains("input 0 is missing", Refusal(values, [Neg(Node.Absent, 1)], [0], [1]), StringComparison.Ordinal);
    }
}
