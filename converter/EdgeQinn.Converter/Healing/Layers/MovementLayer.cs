using EdgeQinn.Converter.Healing.Differentiation;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;

namespace EdgeQinn.Converter.Healing.Layers;

/// <summary>
/// Anything that only moves elements (Reshape, Transpose, Slice, Split, Concat, Pad, Gather, …). Where each goes is found by letting the runtime
/// move their numbers: what comes out where 1, 2, 3 … go in.
/// </summary>
sealed class MovementLayer : Layer
{
    /// <summary>Numbers up to this one are exact in float32.</summary>
    const int MostElements = 1 << 24;

    /// <summary>The operators that move elements of input 0, and of all inputs.</summary>
    public static readonly IReadOnlySet<string> Operators = new HashSet<string>(StringComparer.Ordinal)
    {
        "Reshape", "Transpose", "Slice", "Split", "Concat", "Expand", "Tile", "Pad", "Gather", "GatherElements", "GatherND", "DepthToSpace", "SpaceToDepth", "Trilu",
    };

    readonly (int Value, int Start, int Size)[] _inputs;
    readonly (int Value, int[] From)[] _outputs;

    public MovementLayer(LayerContext context)
    {
        var call = context.Call;
        for (int i = 0; i < call.InputCount; i++)
            if (call.Constant(i) is { Type.Element: ElementType.Float32 } constant && constant.Floats().ContainsAnyExcept(0f))
                throw call.Fail("training moves only what is computed, and zeros");
        var inputs = new List<(int, int, int)>();
        int start = 0;
        for (int i = 0; i < call.InputCount; i++)
        {
            if (!context.IsComputed(i) || inputs.Exists(known => known.Item1 == context.Input(i))) continue;
            int size = call.Input(i, ElementType.Float32).Count;
            inputs.Add((context.Input(i), start, size));
            start += size;
        }
        if (start >= MostElements) throw call.Fail($"{start} elements are too many to train through");
        _inputs = [.. inputs];
        _outputs = Numbered(context);
    }

    public override void Forward(Tape tape)
    {
        foreach (var (value, from) in _outputs)
        {
            var y = tape.Value(value);
            foreach (var (source, start, size) in _inputs)
            {
                var x = tape.Value(source);
                for (int s = 0; s < tape.Samples; s++)
                    for (int i = 0; i < from.Length; i++)
                    {
                        int at = from[i] - start;
                        if ((uint)at < (uint)size) y[s * from.Length + i] = x[s * size + at];
                        else if (from[i] < 0) y[s * from.Length + i] = 0;
                    }
            }
        }
    }

    public override void Backward(Tape tape)
    {
        foreach (var (value, from) in _outputs)
        {
            var dy = tape.Gradient(value);
            foreach (var (source, start, size) in _inputs)
            {
                var dx = tape.Gradient(source);
                for (int s = 0; s < tape.Samples; s++)
                    for (int i = 0; i < from.Length; i++)
                    {
                        int at = from[i] - start;
                        if ((uint)at < (uint)size) dx[s * size + at] += dy[s * from.Length + i];
                    }
            }
        }
    }

    /// <summary>Each output with the number of the input element that each of its elements is; −1 for none.</summary>
    (int, int[])[] Numbered(LayerContext context)
    {
        var node = context.Node;
        int[] used = [.. node.Inputs.Concat(node.Outputs).Where(v => v >= 0).Distinct()];
        int[] Local(IReadOnlyList<int> values) => [.. values.Select(v => Array.IndexOf(used, v))];
        int[] inputs = [.. _inputs.Select(i => i.Value)], outputs = [.. node.Outputs.Where(v => v >= 0)];
        var graph = new ModelGraph
        {
            Values = [.. used.Select(v => context.Graph.Values[v])],
            Nodes = [node with { Inputs = Local(node.Inputs), Outputs = Local(node.Outputs) }],
            Inputs = Local(inputs),
            Outputs = Local(outputs),
        };
        using var model = Model.FromGraph(graph, [Isa.Scalar]);
        using var session = model.CreateSession();
        int number = 0;
        foreach (var input in session.Inputs)
        {
            var elements = input.AsSpan<float>();
            for (int i = 0; i < elements.Length; i++) elements[i] = ++number;
        }
        session.Run();
        return [.. outputs.Select((v, o) => (v, Array.ConvertAll(session.Outputs[o].AsSpan<float>().ToArray(), f => (int)f - 1)))];
    }
}
