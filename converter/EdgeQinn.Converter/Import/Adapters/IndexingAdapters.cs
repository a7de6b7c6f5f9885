using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Import.Adapters;

/// <summary>Operators whose data says where elements come from or go to.</summary>
static class IndexingAdapters
{
    public static IEnumerable<Adapter> All =>
    [
        new("Gather", 1, n => n.Output(0, n.Emit("Gather", new AttributeMap { { "axis", n.Int("axis", 0) } }, n.Input(0), n.Input(1)))),
        new("GatherElements", 11, n => n.Output(0, n.Emit("GatherElements", new AttributeMap { { "axis", n.Int("axis", 0) } }, n.Input(0), n.Input(1)))),
        new("GatherND", 11, n => n.Output(0, n.Emit("GatherND", new AttributeMap { { "batch_dims", n.Int("batch_dims", 0) } }, n.Input(0), n.Input(1)))),
        new("Scatter", 9, ScatterElements) { To = 10 },
        new("ScatterElements", 11, ScatterElements),
        new("ScatterND", 11, n => n.Output(0, n.Emit("ScatterND",
            new AttributeMap { { "reduction", n.Text("reduction", "none") } }, n.Input(0), n.Input(1), n.Input(2)))),
        new("OneHot", 9, n => n.Output(0, n.Emit("OneHot",
            new AttributeMap { { "depth", n.ConstantInt(1, "the depth") }, { "axis", n.Int("axis", -1) } }, n.Input(0), n.Input(2))), 1),
        new("TopK", 1, n => TopK(n, n.Int("k", 0))) { To = 9 },
        new("TopK", 10, n => TopK(n, n.ConstantInt(1, "k")), 1),
        new("ArgMax", 1, n => Arg(n, "ArgMax")),
        new("ArgMin", 1, n => Arg(n, "ArgMin")),
    ];

    static void ScatterElements(NodeImporter n) => n.Output(0, n.Emit("ScatterElements",
        new AttributeMap { { "axis", n.Int("axis", 0) }, { "reduction", n.Text("reduction", "none") } }, n.Input(0), n.Input(1), n.Input(2)));

    static void TopK(NodeImporter n, long k)
    {
        var attributes = new AttributeMap { { "k", k }, { "axis", n.Int("axis", -1) }, { "largest", n.Int("largest", 1) }, { "sorted", n.Int("sorted", 1) } };
        var outputs = n.Emit(2, "TopK", attributes, n.Input(0));
        n.Output(0, outputs[0]);
        n.Output(1, outputs[1]);
    }

    static void Arg(NodeImporter n, string op) => n.Output(0, n.Emit(op, new AttributeMap
    {
        { "axis", n.Int("axis", 0) }, { "keepdims", n.Int("keepdims", 1) }, { "select_last_index", n.Int("select_last_index", 0) },
    }, n.Input(0)));
}
