using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Weights;

/// <summary>
/// A convolution's weight as a sum of R rank-one terms: W[o, c, k…] = Σ_r Out[o, r]·In[r, c]·Time[r, k…] (Lebedev et al. 2015, arXiv 1412.6553).
/// Children: In [R, C_in], Time [R, 1, K…], Out [C_out, R]. Runs as a 1×1, a depthwise and a 1×1 convolution.
/// </summary>
public sealed class CpWeight : Weight
{
    /// <summary>The encoding's name.</summary>
    public const string Name = "cp";

    /// <summary>Builds from the factors.</summary>
    public CpWeight(TensorType type, Weight input, Weight time, Weight output) : base(type, output.Rows)
    {
        (In, Time, Out) = (input, time, output);
        if (type.Rank < 3) throw Fail($"stands for {type}, which is no convolution's weight");
        bool fits = time.Type.Rank == type.Rank && type.Shape[0] == output.Rows && time.Type.Shape[0] == Rank && time.Rows == Rank && time.Type.Shape[1] == 1
            && input.Rows == Rank && type.Shape[1] == input.Columns
            && time.Type.Shape.AsSpan()[2..].SequenceEqual(type.Shape.AsSpan()[2..]);
        if (!fits) throw Fail($"factors [{input.Rows},{input.Columns}], {time.Type} and [{output.Rows},{output.Columns}] do not make {type}");
    }

    /// <inheritdoc/>
    public override string Encoding => Name;

    /// <summary>[R, C_in].</summary>
    public Weight In { get; }

    /// <summary>[R, 1, K…].</summary>
    public Weight Time { get; }

    /// <summary>[C_out, R].</summary>
    public Weight Out { get; }

    /// <summary>R.</summary>
    public int Rank => Out.Columns;

    /// <summary>Per output position, at stride 1.</summary>
    public override long MultiplyAdds => In.MultiplyAdds + Time.MultiplyAdds + Out.MultiplyAdds;

    /// <inheritdoc/>
    public override long Parameters => In.Parameters + Time.Parameters + Out.Parameters;

    /// <inheritdoc/>
    public override void Materialise(Span<float> destination)
    {
        int channels = In.Columns, taps = Columns / channels;
        var (input, time) = (In.ToArray(), Time.ToArray());
        var terms = new float[Rank * Columns];
        for (int r = 0; r < Rank; r++)
            for (int c = 0; c < channels; c++)
                for (int k = 0; k < taps; k++) terms[r * Columns + c * taps + k] = input[r * channels + c] * time[r * taps + k];
        DenseMath.Multiply(Out.ToArray(), terms, Rows, Rank, Columns, destination);
    }

    /// <inheritdoc/>
    public override EncodedTensor Encode() => Encode(NewAttributes(), [], In, Time, Out);

    internal static CpWeight Read(EncodedTensor tensor, WeightReader reader)
    {
        reader.Expect(0, 0, 3, 3);
        var weight = new CpWeight(tensor.Type, reader.Child(0), reader.Child(1), reader.Child(2));
        return weight.Rows == reader.Rows ? weight : throw reader.Fail($"has {reader.Rows} rows but Out has {weight.Rows}");
    }
}
