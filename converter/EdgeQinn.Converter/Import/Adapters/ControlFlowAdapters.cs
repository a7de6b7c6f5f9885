using EdgeQinn.Converter.Graph;
using EdgeQinn.Converter.Onnx;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Import.Adapters;

/// <summary>Branches and loops whose course is known at conversion: the branch taken is inlined, the loop unrolled.</summary>
static class ControlFlowAdapters
{
    public static IEnumerable<Adapter> All =>
    [
        new("If", 1, If, 0),
        new("Loop", 1, Loop, 0, 1),
    ];

    static void If(NodeImporter n)
    {
        bool condition = n.ConstantBool(0) ?? throw n.Fail($"the condition '{n.Input(0).Name}' is computed at run time; only branches decided at conversion are supported");
        var branches = (Then: Graph(n, "then_branch"), Else: Graph(n, "else_branch"));
        var results = Body(n, condition ? branches.Then : branches.Else, []);
        for (int i = 0; i < n.Node.Outputs.Count; i++) SetResult(n, i, results, i);
    }

    /// <summary>Loop-carried values first, then the trip's results stacked (ONNX <c>Loop</c>).</summary>
    static void Loop(NodeImporter n)
    {
        var body = Graph(n, "body");
        long trips = n.Optional(0) is null ? long.MaxValue : n.ConstantInt(0, "the trip count");
        var condition = n.Optional(1);
        int carried = n.InputCount - 2;
        if (carried < 0 || body.Inputs.Count != carried + 2 || body.Outputs.Count < carried + 1) throw n.Fail("inputs or outputs do not fit its body");
        var state = new List<IrValue?>(n.Inputs.Skip(2));
        var scans = new List<IrValue?>[body.Outputs.Count - 1 - carried];
        for (int s = 0; s < scans.Length; s++) scans[s] = [];

        for (long trip = 0; trip < trips; trip++)
        {
            if (condition is not null && !IsTrue(n, condition)) break;
            if (!n.Importer.TryCount(n.Node)) return;
            var current = condition ?? n.Constant(EncodedTensor.FromSpan<bool>([true], []));
            var results = Body(n, body, [n.Constant(EncodedTensor.FromSpan<long>([trip], [])), current, .. state]);
            if (results.Contains(null)) return;
            if (n.Optional(0) is null || n.Optional(1) is not null) condition = results[0];
            for (int i = 0; i < carried; i++) state[i] = results[i + 1];
            for (int s = 0; s < scans.Length; s++)
            {
                var element = results[carried + 1 + s]!;
                scans[s].Add(n.Reshape(element, [1, .. element.Type.Shape]));
            }
        }
        for (int i = 0; i < carried; i++) SetResult(n, i, state, i);
        for (int s = 0; s < scans.Length; s++)
        {
            if (!n.Wants(carried + s)) continue;
            if (scans[s].Count == 0) throw n.Fail("runs no trip, so that the shape of its scan outputs is open");
            n.Output(carried + s, scans[s].Count == 1 ? scans[s][0]! : n.Emit("Concat", new AttributeMap { { "axis", 0L } }, scans[s]));
        }
    }

    static bool IsTrue(NodeImporter n, IrValue condition) => condition.Constant is { IsDense: true } constant
        ? constant.Part("data").Bytes.Span.ContainsAnyExcept((byte)0)
        : throw n.Fail($"the condition '{condition.Name}' is computed at run time; only loops that can be unrolled at conversion are supported");

    static OnnxGraph Graph(NodeImporter n, string name) => n.Get<OnnxGraph>(name, "a graph") ?? throw n.Fail($"attribute '{name}' is missing");

    static void SetResult(NodeImporter n, int output, IReadOnlyList<IrValue?> results, int index)
    {
        if (index >= results.Count) throw n.Fail($"has {n.Node.Outputs.Count} outputs, its body {results.Count}");
        if (results[index] is { } value) n.Output(output, value);
    }

    /// <summary>Imports a subgraph's nodes once, with its inputs bound; null for results of refused nodes.</summary>
    static IReadOnlyList<IrValue?> Body(NodeImporter n, OnnxGraph body, IReadOnlyList<IrValue?> inputs)
    {
        var scope = new Scope(n.Scope);
        n.Importer.ImportInitializers(body, scope);
        for (int i = 0; i < inputs.Count; i++) scope.TryDefine(body.Inputs[i].Name, inputs[i]);
        n.Importer.Nest(n, () => n.Importer.ImportNodes(body.Nodes, scope));
        return [.. body.Outputs.Select(o => scope.TryGet(o.Name, out var value) ? value : throw n.Fail($"its body never computes '{o.Name}'"))];
    }
}
