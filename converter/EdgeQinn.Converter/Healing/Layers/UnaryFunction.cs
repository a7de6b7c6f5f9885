using EdgeQinn.Converter.Healing.Differentiation;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Operators;

namespace EdgeQinn.Converter.Healing.Layers;

/// <summary>A scalar function and its derivative, which may use the result.</summary>
sealed record UnaryFunction(Func<float, float> Value, Func<float, float, float> Derivative)
{
    /// <summary>The function of an operator; null where it has none here.</summary>
    public static UnaryFunction? Of(OperatorCall call)
    {
        var a = call.Attributes;
        float alpha = a.Float("alpha", DefaultAlpha(call.Node.Operator)), beta = a.Float("beta", 0.5f), gamma = a.Float("gamma", 1.05070102f);
        return call.Node.Operator switch
        {
            "Relu" => new(x => Math.Max(x, 0), (x, _) => x > 0 ? 1 : 0),
            "LeakyRelu" => new(x => x > 0 ? x : alpha * x, (x, _) => x > 0 ? 1 : alpha),
            "ThresholdedRelu" => new(x => x > alpha ? x : 0, (x, _) => x > alpha ? 1 : 0),
            "Elu" => new(x => x > 0 ? x : alpha * ExpM1(x), (x, y) => x > 0 ? 1 : y + alpha),
            "Celu" => new(x => x > 0 ? x : alpha * ExpM1(x / alpha), (x, y) => x > 0 ? 1 : y / alpha + 1),
            "Selu" => new(x => gamma * (x > 0 ? x : alpha * ExpM1(x)), (x, y) => x > 0 ? gamma : y + gamma * alpha),
            "Sigmoid" => new(Sigmoid, (_, y) => y * (1 - y)),
            "HardSigmoid" => new(x => Math.Clamp(alpha * x + beta, 0, 1), (_, y) => y is > 0 and < 1 ? alpha : 0),
            "HardSwish" => new(x => x * Math.Clamp(x / 6 + 0.5f, 0, 1), (x, _) => x <= -3 ? 0 : x >= 3 ? 1 : x / 3 + 0.5f),
            "Tanh" => new(MathF.Tanh, (_, y) => 1 - y * y),
            "Gelu" when a.Text("approximate", "none") == "tanh" => new(GeluTanh, (x, _) => GeluTanhDerivative(x)),
            "Gelu" => new(x => x * NormalCdf(x), (x, _) => NormalCdf(x) + x * MathF.Exp(-x * x / 2) / MathF.Sqrt(2 * MathF.PI)),
            "Softplus" => new(x => Math.Max(x, 0) + MathF.Log(1 + MathF.Exp(-Math.Abs(x))), (x, _) => Sigmoid(x)),
            "Softsign" => new(x => x / (1 + Math.Abs(x)), (x, _) => 1 / ((1 + Math.Abs(x)) * (1 + Math.Abs(x)))),
            "Exp" => new(MathF.Exp, (_, y) => y),
            "Log" => new(MathF.Log, (x, _) => 1 / x),
            "Sqrt" => new(MathF.Sqrt, (_, y) => 0.5f / y),
            "Reciprocal" => new(x => 1 / x, (_, y) => -y * y),
            "Neg" => new(x => -x, (_, _) => -1),
            "Abs" => new(Math.Abs, (x, _) => Math.Sign(x)),
            "Sin" => new(MathF.Sin, (x, _) => MathF.Cos(x)),
            "Cos" => new(MathF.Cos, (x, _) => -MathF.Sin(x)),
            "Clip" => Clip(call),
            _ => null,
        };
    }

    static float DefaultAlpha(string op) => op switch { "LeakyRelu" => 0.01f, "Selu" => 1.67326319f, "HardSigmoid" => 0.2f, _ => 1 };

    static UnaryFunction Clip(OperatorCall call)
    {
        float Bound(int input, float otherwise) => call.Has(input) ? call.RequireConstant(input, "a bound").Floats()[0] : otherwise;
        float low = Bound(1, float.NegativeInfinity), high = Bound(2, float.PositiveInfinity);
        return new(x => Math.Min(high, Math.Max(low, x)), (x, _) => x > low && x < high ? 1 : 0);
    }

    static float ExpM1(float x) => (float)(Math.Exp(x) - 1);

    static float Sigmoid(float x) => 1 / (1 + MathF.Exp(-x));

    static float NormalCdf(float x) => (float)(0.5 * MathNet.Numerics.SpecialFunctions.Erfc(-x / Math.Sqrt(2)));

    const float TanhScale = 0.7978845608f, Cubic = 0.044715f;

    static float GeluTanh(float x) => 0.5f * x * (1 + MathF.Tanh(TanhScale * (x + Cubic * x * x * x)));

    static float GeluTanhDerivative(float x)
    {
        float t = MathF.Tanh(TanhScale * (x + Cubic * x * x * x));
        return 0.5f * (1 + t) + 0.5f * x * (1 - t * t) * TanhScale * (1 + 3 * Cubic * x * x);
    }
}
