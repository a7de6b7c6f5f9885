using EdgeQinn.Converter.Import;
using EdgeQinn.Converter.Onnx;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Testing.Onnx;
using Xunit;

namespace EdgeQinn.Converter.Tests.Onnx;

public class OnnxReaderTests
{
    static OnnxGraphBuilder Small() => new OnnxGraphBuilder().Input("x", 1, 2, 8).Weights("w", 1, 3, 2, 3).Constant<long>("shape", [1, -1], 2).Output("y")
        .Node("Conv", "x w", "c", ("pads", new[] { 1, 1 }), ("auto_pad", "NOTSET")).Node("Elu", "c", "e", ("alpha", 0.5f)).Node("Reshape", "e shape", "y");

    [Fact]
    public void Reads_what_a_file_holds()
    {
        var model = OnnxReader.Read(Small().Opset(13).ToArray(), "m.onnx");
        Assert.Equal(13, model.Opsets[""]);
        Assert.Equal("EdgeQinn tests", model.Producer);
        Assert.Equal(["Conv", "Elu", "Reshape"], model.Graph.Nodes.Select(n => n.Operator));
        Assert.Equal([1L, 1L], Assert.IsType<long[]>(model.Graph.Nodes[0].Attributes["pads"].Value));
        Assert.Equal("NOTSET", model.Graph.Nodes[0].Attributes["auto_pad"].Value);
        Assert.Equal(0.5f, model.Graph.Nodes[1].Attributes["alpha"].Value);
        Assert.Equal([1L, 2L, 8L], model.Graph.Inputs[0].Shape!.Select(d => d.Size!.Value));
        Assert.Equal([3L, 2L, 3L], model.Graph.Initializers[0].Dimensions);
    }

