using EdgeQinn.Converter.Graph;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Passes;

/// <summary>
/// Relu and Clip after a Linear, Conv or ConvTranspose node become its <c>clamp</c>, applied while the sums are still in registers. Clamping is monotone,
/// so it may also move in front of a fused pool.
/// </summary>
static class FuseClamp
{
    public static bool Run(IrGraph graph)
    {
        bool changed = false;
        foreach (var node in graph.Nodes.ToArray())
        {
            if (node.Operator is not ("Linear" or "Conv" or "ConvTranspose") || !node.Output.HasOneUse || Bounds(node.Output.Consumers[0], node.Output) is not { } bounds) continue;
            var next = node.Output.Consumers[0];
            var clamp = node.Attributes.Floats("clamp");
            if (!clamp.IsDefault) bounds = (Clamp(clamp[0], bounds), Clamp(clamp[1], bounds));
            var attributes = node.Attributes.Copy();
            attributes.Add("clamp", [bounds.Low, bounds.High]);
            graph.Replace(next.Output, node.Operator, node.Name, attributes, node.Inputs, before: next);
            graph.Remove(next);
            graph.Remove(node);
            changed = true;
        }
        return changed;
    }

    static float Clamp(float value, (float Low, float High) bounds) => Math.Min(Math.Max(value, bounds.Low), bounds.High);

    static (float Low, float High)? Bounds(IrNode next, IrValue x)
    {
        if (x.Type.Element != ElementType.Float32 || next.Input(0) != x) return null;
        if (next.Operator == "Relu") return (0, float.PositiveInfinity);
        if (next.Operator != "Clip") return null;
        float? low = Bound(next.Input(1), float.NegativeInfinity), high = Bound(next.Input(2), float.PositiveInfinity);
        return low <= high ? (low.Value, high.Value) : null;
    }

    static float? Bound(IrValue? value, float otherwise) =>
        value is null ? otherwise : value.Constant is { IsDense: true, Type: { Element: ElementType.Float32, Count: 1 } } constant ? constant.Data<float>()[0] : null;
}
