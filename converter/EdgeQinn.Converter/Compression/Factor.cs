using EdgeQinn.Runtime.Weights;
using MathNet.Numerics.LinearAlgebra;

namespace EdgeQinn.Converter.Compression;

/// <summary>Matrices between the fits, which work in double, and the weights, which are stored in float.</summary>
static class Factor
{
    /// <summary>The weight [rows, columns] that stores <paramref name="matrix"/>.</summary>
    public static DenseWeight Store(Matrix<double> matrix) => Store(matrix, matrix.RowCount, matrix.ColumnCount);

    /// <summary>The weight of <paramref name="shape"/> that stores <paramref name="matrix"/> row-major.</summary>
    public static DenseWeight Store(Matrix<double> matrix, params ReadOnlySpan<int> shape) => new(RowMajor(matrix), shape);

    /// <summary>The weight of <paramref name="shape"/> that stores <paramref name="matrices"/> one after another.</summary>
    public static DenseWeight Store(IEnumerable<Matrix<double>> matrices, params ReadOnlySpan<int> shape) => new([.. matrices.SelectMany(RowMajor)], shape);

    /// <summary>The elements row by row, in float.</summary>
    public static float[] RowMajor(Matrix<double> matrix)
    {
        var data = new float[matrix.RowCount * matrix.ColumnCount];
        for (int i = 0; i < matrix.RowCount; i++)
            for (int j = 0; j < matrix.ColumnCount; j++) data[i * matrix.ColumnCount + j] = (float)matrix[i, j];
        return data;
    }
}
