using EdgeQinn.Converter.Healing.Differentiation;

namespace EdgeQinn.Converter.Healing.Layers;

/// <summary>Each result the maximum, the mean or the sum of some elements: pools and reductions.</summary>
sealed class PoolLayer : Layer
{
    readonly int _x, _y, _inputs;
    readonly bool _maximum;
    readonly ElementSets _sets;

    PoolLayer(LayerContext context, bool maximum, ElementSets sets)
    {
        (_x, _y, _inputs) = (context.Input(0), context.Output(), context.Call.Input(0).Count);
        (_maximum, _sets) = (maximum, sets);
    }

    /// <summary>The layer of a pool or reduction; null for other operators.</summary>
    public static PoolLayer? Of(LayerContext context)
    {
        if (context.Node.Outputs.Count > 1) return null;
        return context.Node.Operator switch
        {
            "MaxPool" => new PoolLayer(context, true, ElementSets.OfWindows(context, false)),
            "AveragePool" => new PoolLayer(context, false, ElementSets.OfWindows(context, true)),
            "GlobalMaxPool" => new PoolLayer(context, true, ElementSets.OfAxes(context, SpatialAxes(context), false)),
            "GlobalAveragePool" => new PoolLayer(context, false, ElementSets.OfAxes(context, SpatialAxes(context), true)),
            "ReduceMax" => new PoolLayer(context, true, ElementSets.OfAxes(context, Axes(context), false)),
            "ReduceMean" => new PoolLayer(context, false, ElementSets.OfAxes(context, Axes(context), true)),
            "ReduceSum" => new PoolLayer(context, false, ElementSets.OfAxes(context, Axes(context), false)),
            _ => null,
        };
    }

    public override void Forward(Tape tape)
    {
        ReadOnlySpan<float> x = tape.Value(_x);
        var y = tape.Value(_y);
        var winners = _maximum ? tape.Keep<int>(this, 0, y.Length) : [];
        for (int s = 0; s < tape.Samples; s++)
        {
            var sample = x.Slice(s * _inputs, _inputs);
            for (int o = 0, at = s * _sets.Count; o < _sets.Count; o++, at++)
            {
                var members = _sets.Members(o);
                if (!_maximum)
                {
                    double sum = 0;
                    foreach (int i in members) sum += sample[i];
                    y[at] = (float)(sum * _sets.Weight(o));
                    continue;
                }
                int best = members[0];
                foreach (int i in members)
                    if (sample[i] > sample[best]) best = i;
                (y[at], winners[at]) = (sample[best], best);
            }
        }
    }

    public override void Backward(Tape tape)
    {
        ReadOnlySpan<float> dy = tape.Gradient(_y);
        var dx = tape.Gradient(_x);
        var winners = _maximum ? tape.Keep<int>(this, 0, dy.Length) : [];
        for (int s = 0; s < tape.Samples; s++)
        {
            var sample = dx.Slice(s * _inputs, _inputs);
            for (int o = 0, at = s * _sets.Count; o < _sets.Count; o++, at++)
            {
                if (_maximum) sample[winners[at]] += dy[at];
                else
                    foreach (int i in _sets.Members(o)) sample[i] += dy[at] * _sets.Weight(o);
            }
        }
    }

    static int[] SpatialAxes(LayerContext context) => [.. Enumerable.Range(2, context.Call.Input(0).Rank - 2)];

    static int[] Axes(LayerContext context)
    {
        int rank = context.Call.Input(0).Rank;
        var axes = context.Attributes.Ints("axes");
        return axes.IsDefault ? [.. Enumerable.Range(0, rank)] : [.. axes.Select(a => context.Call.Axis(a, rank))];
    }
}
