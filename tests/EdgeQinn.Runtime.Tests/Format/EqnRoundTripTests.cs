using EdgeQinn.Runtime.Format;
using EdgeQinn.Testing.Format;
using Xunit;

namespace EdgeQinn.Runtime.Tests.Format;

public sealed class EqnRoundTripTests
{
    [Fact]
    public void Everything_written_is_read_back()
    {
        var written = SampleFiles.Rich();
        using var read = EqnFile.Parse(EqnWriter.ToArray(written), "rich.eqn");

        Assert.Equal(written.Graph.Name, read.Graph.Name);
        Assert.Equal(written.Graph.Inputs, read.Graph.Inputs);
        Assert.Equal(written.Graph.Outputs, read.Graph.Outputs);
        Assert.Equal(written.Graph.Values.Count, read.Graph.Values.Count);
        foreach (var (a, b) in written.Graph.Values.Zip(read.Graph.Values))
        {
            Assert.Equal((a.Name, a.Type), (b.Name, b.Type));
            Assert.Equal(a.Constant is null, b.Constant is null);
            if (a.Constant is not null) AssertEqual(a.Constant, b.Constant!);
        }
        foreach (var (a, b) in written.Graph.Nodes.Zip(read.Graph.Nodes))
        {
            Assert.Equal((a.Operator, a.Name), (b.Operator, b.Name));
            Assert.Equal(a.Inputs, b.Inputs);
            Assert.Equal(a.Outputs, b.Outputs);
            AssertEqual(a.Attributes, b.Attributes);
        }
        Assert.Equal(written.Contract!.ToJson(), read.Contract!.ToJson());
        Assert.Equal(written.Stream, read.Stream);
        Assert.Equal(written.Provenance.ToArray(), read.Provenance.ToArray());
        AssertEqual(written.Golden!, read.Golden!);
    }

    [Fact]
    public void The_same_contents_give_the_same_bytes_also_after_reading()
    {
        byte[] first = EqnWriter.ToArray(SampleFiles.Rich());
        Assert.Equal(first, EqnWriter.ToArray(SampleFiles.Rich()));
        using var read = EqnFile.Parse(first, "rich.eqn");
        Assert.Equal(first, EqnWriter.ToArray(new EqnContents(read.Graph) { Contract = read.Contract, Stream = read.Stream, Golden = read.Golden, Provenance = read.Provenance }));
    }

    [Fact]
    public unsafe void Constants_lie_aligned_in_the_mapping_and_die_with_the_file()
    {
        string path = Path.GetTempFileName();
        try
        {
            EqnWriter.Write(path, SampleFiles.Rich());
            ReadOnlyMemory<byte> bytes;
            using (var file = EqnFile.Open(path))
            {
                foreach (var constant in file.Graph.Values.Select(v => v.Constant).OfType<EncodedTensor>().SelectMany(c => (EncodedTensor[])[c, .. c.Children]))
                    foreach (var part in constant.Parts)
                        using (var pin = part.Bytes.Pin())
                            Assert.Equal(0, (long)pin.Pointer % 64);
                bytes = file.Graph.Values[2].Constant!.Parts[0].Bytes;
                Assert.Equal(8, bytes.Span.Length);
            }
            Assert.Throws<ObjectDisposedException>(() => bytes.Span.Length);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Writing_replaces_a_file_whole_and_leaves_nothing_else_behind()
    {
        string folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            string path = Path.Combine(folder, "m.eqn");
            File.WriteAllBytes(path, new byte[100_000]);
            EqnWriter.Write(path, SampleFiles.Tiny());
            Assert.Equal(EqnWriter.ToArray(SampleFiles.Tiny()), File.ReadAllBytes(path));

            var tooDeep = EncodedTensor.FromSpan<float>([1], 1);
            for (int i = 0; i < 4; i++) tooDeep = new EncodedTensor("sum", tooDeep.Type, AttributeMap.Empty, [], [tooDeep]);
            var graph = new ModelGraph { Values = [new("deep", tooDeep.Type, tooDeep)], Nodes = [], Inputs = [], Outputs = [0] };
            Assert.Throws<GraphException>(() => EqnWriter.Write(path, new EqnContents(graph)));
            Assert.Equal([path], Directory.GetFiles(folder));
            Assert.Equal(EqnWriter.ToArray(SampleFiles.Tiny()), File.ReadAllBytes(path));
        }
        finally
        {
            Directory.Delete(folder, true);
        }
    }

    static void AssertEqual(EncodedTensor a, EncodedTensor b)
    {
        Assert.Equal((a.Encoding, a.Type), (b.Encoding, b.Type));
        AssertEqual(a.Attributes, b.Attributes);
        Assert.Equal(a.Parts.Select(p => (p.Name, p.Type)), b.Parts.Select(p => (p.Name, p.Type)));
        foreach (var (x, y) in a.Parts.Zip(b.Parts)) Assert.Equal(x.Bytes.ToArray(), y.Bytes.ToArray());
        Assert.Equal(a.Children.Length, b.Children.Length);
        foreach (var (x, y) in a.Children.Zip(b.Children)) AssertEqual(x, y);
    }

    static void AssertEqual(AttributeMap a, AttributeMap b)
    {
        Assert.Equal(a.Select(e => e.Key), b.Select(e => e.Key));
        foreach (var (x, y) in a.Zip(b)) Assert.Equal((System.Collections.IEnumerable)x.Value, (System.Collections.IEnumerable)y.Value);
    }

    static void AssertEqual(GoldenVectors a, GoldenVectors b)
    {
        Assert.Equal((a.CaseCount, a.AbsoluteTolerance, a.RelativeTolerance), (b.CaseCount, b.AbsoluteTolerance, b.RelativeTolerance));
        Assert.Equal(a.Inputs, b.Inputs);
        Assert.Equal(a.Outputs, b.Outputs);
        for (int c = 0; c < a.CaseCount; c++)
        {
            for (int i = 0; i < a.Inputs.Count; i++) Assert.Equal(a.Input(c, i), b.Input(c, i));
            for (int o = 0; o < a.Outputs.Count; o++) Assert.Equal(a.Output(c, o), b.Output(c, o));
        }
    }
}
