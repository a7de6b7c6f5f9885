using EdgeQinn.Converter.Healing.Differentiation;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Healing.Layers;

/// <summary>The single list of operators that have a derivative.</summary>
static class LayerTable
{
    /// <summary>The layer of a node; null where its operator has none.</summary>
    public static Layer? Build(LayerContext context) => context.Node.Operator switch
    {
        "Linear" => new LinearLayer(context),
        "Conv" => new ConvLayer(context),
        "GRU" => new GruLayer(context),
        "LSTM" => new LstmLayer(context),
        "MatMul" => new MatMulLayer(context),
        "Attention" => new AttentionLayer(context),
        "Add" or "Sub" or "Mul" or "Div" => new BinaryLayer(context),
        "Softmax" or "LogSoftmax" => new SoftmaxLayer(context),
        "LayerNormalization" => new LayerNormalizationLayer(context),
        var op when MovementLayer.Operators.Contains(op) => new MovementLayer(context),
        _ when PoolLayer.Of(context) is { } pool => pool,
        _ when context.OutputType().Element == ElementType.Float32 && UnaryFunction.Of(context.Call) is { } function => new UnaryLayer(context, function),
        _ => null,
    };
}
