using System.Numerics;
using EdgeQinn.Converter.Calibration;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Weights;
using MathNet.Numerics.LinearAlgebra;

namespace EdgeQinn.Converter.Compression;

/// <summary>Hadamard-sparse: the weight in the Walsh basis, its smallest blocks left out. W = F·H with F = W·H/2^p, since H·H = 2^p·1.</summary>
public static class HadamardBuilder
{
    /// <summary>The weight with <paramref name="density"/> of the blocks of F.</summary>
    public static HadamardWeight Build(DenseLayer layer, int height, double density, bool int8 = false)
    {
        int size = (int)BitOperations.RoundUpToPowerOf2((uint)layer.Columns);
        var data = new float[layer.Rows * size];
        var row = new double[size];
        for (int i = 0; i < layer.Rows; i++)
        {
            Array.Clear(row);
            for (int j = 0; j < layer.Columns; j++) row[j] = layer.Data[i * layer.Columns + j];
            HadamardWeight.Transform(row);
            for (int j = 0; j < size; j++) data[i * size + j] = (float)(row[j] / size);
        }
        var spectrum = new DenseLayer(data, new TensorType(ElementType.Float32, layer.Rows, size), layer.Rows);
        if (layer.Inputs is { } inputs) spectrum = spectrum with { Inputs = inputs with { Moments = Transformed(inputs.Moments, size) } };
        return new HadamardWeight(layer.Type, BlockSparseBuilder.Build(spectrum, height, 1, density, int8));
    }

    /// <summary>The moments of H·x, x padded with zeros.</summary>
    static InputMoments Transformed(InputMoments moments, int size)
    {
        int n = moments.Size;
        var rows = new double[size][];
        for (int i = 0; i < size; i++)
        {
            rows[i] = new double[size];
            for (int j = 0; i < n && j < n; j++) rows[i][j] = moments.Undamped[i, j];
            HadamardWeight.Transform(rows[i]);
        }
        var column = new double[size];
        for (int j = 0; j < size; j++)
        {
            for (int i = 0; i < size; i++) column[i] = rows[i][j];
            HadamardWeight.Transform(column);
            for (int i = 0; i < size; i++) rows[i][j] = column[i];
        }
        double[] mean = [.. moments.Mean, .. new double[size - n]];
        HadamardWeight.Transform(mean);
        return new InputMoments(mean, Matrix<double>.Build.Dense(size, size, (i, j) => (rows[i][j] + rows[j][i]) / 2), moments.Count);
    }
}
