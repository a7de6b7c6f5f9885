using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Operators;

namespace EdgeQinn.Converter.Calibration;

/// <summary>The vectors that a weight is multiplied with when a network runs once: rows, patches (im2col) or states.</summary>
abstract class InputRows
{
    /// <summary>The value that has to be kept to read them.</summary>
    public required int Value { get; init; }

    /// <summary>How many a run has.</summary>
    public required int Count { get; init; }

    /// <summary>Writes vector number <paramref name="row"/> of a run.</summary>
    /// <param name="value">The kept value's elements.</param>
    /// <param name="row">0 … <see cref="Count"/> − 1.</param>
    /// <param name="x">As long as the weight has columns.</param>
    public abstract void Read(ReadOnlySpan<float> value, int row, Span<float> x);

    /// <summary>Those of a weight; null where they are not the same for all its rows (grouped convolutions).</summary>
    public static InputRows? Of(ModelGraph graph, WeightSite site)
    {
        var node = graph.Nodes[site.Node];
        int input = node.Inputs[0];
        var type = graph.Values[input].Type;
        if (site.IsConvolution)
        {
            var shape = ConvShape.OfConv(new OperatorCall(node, [.. node.Inputs.Select(i => i == Node.Absent ? null : graph.Values[i].Type)], [.. node.Inputs.Select(i => i == Node.Absent ? null : graph.Values[i].Constant)]));
            return shape.Group > 1 ? null : new Patches(shape) { Value = input, Count = shape.Batch * shape.OutCount };
        }
        if (site is { IsRecurrent: true, Input: 2 })
        {
            int units = site.Weight.Columns, steps = type.Shape[0], batch = type.Shape[1];
            return new States(batch, node.Attributes.Text("direction", "forward") == "reverse") { Value = node.Outputs[0], Count = (steps - 1) * batch };
        }
        return new Plain { Value = input, Count = type.Count / site.Weight.Columns };
    }

    sealed class Plain : InputRows
    {
        public override void Read(ReadOnlySpan<float> value, int row, Span<float> x) => value.Slice(row * x.Length, x.Length).CopyTo(x);
    }

    /// <summary>The state before each step but the first: the output [T, 1, B, H] of the step before it.</summary>
    sealed class States(int batch, bool reverse) : InputRows
    {
        public override void Read(ReadOnlySpan<float> value, int row, Span<float> x) => value.Slice((reverse ? row + batch : row) * x.Length, x.Length).CopyTo(x);
    }

    sealed class Patches(ConvShape s) : InputRows
    {
        public override void Read(ReadOnlySpan<float> value, int row, Span<float> x)
        {
            int image = row / s.OutCount, at = row % s.OutCount;
            Span<int> origin = [at / (s.Out[1] * s.Out[2]), at / s.Out[2] % s.Out[1], at % s.Out[2]];
            for (int a = 0; a < 3; a++) origin[a] = origin[a] * s.Stride[a] - s.Begin[a];
            for (int c = 0, i = 0; c < s.InChannels; c++)
                for (int kd = 0; kd < s.Kernel[0]; kd++)
                    for (int kh = 0; kh < s.Kernel[1]; kh++)
                        for (int kw = 0; kw < s.Kernel[2]; kw++, i++)
                        {
                            int d = origin[0] + kd * s.Dilation[0], h = origin[1] + kh * s.Dilation[1], w = origin[2] + kw * s.Dilation[2];
                            bool inside = (uint)d < (uint)s.In[0] && (uint)h < (uint)s.In[1] && (uint)w < (uint)s.In[2];
                            x[i] = inside ? value[(((image * s.InChannels + c) * s.In[0] + d) * s.In[1] + h) * s.In[2] + w] : 0;
                        }
        }
    }
}
