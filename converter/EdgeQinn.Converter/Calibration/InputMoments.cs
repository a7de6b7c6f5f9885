using System.Numerics.Tensors;
using EdgeQinn.Converter.Compression;
using MathNet.Numerics.LinearAlgebra;

namespace EdgeQinn.Converter.Calibration;

/// <summary>
/// What a layer's inputs x look like: their mean μ = E[x] and covariance C = E[(x − μ)(x − μ)ᵀ], in double. A fit that minimises
/// tr((W − Ŵ) C (W − Ŵ)ᵀ) and shifts the bias by (W − Ŵ) μ has the least output error over the calibration data. Where a bias cannot be shifted,
/// the second moment E[x xᵀ] takes the covariance's place and μ counts as 0.
/// </summary>
public sealed class InputMoments
{
    /// <summary>Added to the diagonal, relative to its mean: keeps inputs that hardly vary from having any weight at all.</summary>
    public const double Damping = 1e-3;

    /// <summary>Moments as given.</summary>
    /// <param name="mean">μ.</param>
    /// <param name="covariance">C, symmetric, without damping.</param>
    /// <param name="count">The inputs they were taken from.</param>
    public InputMoments(double[] mean, Matrix<double> covariance, long count) => (Mean, Undamped, Count) = (mean, covariance, count);

    /// <summary>μ.</summary>
    public double[] Mean { get; }

    /// <summary>C as measured.</summary>
    public Matrix<double> Undamped { get; }

    /// <summary>The inputs the moments were taken from.</summary>
    public long Count { get; }

    /// <summary>The inputs' length.</summary>
    public int Size => Mean.Length;

    /// <summary>C + λ·1, λ = <see cref="Damping"/> · mean diagonal: positive definite, and what every fit weighs errors by.</summary>
    public Matrix<double> Weighting => field ??= Damped(Undamped);

    /// <summary>(C + λ·1)⁻¹, row-major.</summary>
    internal double[] Inverse => field ??= SymmetricInverse.Of(Weighting);

    /// <summary>The same inputs about 0 instead of their mean: E[x xᵀ], for layers whose bias stays as it is.</summary>
    public InputMoments AboutZero()
    {
        var mean = Vector<double>.Build.Dense(Mean);
        return new InputMoments(new double[Size], Undamped + mean.OuterProduct(mean), Count);
    }

    static Matrix<double> Damped(Matrix<double> c)
    {
        double level = c.Diagonal().Sum() / c.RowCount;
        return c + Matrix<double>.Build.DenseDiagonal(c.RowCount, c.RowCount, Damping * (level > 0 ? level : 1));
    }

    /// <summary>Takes inputs in batches.</summary>
    public sealed class Accumulator
    {
        const int BatchRows = 256;

        readonly int _size;
        readonly double[] _batch, _sum, _products; // the batch column by column; Σx; the upper triangle of Σ(x − s)(x − s)ᵀ
        readonly double[] _shift;
        int _rows;
        long _count;

        /// <summary>Starts for inputs of <paramref name="size"/> elements.</summary>
        public Accumulator(int size)
        {
            _size = size;
            _batch = new double[size * BatchRows];
            _sum = new double[size];
            _shift = new double[size];
            _products = new double[(long)size * size];
        }

        /// <summary>Adds one input.</summary>
        public void Add(ReadOnlySpan<float> x)
        {
            // Products are taken about the first input, so that large means do not cancel in the end.
            if (_count++ == 0)
                for (int i = 0; i < _size; i++) _shift[i] = x[i];
            for (int i = 0; i < _size; i++) _batch[i * BatchRows + _rows] = x[i] - _shift[i];
            if (++_rows == BatchRows) Flush();
        }

        /// <summary>The moments of all inputs added.</summary>
        public InputMoments Build()
        {
            Flush();
            double n = Math.Max(1, _count);
            var mean = Array.ConvertAll(_sum, s => s / n);
            var covariance = Matrix<double>.Build.Dense(_size, _size, (i, j) => _products[Math.Min(i, j) * (long)_size + Math.Max(i, j)] / n - mean[i] * mean[j]);
            return new InputMoments([.. mean.Zip(_shift, (m, s) => m + s)], covariance, _count);
        }

        void Flush()
        {
            if (_rows == 0) return;
            int rows = _rows;
            Parallel.For(0, _size, i =>
            {
                var own = _batch.AsSpan(i * BatchRows, rows);
                _sum[i] += TensorPrimitives.Sum<double>(own);
                for (int j = i; j < _size; j++) _products[i * (long)_size + j] += TensorPrimitives.Dot<double>(own, _batch.AsSpan(j * BatchRows, rows));
            });
            _rows = 0;
        }
    }
}
