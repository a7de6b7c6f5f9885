using EdgeQinn.Converter.Calibration;
using EdgeQinn.Runtime.Format;
using MathNet.Numerics.LinearAlgebra;

namespace EdgeQinn.Converter.Compression;

/// <summary>A layer's weight as the converter found it: dense, float32, seen as a matrix [<paramref name="Rows"/>, …]; what every builder starts from.</summary>
/// <param name="Data">Row-major.</param>
/// <param name="Type">Element type and shape.</param>
/// <param name="Rows">Outputs.</param>
public sealed record DenseLayer(float[] Data, TensorType Type, int Rows)
{
    /// <summary>
    /// What calibration knows of the inputs. With it, builders make the error of the layer's outputs least, tr((W − Ŵ) C (W − Ŵ)ᵀ); without it, that of the
    /// weights, ‖W − Ŵ‖.
    /// </summary>
    public LayerInputs? Inputs { get; init; }

    /// <summary>Whether it is a convolution's [C_out, C_in/group, K…]; else a matrix, which a recurrent layer has as [1, M, N].</summary>
    public bool IsConvolution => Type.Rank > 2 && Type.Shape[0] == Rows;

    /// <summary>Inputs: for a convolution, input channels of a group times taps.</summary>
    public int Columns => Data.Length / Rows;

    /// <summary>The matrix in double.</summary>
    public Matrix<double> ToMatrix() => Matrix<double>.Build.Dense(Rows, Columns, (i, j) => Data[i * Columns + j]);

    /// <summary>What is left of it after <paramref name="approximation"/>.</summary>
    public DenseLayer Minus(float[] approximation) => this with { Data = [.. Data.Zip(approximation, (a, b) => a - b)] };
}
