using System.Numerics;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Weights;

/// <summary>
/// W = F·H, where H is the 2^p × 2^p Walsh–Hadamard matrix in natural order, H[i, j] = (−1)^popcount(i ∧ j), and 2^p ≥ N; columns beyond N meet zero
/// inputs. F [M, 2^p] is the child, mostly block-sparse, with every factor folded in. Runs as F · FWHT(x).
/// </summary>
public sealed class HadamardWeight : Weight
{
    /// <summary>The encoding's name.</summary>
    public const string Name = "hadamard";

    /// <summary>Builds from F.</summary>
    public HadamardWeight(TensorType type, Weight f) : base(type, f.Rows)
    {
        F = f;
        if (!BitOperations.IsPow2(f.Columns) || f.Columns < Columns || f.Columns > Math.Max(1, 2L * (Columns - 1)))
            throw Fail($"F has {f.Columns} columns, expected the power of two that holds {Columns}");
    }

    /// <inheritdoc/>
    public override string Encoding => Name;

    /// <summary>[M, 2^p].</summary>
    public Weight F { get; }

    /// <summary>2^p.</summary>
    public int Size => F.Columns;

    /// <summary>F's, and half an addition-pair per butterfly counted as one.</summary>
    public override long MultiplyAdds => F.MultiplyAdds + (long)Size * BitOperations.Log2((uint)Size);

    /// <inheritdoc/>
    public override long Parameters => F.Parameters;

    /// <inheritdoc/>
    public override void Materialise(Span<float> destination)
    {
        var row = new double[Size];
        var f = F.ToArray();
        for (int i = 0; i < Rows; i++)
        {
            for (int j = 0; j < Size; j++) row[j] = f[i * Size + j];
            Transform(row);
            for (int j = 0; j < Columns; j++) destination[i * Columns + j] = (float)row[j];
        }
    }

    /// <summary>x ← H x for a power-of-two length; H is symmetric and H·H = length·1.</summary>
    public static void Transform(Span<double> x)
    {
        for (int half = 1; half < x.Length; half *= 2)
            for (int i = 0; i < x.Length; i++)
                if ((i & half) == 0) (x[i], x[i + half]) = (x[i] + x[i + half], x[i] - x[i + half]);
    }

    /// <inheritdoc/>
    public override EncodedTensor Encode() => Encode(NewAttributes(), [], F);

    internal static HadamardWeight Read(EncodedTensor tensor, WeightReader reader)
    {
        reader.Expect(0, 0, 1, 1);
        var weight = new HadamardWeight(tensor.Type, reader.Child(0));
        return weight.Rows == reader.Rows ? weight : throw reader.Fail($"has {reader.Rows} rows but F has {weight.Rows}");
    }
}