    [Fact]
    public void Every_truncation_is_refused_with_its_position()
    {
        byte[] whole = Small().ToArray();
        int lastField = whole.Length - new ProtoWriter().Message(8, new ProtoWriter().Int(2, 17)).ToArray().Length;
        for (int length = 0; length < whole.Length; length++)
        {
            var error = Assert.Throws<FileFormatException>(() => OnnxReader.Read(whole.AsMemory(0, length), "cut.onnx"));
            Assert.InRange(error.Position, 0, length);
            Assert.StartsWith($"cut.onnx: byte {error.Position}: ", error.Message, StringComparison.Ordinal);
        }
        Assert.Contains("no operator set", Assert.Throws<FileFormatException>(() => OnnxReader.Read(whole.AsMemory(0, lastField), "cut.onnx")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_of_another_kind_is_refused_at_its_first_bytes()
    {
        Assert.Equal(0, Assert.Throws<FileFormatException>(() => OnnxReader.Read("\x7fELF binary"u8.ToArray(), "a.out")).Position);
        Assert.Contains("without a graph", Assert.Throws<FileFormatException>(() => OnnxReader.Read(Array.Empty<byte>(), "empty.onnx")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Graphs_nested_too_deep_are_refused()
    {
        var graph = new OnnxGraphBuilder().Node("Identity", "x", "y").ToGraph();
        for (int depth = 0; depth < 1000; depth++)
            graph = new ProtoWriter().Message(1, OnnxGraphBuilder.NodeMessage("If", "c", "y", ("then_branch", graph)));
        byte[] bytes = new ProtoWriter().Message(7, graph).ToArray();
        Assert.Contains("nest deeper", Assert.Throws<FileFormatException>(() => OnnxReader.Read(bytes, "deep.onnx")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_length_that_lies_is_refused_before_anything_is_allocated()
    {
        var bytes = new ProtoWriter();
        bytes.Varint(7 << 3 | 2);
        bytes.Varint(0x7fff_ffff_ffff);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("claims 140737488355327 bytes", Assert.Throws<FileFormatException>(() => OnnxReader.Read(bytes.ToArray(), "lie.onnx")).Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    /// <summary>Two bytes make an empty message; what stands for it in memory must stay in proportion.</summary>
    [Theory]
    [InlineData(1), InlineData(5), InlineData(11), InlineData(13), InlineData(15)]
    public void A_bomb_of_empty_messages_costs_memory_in_proportion(int field)
    {
        var graph = new ProtoWriter();
        for (int i = 0; i < 100_000; i++) graph.Bytes(field, []);
        byte[] bytes = new ProtoWriter().Message(7, graph).ToArray();
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            OnnxReader.Read(bytes, "bomb.onnx");
        }
        catch (FileFormatException e)
        {
            Assert.StartsWith("bomb.onnx: byte ", e.Message, StringComparison.Ordinal);
        }
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 512L * bytes.Length);
    }

    [Fact]
    public void A_dimension_of_two_to_the_31_is_refused()
    {
        var shape = new ProtoWriter().Message(1, new ProtoWriter().Int(1, 1L << 31));
        var type = new ProtoWriter().Message(1, new ProtoWriter().Int(1, 1).Message(2, shape));
        var builder = new OnnxGraphBuilder().Field(11, new ProtoWriter().Text(1, "x").Message(2, type)).Output("y").Node("Relu", "x", "y");
        Assert.Contains("2147483648", Assert.ThrowsAny<EdgeQinnException>(() => builder.Convert()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new[] { 4 }, 3)]
    [InlineData(new[] { 1 << 16, 1 << 16 }, 4)]
    [InlineData(new[] { int.MaxValue, int.MaxValue, 0 }, 4)]
    public void A_tensor_whose_data_does_not_fill_its_shape_is_refused(int[] shape, int count)
    {
        var builder = new OnnxGraphBuilder().Input("x", 4).Output("y").Constant<float>("w", new float[count], shape).Node("Add", "x w", "y");
        var problem = Assert.Single(Assert.Throws<ConversionException>(() => builder.Convert()).Problems);
        Assert.Equal("w", problem.Node);
        Assert.Contains("byte ", problem.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Numbers_are_read_from_every_field_that_may_hold_them()
    {
        float[] Sum(ProtoWriter tensor) => new OnnxGraphBuilder().Input("x", 3).Output("y").Field(5, tensor.Text(8, "w"))
            .Node("Cast", "w", "f", ("to", 1)).Node("Add", "x f", "y").Convert().Run<float>(0, 0, 0);
        var packed = new ProtoWriter();
        foreach (ulong v in (ReadOnlySpan<ulong>)[1, 2, unchecked((ulong)-3)]) packed.Varint(v);
        byte[] floats = [.. new[] { 1f, 2f, -3f }.SelectMany(BitConverter.GetBytes)], doubles = [.. new[] { 1d, 2d, -3d }.SelectMany(BitConverter.GetBytes)];

        Assert.Equal([1, 2, -3], Sum(new ProtoWriter().Int(1, 3).Int(2, 1).Bytes(4, floats)));
        Assert.Equal([1, 2, -3], Sum(new ProtoWriter().Int(1, 3).Int(2, 1).Float(4, 1).Float(4, 2).Float(4, -3)));
        Assert.Equal([1, 2, -3], Sum(new ProtoWriter().Int(1, 3).Int(2, 11).Bytes(10, doubles)));
        Assert.Equal([1, 2, -3], Sum(new ProtoWriter().Int(1, 3).Int(2, 3).Bytes(5, packed.ToArray())));
        Assert.Equal([1, 2, -3], Sum(new ProtoWriter().Int(1, 3).Int(2, 6).Int(5, 1).Int(5, 2).Int(5, -3)));
        Assert.Equal([1, 2, -3], Sum(new ProtoWriter().Int(1, 3).Int(2, 7).Int(7, 1).Int(7, 2).Int(7, -3)));
        Assert.Equal([1, 2, 3], Sum(new ProtoWriter().Int(1, 3).Int(2, 13).Int(11, 1).Int(11, 2).Int(11, 3)));
        Assert.Equal([1, 0, 1], Sum(new ProtoWriter().Int(1, 3).Int(2, 9).Int(5, 1).Int(5, 0).Int(5, 1)));
        Assert.Equal([1, 2, -3], Sum(new ProtoWriter().Int(1, 3).Int(2, 10).Int(5, 0x3c00).Int(5, 0x4000).Int(5, 0xc200)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Sparse_initializers_are_expanded(bool linear)
    {
        var indices = linear ? OnnxGraphBuilder.Tensor<long>("", [1, 5], 2) : OnnxGraphBuilder.Tensor<long>("", [0, 1, 1, 2], 2, 2);
        var sparse = new ProtoWriter().Message(1, OnnxGraphBuilder.Tensor<float>("w", [7, 9], 2)).Message(2, indices).Int(3, 2).Int(3, 3);
        Assert.Equal([0, 7, 0, 0, 0, 9], new OnnxGraphBuilder().Input("x", 2, 3).Output("y").Field(15, sparse).Node("Add", "x w", "y").Convert().Run<float>(new float[6]));
    }

    [Fact]
    public void A_sparse_bomb_is_refused()
    {
        var sparse = new ProtoWriter().Message(1, OnnxGraphBuilder.Tensor<float>("w", [7], 1)).Message(2, OnnxGraphBuilder.Tensor<long>("", [1], 1)).Int(3, 1 << 14).Int(3, 1 << 14);
        var builder = new OnnxGraphBuilder().Input("x", 1).Output("y").Field(15, sparse).Node("Add", "x w", "y");
        Assert.Contains("would expand 4 bytes to 1073741824", Assert.Throws<ConversionException>(() => builder.Convert()).Message, StringComparison.Ordinal);
    }
}
