namespace EdgeQinn.Converter.Healing.Layers;

/// <summary>For each element of a result, which elements of the input it is made of, and what their sum is multiplied by.</summary>
sealed class ElementSets
{
    readonly int[][] _members;
    readonly float[] _weights;

    ElementSets(int[][] members, float[] weights) => (_members, _weights) = (members, weights);

    /// <summary>The elements of the result.</summary>
    public int Count => _members.Length;

    /// <summary>What element <paramref name="o"/> of the result is made of.</summary>
    public ReadOnlySpan<int> Members(int o) => _members[o];

    /// <summary>What their sum is multiplied by.</summary>
    public float Weight(int o) => _weights[o];

    /// <summary>All elements along <paramref name="axes"/>.</summary>
    public static ElementSets OfAxes(LayerContext context, int[] axes, bool mean)
    {
        var shape = context.Call.Input(0).Shape;
        var members = new List<int>[context.OutputType().Count];
        for (int o = 0; o < members.Length; o++) members[o] = [];
        for (int i = 0; i < context.Call.Input(0).Count; i++)
        {
            int rest = i, to = 0, stride = 1;
            for (int a = shape.Length - 1; a >= 0; a--)
            {
                int position = rest % shape[a];
                rest /= shape[a];
                if (axes.Contains(a)) continue;
                to += position * stride;
                stride *= shape[a];
            }
            members[to].Add(i);
        }
        return new ElementSets([.. members.Select(m => m.ToArray())], [.. members.Select(m => mean ? 1f / m.Count : 1f)]);
    }

    /// <summary>The windows of a pool; a mean divides by what lies inside the input, or by the whole window where padding counts.</summary>
    public static ElementSets OfWindows(LayerContext context, bool mean)
    {
        var (x, y) = (context.Call.Input(0).Shape, context.OutputType().Shape);
        int axes = x.Length - 2;
        int[] Ints(string name, int otherwise, int count) => context.Attributes.Ints(name) is { IsDefault: false } given ? [.. given] : [.. Enumerable.Repeat(otherwise, count)];
        int[] kernel = Ints("kernel_shape", 1, axes), strides = Ints("strides", 1, axes), dilations = Ints("dilations", 1, axes), pads = Ints("pads", 0, 2 * axes);
        bool countPadding = context.Attributes.Int("count_include_pad") != 0;
        int plane = 1, window = 1, outputs = 1;
        for (int a = 0; a < axes; a++) (plane, window, outputs) = (plane * x[2 + a], window * kernel[a], outputs * y[2 + a]);
        var members = new int[x[0] * x[1] * outputs][];
        var weights = new float[members.Length];
        for (int o = 0; o < members.Length; o++)
        {
            var inside = new List<int>();
            for (int k = 0; k < window; k++)
            {
                int at = 0, position = o % outputs, tap = k, stride = 1;
                bool within = true;
                for (int a = axes - 1; a >= 0; a--)
                {
                    int index = position % y[2 + a] * strides[a] - pads[a] + tap % kernel[a] * dilations[a];
                    within &= (uint)index < (uint)x[2 + a];
                    (at, stride) = (at + index * stride, stride * x[2 + a]);
                    (position, tap) = (position / y[2 + a], tap / kernel[a]);
                }
                if (within) inside.Add(o / outputs * plane + at);
            }
            members[o] = [.. inside];
            weights[o] = mean ? 1f / (countPadding ? window : inside.Count) : 1;
        }
        return new ElementSets(members, weights);
    }
}
