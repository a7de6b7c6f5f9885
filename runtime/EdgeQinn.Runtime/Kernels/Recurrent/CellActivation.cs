namespace EdgeQinn.Runtime.Kernels.Recurrent;

/// <summary>The activation functions that ONNX lets a recurrent cell use.</summary>
public enum CellActivationKind
{
    Sigmoid, Tanh, Relu, Affine, LeakyRelu, ThresholdedRelu, ScaledTanh, HardSigmoid, Elu, Softsign, Softplus,
}

/// <summary>An activation with its parameters.</summary>
public readonly record struct CellActivation(CellActivationKind Kind, float Alpha = 0, float Beta = 0)
{
    /// <summary>The function, plainly.</summary>
    public float Apply(float x) => Kind switch
    {
        CellActivationKind.Sigmoid => 1 / (1 + MathF.Exp(-x)),
        CellActivationKind.Tanh => MathF.Tanh(x),
        CellActivationKind.Relu => x < 0 ? 0 : x,
        CellActivationKind.Affine => Alpha * x + Beta,
        CellActivationKind.LeakyRelu => x < 0 ? Alpha * x : x,
        CellActivationKind.ThresholdedRelu => x <= Alpha ? 0 : x,
        CellActivationKind.ScaledTanh => Alpha * MathF.Tanh(Beta * x),
        CellActivationKind.HardSigmoid => Clamp(Alpha * x + Beta),
        CellActivationKind.Elu => x < 0 ? Alpha * (MathF.Exp(x) - 1) : x,
        CellActivationKind.Softsign => x / (1 + MathF.Abs(x)),
        _ => MathF.Max(x, 0) + MathF.Log(1 + MathF.Exp(-MathF.Abs(x))), // Softplus
    };

    static float Clamp(float x) => x < 0 ? 0 : x > 1 ? 1 : x;
}
