using EdgeQinn.Runtime.Diagnostics;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;
using Xunit;

namespace EdgeQinn.Runtime.Tests.Operators;

/// <summary>The operators that remember, against their definitions on all columns so far.</summary>
public class StreamingOperatorTests
{
    [Theory]
    [MemberData(nameof(Seeds))]
    public void History_gives_columns_of_the_past(int seed)
    {
        var random = new Random(seed);
        int outer = random.Next(1, 4), inner = random.Next(1, 4), most = random.Next(2) == 0 ? 12 : 100;
        int fresh = random.Next(1, most), length = random.Next(0, 2 * most), lag = random.Next(3) == 0 ? 0 : random.Next(most);
        int tail = random.Next(4), extra = random.Next(3), phases = random.Next(1, 4), skip = random.Next(3) == 0 ? random.Next(30) : 0, head = random.Next(3);
        int first = random.Next(2) * random.Next(5), headFirst = random.Next(2) * random.Next(5);
        var attributes = new AttributeMap
        {
            { "axis", 1 }, { "first", first }, { "new", fresh }, { "length", length }, { "lag", lag }, { "tail", tail }, { "phases", phases }, { "skip", skip }, { "fill", 7f },
        };
        AddHead(attributes, headFirst, head);
        foreach (IReadOnlyList<Isa>? allowed in _allowed)
        {
            using var model = Bind("History", attributes, [outer, first + fresh + tail + extra, inner], head > 0 ? [outer, headFirst + head + extra, inner] : null, allowed);
            using var session = model.CreateSession();
            var lines = Enumerable.Range(0, phases).Select(_ => new List<float[]>()).ToArray();
            for (int run = 0; run < 40; run++)
            {
                float[][] columns = Columns(random, session.Inputs[0], outer, inner)[first..];
                float[][] before = head > 0 ? Columns(random, session.Inputs[1], outer, inner)[headFirst..(headFirst + head)] : [];
                var line = lines[run % phases];
                line.AddRange(columns[..fresh]);
                session.Run();
                var expected = before.Concat(Enumerable.Range(line.Count - lag - length, length).Select(n => n < skip ? [.. Enumerable.Repeat(7f, outer * inner)] : line[n]))
                    .Concat(columns[fresh..(fresh + tail)]);
                Assert.Equal(expected, Columns(session.Outputs[0], outer, inner));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Running_reduces_the_newest_columns(int seed)
    {
        var random = new Random(seed);
        int outer = random.Next(1, 12), inner = random.Next(2) == 0 ? 1 : random.Next(2, 4), fresh = random.Next(1, 40), length = fresh + random.Next(200);
        int tail = random.Next(12), phases = random.Next(1, 4), head = random.Next(12), first = random.Next(2) * random.Next(5), headFirst = random.Next(2) * random.Next(5);
        string kind = _kinds[random.Next(_kinds.Length)];
        var attributes = new AttributeMap { { "axis", 1 }, { "kind", kind }, { "first", first }, { "new", fresh }, { "length", length }, { "tail", tail }, { "phases", phases }, { "scale", 0.5f } };
        AddHead(attributes, headFirst, head);
        foreach (IReadOnlyList<Isa>? allowed in _allowed)
        {
            using var model = Bind("Running", attributes, [outer, first + fresh + tail, inner], head > 0 ? [outer, headFirst + head, inner] : null, allowed);
            using var session = model.CreateSession();
            var lines = Enumerable.Range(0, phases).Select(_ => new List<float[]>()).ToArray();
            for (int run = 0; run < phases * (length / fresh + 5); run++)
            {
                float[][] columns = Columns(random, session.Inputs[0], outer, inner)[first..];
                float[][] before = head > 0 ? Columns(random, session.Inputs[1], outer, inner)[headFirst..(headFirst + head)] : [];
                var line = lines[run % phases];
                line.AddRange(columns[..fresh]);
                session.Run();
                if (line.Count < length) continue;
                float[][] all = [.. before, .. line[^length..], .. columns[fresh..]];
                for (int i = 0; i < outer * inner; i++)
                {
                    var values = all.Select(c => (double)c[i]);
                    double expected = 0.5 * (kind == "sum" ? values.Sum() : kind == "max" ? values.Max() : values.Min());
                    Assert.Equal(expected, session.Outputs[0].AsSpan<float>()[i], 1e-5 * (1 + length));
                }
            }
        }
    }

    static readonly IReadOnlyList<Isa>?[] _allowed = [null, [Isa.Scalar]];

    static readonly string[] _kinds = ["sum", "max", "min"];

    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 40)];

    static Model Bind(string op, AttributeMap attributes, int[] x, int[]? head, IReadOnlyList<Isa>? allowed) =>
        Model.ForStream(SingleNode.Graph(op, attributes, 1, head is null ? [(null, new TensorType(ElementType.Float32, x))]
            : [(null, new TensorType(ElementType.Float32, x)), (null, new TensorType(ElementType.Float32, head))]), allowed ?? Cpu.Allowed());

    static void AddHead(AttributeMap attributes, int first, int columns)
    {
        if (columns == 0) return;
        attributes.Add("head_first", first);
        attributes.Add("head_columns", columns);
    }

    /// <summary>Fills a tensor [outer, columns, inner] with random numbers; its columns.</summary>
    static float[][] Columns(Random random, Tensor tensor, int outer, int inner)
    {
        foreach (ref float x in tensor.AsSpan<float>()) x = 2 * random.NextSingle() - 1;
        return Columns(tensor, outer, inner);
    }

    static float[][] Columns(Tensor tensor, int outer, int inner)
    {
        int columns = tensor.Type.Shape[1];
        float[] data = tensor.AsSpan<float>().ToArray();
        return [.. Enumerable.Range(0, columns).Select(c => (float[])[.. Enumerable.Range(0, outer * inner).Select(i => data[(i / inner * columns + c) * inner + i % inner])])];
    }
}
