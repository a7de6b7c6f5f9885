using EdgeQinn.Converter.Healing.Differentiation;

namespace EdgeQinn.Converter.Healing.Layers;

/// <summary>
/// <c>LayerNormalization</c> over the axes from <c>axis</c> on: x̂ = (x − μ)/σ, y = γ x̂ + β, dx = (g − mean(g) − x̂ mean(g x̂))/σ with g = γ dy
/// (Ba et al. 2016, arXiv 1607.06450).
/// </summary>
sealed class LayerNormalizationLayer : Layer
{
    readonly int _x, _y, _length;
    readonly float _epsilon;
    readonly Parameter _scale;
    readonly Parameter? _bias;

    public LayerNormalizationLayer(LayerContext context)
    {
        var type = context.OutputType();
        int axis = context.Call.Axis(context.Attributes.Int("axis", -1), type.Rank);
        (_x, _y, _epsilon) = (context.Input(0), context.Output(), context.Attributes.Float("epsilon", 1e-5f));
        (_scale, _bias) = (context.Parameter(1)!, context.Parameter(2));
        _length = type.Shape.AsSpan()[axis..].ToArray().Aggregate(1, (a, b) => a * b);
        if (_scale.Value.Length != _length) throw context.Call.Fail($"a scale of {_scale.Value.Length} elements for {_length} cannot be trained");
        if (context.Node.Outputs.Count > 1) throw context.Call.Fail("its mean and deviation as outputs cannot be trained through");
    }

    public override void Forward(Tape tape)
    {
        ReadOnlySpan<float> x = tape.Value(_x);
        var y = tape.Value(_y);
        var normal = tape.Keep<float>(this, 0, x.Length);
        var deviations = tape.Keep<float>(this, 1, x.Length / _length);
        for (int first = 0, line = 0; first < x.Length; first += _length, line++)
        {
            double mean = 0, variance = 0;
            for (int i = 0; i < _length; i++) mean += x[first + i];
            mean /= _length;
            for (int i = 0; i < _length; i++) variance += (x[first + i] - mean) * (x[first + i] - mean);
            double inverse = 1 / Math.Sqrt(variance / _length + _epsilon);
            deviations[line] = (float)inverse;
            for (int i = 0; i < _length; i++)
            {
                normal[first + i] = (float)((x[first + i] - mean) * inverse);
                y[first + i] = normal[first + i] * _scale.Value[i] + (_bias?.Value[i] ?? 0);
            }
        }
    }

    public override void Backward(Tape tape)
    {
        ReadOnlySpan<float> dy = tape.Gradient(_y);
        var dx = tape.Gradient(_x);
        float[] normal = tape.Keep<float>(this, 0, dx.Length), inverse = tape.Keep<float>(this, 1, dx.Length / _length);
        float[] dscale = tape.Gradient(_scale);
        float[]? dbias = _bias is null ? null : tape.Gradient(_bias);
        for (int first = 0, line = 0; first < dx.Length; first += _length, line++)
        {
            double mean = 0, along = 0;
            for (int i = 0; i < _length; i++)
            {
                float g = dy[first + i] * _scale.Value[i];
                mean += g;
                along += (double)g * normal[first + i];
                dscale[i] += dy[first + i] * normal[first + i];
                if (dbias is not null) dbias[i] += dy[first + i];
            }
            (mean, along) = (mean / _length, along / _length);
            for (int i = 0; i < _length; i++)
                dx[first + i] += (float)((dy[first + i] * _scale.Value[i] - mean - normal[first + i] * along) * inverse[line]);
        }
    }
}
