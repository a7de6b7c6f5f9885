using EdgeQinn.Converter.Graph;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Passes;

/// <summary>A MaxPool along time without overlap or padding, after a 1-D convolution, becomes the convolution's <c>max_pool</c>: only the maxima are stored.</summary>
static class FuseMaxPool
{
    public static bool Run(IrGraph graph)
    {
        bool changed = false;
        foreach (var node in graph.Nodes.ToArray())
        {
            if (node.Operator != "Conv" || node.Attributes.Has("max_pool") || node.Output.Type.Rank != 3 || !node.Output.HasOneUse) continue;
            var pool = node.Output.Consumers[0];
            if (pool is not { Operator: "MaxPool", Outputs.Count: 1 } || !IsPlain(pool, out int kernel)) continue;
            var attributes = node.Attributes.Copy();
            attributes.Add("max_pool", kernel);
            if (!IrGraph.Infer(node.Operator, node.Name, attributes, node.Inputs, 1)[0].Equals(pool.Output.Type)) continue; // ceil_mode kept a remainder
            graph.Replace(pool.Output, node.Operator, node.Name, attributes, node.Inputs, before: pool);
            graph.Remove(pool);
            graph.Remove(node);
            changed = true;
        }
        return changed;
    }

    static bool IsPlain(IrNode pool, out int kernel)
    {
        kernel = pool.Attributes.Ints("kernel_shape")[0];
        return kernel > 1 && Is("strides", kernel) && Is("pads", 0) && Is("dilations", 1);

        bool Is(string name, int value) => pool.Attributes.Ints(name) is { IsDefault: false } values ? values.All(v => v == value) : name != "strides";
    }
}
