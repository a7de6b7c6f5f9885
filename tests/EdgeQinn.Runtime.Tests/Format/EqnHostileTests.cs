using System.Buffers.Binary;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Weights;
using EdgeQinn.Testing.Format;
using Xunit;

namespace EdgeQinn.Runtime.Tests.Format;

/// <summary>Whatever a file holds, it costs a <see cref="FileFormatException"/> or <see cref="GraphException"/>, never anything else, and little memory.</summary>
public sealed class EqnHostileTests
{
    /// <summary>FORMAT.md promises that reading allocates no more than this many times the file's size, and a constant.</summary>
    const long MemoryFactor = 64, MemoryConstant = 64 << 10;

    static readonly byte[] Rich = EqnWriter.ToArray(SampleFiles.Rich());
    static readonly byte[] Tiny = EqnWriter.ToArray(SampleFiles.Tiny());

    [Fact]
    public void Truncated_at_every_byte()
    {
        for (int length = 0; length < Rich.Length; length++)
            Assert.ThrowsAny<EdgeQinnException>(() => EqnFile.Parse(Rich.AsSpan(0, length), "cut.eqn"));
    }

    [Fact]
    public void Every_byte_changed_is_noticed_or_is_padding()
    {
        var covered = new bool[Rich.Length];
        using (var file = EqnFile.Parse(Rich, "m.eqn"))
        {
            covered.AsSpan(0, 64 + 32 * file.Sections.Count).Fill(true);
            foreach (var section in file.Sections) covered.AsSpan(section.Offset, section.Length).Fill(true);
        }
        byte[] bytes = [.. Rich];
        for (int i = 0; i < bytes.Length; i++)
        {
            for (int bit = 0; bit < 8; bit++)
            {
                bytes[i] ^= (byte)(1 << bit);
                Assert.Equal(!covered[i], Survives(bytes));
                bytes[i] = Rich[i];
            }
        }
    }

    [Fact]
    public void Every_byte_changed_behind_right_checksums()
    {
        foreach (byte[] original in (byte[][])[Rich, Tiny])
        {
            var patch = EqnPatch.From(original);
            foreach (string id in patch.Sections.Select(s => s.Id).ToArray())
            {
                byte[] bytes = patch[id];
                for (int i = 0; i < bytes.Length; i++)
                {
                    byte kept = bytes[i];
                    foreach (byte value in (ReadOnlySpan<byte>)[0, 1, 0x7F, 0x80, 0xFF, (byte)(kept + 1), (byte)(kept - 1), (byte)(kept ^ 0x20)])
                    {
                        bytes[i] = value;
                        Survives(patch.ToArray());
                    }
                    bytes[i] = kept;
                }
            }
        }
    }

    [Theory]
    [InlineData(1), InlineData(2), InlineData(3), InlineData(4)]
    public void Random_surgery_behind_right_checksums(int seed)
    {
        var mutator = new EqnMutator(new Random(seed));
        for (int round = 0; round < 5_000; round++) Survives(mutator.Mutate(round % 4 == 0 ? Tiny : Rich));
    }

    [Fact]
    public void Dimensions_of_two_to_the_31_and_products_beyond_are_refused()
    {
        foreach (uint dimension in (ReadOnlySpan<uint>)[0x80000000, uint.MaxValue, int.MaxValue, 1 << 29])
        {
            var patch = EqnPatch.From(Tiny);
            byte[] graph = patch["GRPH"];
            int type = graph.AsSpan().IndexOf((ReadOnlySpan<byte>)[(byte)ElementType.Float32, 1, 0, 0, 2, 0, 0, 0]);
            BinaryPrimitives.WriteUInt32LittleEndian(graph.AsSpan(type + 4), dimension);
            var error = Assert.Throws<FileFormatException>(() => EqnFile.Parse(patch.ToArray(), "wide.eqn"));
            Assert.Contains(dimension > int.MaxValue ? $"dimension {dimension} is above" : "larger than 1024 MiB", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Encoded_constants_that_stand_for_too_much_are_refused_before_memory_is_taken()
    {
        const int Side = 12_000; // 576 MB as a dense matrix, of no stored block
        EncodedTensor Empty() => new BlockSparseWeight(new TensorType(ElementType.Float32, Side, Side), Side, 16, 1, new uint[Side / 16 + 1], [], []).Encode();
        Value x = new("x", new TensorType(ElementType.Float32, 1, Side)), y = new("y", x.Type), z = new("z", x.Type);
        Value w = new("w", new TensorType(ElementType.Float32, Side, Side), Empty()), v = new("v", w.Type, Empty());
        var graph = new ModelGraph { Values = [x, w, y, v, z], Nodes = [new Node("Linear", "a", [0, 1], [2], []), new Node("Linear", "b", [2, 3], [4], [])], Inputs = [0], Outputs = [4] };
        byte[] bytes = EqnWriter.ToArray(new EqnContents(graph));
        Assert.InRange(bytes.Length, 0, 100_000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("stand for more than 1024 MiB", Assert.Throws<GraphException>(() => Model.Parse(bytes, "bomb.eqn")).Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
    }

    [Fact]
    public void An_attribute_the_operator_has_not_is_refused_with_its_position()
    {
        Value x = new("x", new TensorType(ElementType.Float32, 2)), y = new("y", x.Type);
        var graph = new ModelGraph { Values = [x, y], Nodes = [new Node("Relu", "r", [0], [1], new AttributeMap { { "threshold", 3f } })], Inputs = [0], Outputs = [1] };
        byte[] bytes = EqnWriter.ToArray(new EqnContents(graph));
        var error = Assert.Throws<GraphException>(() => Model.Parse(bytes, "odd.eqn"));
        Assert.Matches("node 'r' \\(Relu\\): attribute 'threshold' at byte [1-9][0-9]* is not known", error.Message);
        Assert.Throws<GraphException>(() => Model.FromGraph(graph));
    }

    [Fact]
    public void Counts_beyond_the_file_are_refused_before_memory_is_taken()
    {
        var patch = EqnPatch.From(Rich);
        byte[] graph = patch["GRPH"];
        for (int i = 0; i + 4 <= graph.Length; i += 4)
        {
            uint kept = BinaryPrimitives.ReadUInt32LittleEndian(graph.AsSpan(i));
            foreach (uint value in (ReadOnlySpan<uint>)[0x7FFFFFFF, 0x01000000, (uint)graph.Length / 4])
            {
                BinaryPrimitives.WriteUInt32LittleEndian(graph.AsSpan(i), value);
                Survives(patch.ToArray());
            }
            BinaryPrimitives.WriteUInt32LittleEndian(graph.AsSpan(i), kept);
        }
    }

    /// <summary>Reads everything a file offers; whether it was accepted.</summary>
    static bool Survives(byte[] bytes)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            using var file = EqnFile.Parse(bytes, "hostile.eqn");
            _ = file.Contract;
            _ = file.Golden;
            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, MemoryFactor * bytes.Length + MemoryConstant);
            using var model = Model.FromGraph(file.Graph);
            return true;
        }
        catch (Exception e) when (e is FileFormatException or GraphException)
        {
            return e is GraphException;
        }
    }
}
