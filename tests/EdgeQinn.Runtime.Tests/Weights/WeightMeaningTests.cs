using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Weights;
using Xunit;

namespace EdgeQinn.Runtime.Tests.Weights;

/// <summary>Each encoding stands for the matrix its definition says, computed here a second time straight from the definition.</summary>
public class WeightMeaningTests
{
    readonly Random _random = new(3);

    [Fact]
    public void Mps_of_two_cores_is_a_sum_of_kronecker_products()
    {
        var a = RandomWeights.Floats(_random, 3 * 2 * 2);
        var b = RandomWeights.Floats(_random, 2 * 4 * 5);
        var mps = new MpsWeight(RandomWeights.Matrix(12, 10), 12, new DenseWeight(a, 1, 3, 2, 2), new DenseWeight(b, 2, 4, 5, 1));
        AssertClose(12, 10, mps, (i, j) =>
        {
            double sum = 0;
            for (int k = 0; k < 2; k++) sum += a[(i / 4 * 2 + j / 5) * 2 + k] * (double)b[(k * 4 + i % 4) * 5 + j % 5];
            return sum;
        });
    }

    [Fact]
    public void Mps_of_three_cores_with_padding_contracts_every_bond()
    {
        var g = new[] { RandomWeights.Dense(_random, 1, 2, 3, 2), RandomWeights.Dense(_random, 2, 3, 2, 4), RandomWeights.Dense(_random, 4, 2, 2, 1) };
        float[] g0 = g[0].ToArray(), g1 = g[1].ToArray(), g2 = g[2].ToArray();
        AssertClose(11, 10, new MpsWeight(RandomWeights.Matrix(11, 10), 11, [.. g]), (i, j) =>
        {
            double sum = 0;
            for (int p = 0; p < 2; p++)
                for (int q = 0; q < 4; q++)
                    sum += g0[(i / 6 * 3 + j / 4) * 2 + p] * (double)g1[((p * 3 + i / 2 % 3) * 2 + j / 2 % 2) * 4 + q] * g2[(q * 2 + i % 2) * 2 + j % 2];
            return sum;
        });
    }

    [Theory, InlineData(EntangledKind.Phase), InlineData(EntangledKind.Rotation), InlineData(EntangledKind.Coupled)]
    public void Entangled_groups_share_one_state_and_one_read_out(EntangledKind kind)
    {
        int rank = 6, readOut = kind == EntangledKind.Coupled ? 5 : rank;
        var w = RandomWeights.Entangled(_random, kind, 3, 4, 7, rank, readOut, 1);
        float[] u = w.U.ToArray(), s = w.S.ToArray(), c = w.C.ToArray();
        double Coupling(int g, int b, int a) => kind switch
        {
            EntangledKind.Phase => a == b ? c[g * rank + a] : 0,
            EntangledKind.Coupled => c[(g * readOut + b) * rank + a],
            _ when a / 2 != b / 2 => 0,
            _ => a == b ? Math.Cos(c[g * rank / 2 + a / 2]) : b > a ? Math.Sin(c[g * rank / 2 + a / 2]) : -Math.Sin(c[g * rank / 2 + a / 2]),
        };
        AssertClose(12, 7, w, (i, j) =>
        {
            double sum = 0;
            for (int b = 0; b < readOut; b++)
                for (int a = 0; a < rank; a++) sum += s[i % 4 * readOut + b] * Coupling(i / 4, b, a) * u[a * 7 + j];
            return sum;
        });
    }

    [Fact]
    public void Schmidt_is_a_sum_of_kronecker_products()
    {
        var w = RandomWeights.Entangled(_random, EntangledKind.Schmidt, 3, 4, 10, 2, 0, 5);
        float[] a = w.A.ToArray(), b = w.B.ToArray();
        AssertClose(12, 10, w, (i, j) => Enumerable.Range(0, 2).Sum(k => a[(k * 3 + i / 4) * 5 + j / 2] * (double)b[(k * 4 + i % 4) * 2 + j % 2]));
    }

    [Fact]
    public void Hadamard_columns_are_signs_of_common_bits()
    {
        var w = RandomWeights.Hadamard(_random, 5, 11, 1, 0.4);
        float[] f = w.F.ToArray();
        AssertClose(5, 11, w, (i, j) => Enumerable.Range(0, 16).Sum(k => f[i * 16 + k] * (double)(System.Numerics.BitOperations.PopCount((uint)(k & j)) % 2 == 0 ? 1 : -1)));
    }

    [Fact]
    public void Tucker2_and_cp_are_their_sums()
    {
        var t = RandomWeights.Tucker2(_random, 6, 5, 3, 2, 4);
        float[] i2 = t.In.ToArray(), core = t.Core.ToArray(), o2 = t.Out.ToArray();
        AssertClose(6, 15, t, (o, j) =>
        {
            double sum = 0;
            for (int b = 0; b < 4; b++)
                for (int a = 0; a < 2; a++) sum += o2[o * 4 + b] * (double)core[(b * 2 + a) * 3 + j % 3] * i2[a * 5 + j / 3];
            return sum;
        });
        var cp = RandomWeights.Cp(_random, 6, 5, 3, 4);
        float[] ic = cp.In.ToArray(), time = cp.Time.ToArray(), oc = cp.Out.ToArray();
        AssertClose(6, 15, cp, (o, j) => Enumerable.Range(0, 4).Sum(r => oc[o * 4 + r] * (double)time[r * 3 + j % 3] * ic[r * 5 + j / 3]));
    }

    [Fact]
    public void Block_sparse_puts_each_block_where_its_column_says()
    {
        var w = new BlockSparseWeight(RandomWeights.Matrix(5, 3), 5, 4, 1, [0, 2, 3], [0, 2, 1], [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
        Assert.Equal([1, 0, 5, 2, 0, 6, 3, 0, 7, 4, 0, 8, 0, 9, 0], w.ToArray());
        var tile = new BlockSparseWeight(RandomWeights.Matrix(4, 6), 4, 4, [0, 1], [1], [.. Enumerable.Range(1, 16).Select(v => (sbyte)v)], [1, 1, 2, 1]);
        Assert.Equal([0, 0, 0, 0, 1, 5, 0, 0, 0, 0, 2, 6, 0, 0, 0, 0, 6, 14, 0, 0, 0, 0, 4, 8], tile.ToArray());
    }

    static void AssertClose(int rows, int columns, Weight weight, Func<int, int, double> expected)
    {
        var dense = weight.ToArray();
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < columns; j++) Assert.Equal(expected(i, j), dense[i * columns + j], 1e-5);
    }
}
