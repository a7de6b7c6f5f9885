using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Operators;
using EdgeQinn.Testing;
using Xunit;

namespace EdgeQinn.Runtime.Tests.Operators;

/// <summary>How an operator's inputs reach it.</summary>
public enum Feed
{
    /// <summary>As inputs of the graph, which nothing may overwrite.</summary>
    Inputs,

    /// <summary>Computed by a copy, so that the operator may work in place.</summary>
    Computed,

    /// <summary>As constants.</summary>
    Constants,
}

/// <summary>Runs one operator as a graph of its own.</summary>
static class OperatorRunner
{
    /// <summary>The ways to run an operator that must all give the same: instruction sets × feeds.</summary>
    public static IEnumerable<(IReadOnlyList<Isa> Allowed, Feed Feed)> Ways =>
        from isa in Cpu.Allowed(null) from feed in Enum.GetValues<Feed>() select (Cpu.Allowed(isa.ToString()), feed);

    /// <summary>The outputs of <paramref name="op"/>, typed by its shape rule: run twice in a session, then between guard pages; all must agree.</summary>
    public static EncodedTensor[] Run(
        string op, AttributeMap attributes, IReadOnlyList<EncodedTensor?> inputs, IReadOnlyList<Isa>? allowed = null, Feed feed = Feed.Inputs, int wanted = int.MaxValue)
    {
        using var model = Model.FromGraph(Graph(op, attributes, inputs, feed, wanted), allowed);
        using var session = model.CreateSession();
        if (feed != Feed.Constants)
            foreach (var (tensor, data) in session.Inputs.Zip(inputs.Where(i => i is not null))) data!.Part("data").Bytes.Span.CopyTo(tensor.AsBytes());
        session.Run();
        var first = session.Outputs.Select(o => o.AsBytes().ToArray()).ToArray();
        session.Run();
        AssertSame(first, session.Outputs.Select(o => o.AsBytes().ToArray()), "a second run");
        foreach (bool before in new[] { false, true })
        {
            using var guarded = new GuardedSession(model, before);
            if (feed != Feed.Constants)
                for (int i = 0, at = 0; i < inputs.Count; i++)
                    if (inputs[i] is { } data) data.Part("data").Bytes.Span.CopyTo(guarded.Bytes(model.Graph.Inputs[at++]));
            guarded.Run();
            AssertSame(first, model.Graph.Outputs.Select(v => guarded.Bytes(v).ToArray()), "a run between guard pages");
        }
        return [.. session.Outputs.Select((o, i) => EncodedTensor.FromBytes(o.Type, first[i]))];
    }

    /// <summary>Runs on every instruction set and with every feed and hands each result, of the first <paramref name="wanted"/> outputs, to <paramref name="check"/>.</summary>
    public static void RunAll(string op, AttributeMap attributes, IReadOnlyList<EncodedTensor?> inputs, Action<EncodedTensor[]> check, int wanted = int.MaxValue)
    {
        foreach (var (allowed, feed) in Ways) check(Run(op, attributes, inputs, allowed, feed, wanted));
    }

    /// <summary>Asserts the elements of the first output, exactly, on every instruction set and with every feed.</summary>
    public static void Expect<T>(string op, AttributeMap attributes, IReadOnlyList<EncodedTensor?> inputs, T[] expected, params int[] shape) where T : unmanaged =>
        RunAll(op, attributes, inputs, outputs =>
        {
            Assert.Equal(new TensorType(ElementTypes.Of<T>(), shape), outputs[0].Type);
            Assert.Equal(expected, outputs[0].Data<T>().ToArray());
        });

    /// <summary>As <see cref="Expect"/>, for floats that may differ by <paramref name="tolerance"/> relative to the greater of 1 and the element.</summary>
    public static void ExpectClose(string op, AttributeMap attributes, IReadOnlyList<EncodedTensor?> inputs, double[] expected, double tolerance = 2e-6) =>
        RunAll(op, attributes, inputs, outputs => AssertClose(expected, outputs[0].Data<float>(), tolerance));

