using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Weights;

/// <summary>Plain row-major float32: part <c>data</c>. The factors inside other encodings are mostly these.</summary>
public sealed class DenseWeight : Weight
{
    /// <summary>The encoding's name.</summary>
    public const string Name = EncodedTensor.Dense;

    readonly EncodedTensor _tensor;

    /// <summary>A dense tensor seen as a matrix of <paramref name="rows"/> rows.</summary>
    public DenseWeight(EncodedTensor tensor, int rows) : base(tensor.Type, rows) => _tensor = tensor;

    /// <summary>A dense tensor that copies <paramref name="data"/>; the first dimension counts the rows.</summary>
    public DenseWeight(ReadOnlySpan<float> data, params ReadOnlySpan<int> shape) : this(EncodedTensor.FromSpan(data, shape), shape[0]) { }

    /// <inheritdoc/>
    public override string Encoding => Name;

    /// <summary>The elements.</summary>
    public ReadOnlySpan<float> Data => _tensor.Data<float>();

    /// <inheritdoc/>
    public override long MultiplyAdds => Type.Count;

    /// <inheritdoc/>
    public override long Parameters => Type.Count;

    /// <inheritdoc/>
    public override void Materialise(Span<float> destination) => Data.CopyTo(destination);

    /// <inheritdoc/>
    public override EncodedTensor Encode() => Type.Rank == 0 || Rows == Type.Shape[0] ? _tensor : _tensor with { Attributes = NewAttributes() };

    internal static DenseWeight Read(EncodedTensor tensor, WeightReader reader)
    {
        reader.Expect(1, 1, 0, 0);
        reader.Part("data", ElementType.Float32, tensor.Type.Shape.AsSpan());
        return new DenseWeight(tensor, reader.Rows);
    }
}
