using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Weights;

/// <summary>W = U V with U [M, r] and V [r, N], the children. Runs as U (V x).</summary>
public sealed class LowRankWeight : Weight
{
    /// <summary>The encoding's name.</summary>
    public const string Name = "lowrank";

    /// <summary>Builds from the factors.</summary>
    public LowRankWeight(TensorType type, Weight u, Weight v) : base(type, u.Rows)
    {
        (U, V) = (u, v);
        if (u.Columns != v.Rows || v.Columns != Columns) throw Fail($"factors [{u.Rows},{u.Columns}] and [{v.Rows},{v.Columns}] do not make [{Rows},{Columns}]");
    }

    /// <inheritdoc/>
    public override string Encoding => Name;

    /// <summary>[M, r].</summary>
    public Weight U { get; }

    /// <summary>[r, N].</summary>
    public Weight V { get; }

    /// <summary>r.</summary>
    public int Rank => V.Rows;

    /// <inheritdoc/>
    public override long MultiplyAdds => U.MultiplyAdds + V.MultiplyAdds;

    /// <inheritdoc/>
    public override long Parameters => U.Parameters + V.Parameters;

    /// <inheritdoc/>
    public override void Materialise(Span<float> destination) => DenseMath.Multiply(U.ToArray(), V.ToArray(), Rows, Rank, Columns, destination);

    /// <inheritdoc/>
    public override EncodedTensor Encode() => Encode(NewAttributes(), [], U, V);

    internal static LowRankWeight Read(EncodedTensor tensor, WeightReader reader)
    {
        reader.Expect(0, 0, 2, 2);
        var weight = new LowRankWeight(tensor.Type, reader.Child(0), reader.Child(1));
        return weight.Rows == reader.Rows ? weight : throw reader.Fail($"has {reader.Rows} rows but U has {weight.Rows}");
    }
}