    public static void AssertClose(ReadOnlySpan<double> expected, ReadOnlySpan<float> actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            bool same = expected[i].Equals(actual[i]) || (float)expected[i] == actual[i] || Math.Abs(expected[i] - actual[i]) <= tolerance * Math.Max(1, Math.Abs(expected[i]));
            Assert.True(same, $"element {i}: expected {expected[i]:R}, got {actual[i]:R}");
        }
    }

    /// <summary>The error that the shape rule refuses a call with.</summary>
    public static string Refusal(string op, AttributeMap attributes, params EncodedTensor?[] inputs) =>
        Assert.Throws<GraphException>(() => Graph(op, attributes, inputs, Feed.Constants)).Message;

    /// <summary>The names of the kernels that a call runs.</summary>
    public static IEnumerable<string> Kernels(string op, AttributeMap attributes, params EncodedTensor?[] inputs)
    {
        using var model = Model.FromGraph(Graph(op, attributes, inputs, Feed.Inputs));
        return [.. model.Plan.Steps.Select(s => s.Kernel)];
    }

    /// <summary>The model of one call.</summary>
    public static Model Bind(string op, AttributeMap attributes, IReadOnlyList<EncodedTensor?> inputs, IReadOnlyList<Isa> allowed, Feed feed) =>
        Model.FromGraph(Graph(op, attributes, inputs, feed), allowed);

    static ModelGraph Graph(string op, AttributeMap attributes, IReadOnlyList<EncodedTensor?> inputs, Feed feed, int wanted = int.MaxValue)
    {
        var values = new List<Value>();
        var nodes = new List<Node>();
        var graphInputs = new List<int>();
        var operands = new int[inputs.Count];
        for (int i = 0; i < operands.Length; i++)
        {
            operands[i] = Node.Absent;
            if (inputs[i] is not { } tensor) continue;
            operands[i] = values.Count;
            values.Add(new Value($"x{i}", tensor.Type, feed == Feed.Constants ? tensor : null));
            if (feed != Feed.Constants) graphInputs.Add(operands[i]);
            if (feed != Feed.Computed) continue;
            operands[i] = values.Count;
            values.Add(new Value($"copy{i}", tensor.Type));
            nodes.Add(new Node("Transpose", $"copy{i}", [operands[i] - 1], [operands[i]], new AttributeMap { { "perm", Enumerable.Range(0, tensor.Type.Rank).ToArray().AsSpan() } }));
        }
        var draft = new Node(op, "node", operands, [], attributes);
        var call = new OperatorCall(draft, [.. operands.Select(v => v < 0 ? null : values[v].Type)], [.. operands.Select(v => v < 0 ? null : values[v].Constant)]);
        var outputs = new List<int>();
        foreach (var type in OperatorTable.Infer(call).Take(wanted))
        {
            outputs.Add(values.Count);
            values.Add(new Value($"y{outputs.Count}", type));
        }
        nodes.Add(draft with { Outputs = outputs });
        return new ModelGraph { Values = values, Nodes = nodes, Inputs = graphInputs, Outputs = outputs };
    }

    static void AssertSame(byte[][] expected, IEnumerable<byte[]> actual, string what) =>
        Assert.True(expected.Zip(actual).All(pair => pair.First.AsSpan().SequenceEqual(pair.Second)), $"{what} differs");
}

/// <summary>Tensors for tests, made briefly.</summary>
static class Tensors
{
    /// <summary>Lengths that meet every tail of every vector width.</summary>
    public static IEnumerable<int> Lengths => [.. Enumerable.Range(0, 36), 47, 48, 49, 63, 64, 65, 66, 67];

    public static EncodedTensor Of<T>(T[] data, params int[] shape) where T : unmanaged => EncodedTensor.FromSpan<T>(data, shape);

    /// <summary>Pseudo-random floats in ±<paramref name="range"/>.</summary>
    public static float[] Floats(int seed, int count, double range = 4)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)((random.NextDouble() * 2 - 1) * range))];
    }

    /// <summary>0, 1, 2, … as floats.</summary>
    public static EncodedTensor Counting(params int[] shape) => Of(Enumerable.Range(0, Count(shape)).Select(i => (float)i).ToArray(), shape);

    public static int Count(int[] shape) => shape.Aggregate(1, (a, b) => a * b);

    /// <summary>All index vectors of a shape, row-major.</summary>
    public static IEnumerable<int[]> Indices(int[] shape)
    {
        for (int flat = 0; flat < Count(shape); flat++)
        {
            var index = new int[shape.Length];
            for (int axis = shape.Length - 1, rest = flat; axis >= 0; axis--) (index[axis], rest) = (rest % shape[axis], rest / shape[axis]);
            yield return index;
        }
    }

    /// <summary>The row-major position of an index vector.</summary>
    public static int Flat(int[] shape, int[] index)
    {
        int flat = 0;
        for (int axis = 0; axis < shape.Length; axis++) flat = flat * shape[axis] + index[axis];
        return flat;
    }
}
