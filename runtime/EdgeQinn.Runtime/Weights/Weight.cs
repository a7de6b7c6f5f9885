using System.Collections.Immutable;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Weights;

/// <summary>
/// A float32 constant in one of the encodings of <see cref="WeightEncodings"/>, checked: whoever holds one may trust every index,
/// count and size in it. Most are matrices [<see cref="Rows"/>, <see cref="Columns"/>]; a convolution's [C_out, C_in/group, K…] counts as
/// [C_out, C_in/group·K…], a recurrent layer's [1, gates·H, I] as [gates·H, I].
/// </summary>
public abstract class Weight
{
    /// <summary>Where an encoding keeps <see cref="Rows"/>.</summary>
    protected const string RowsAttribute = "rows";

    /// <summary>Starts a weight of <paramref name="type"/> seen as a matrix of <paramref name="rows"/> rows.</summary>
    /// <exception cref="GraphException">The type is not float32 or its elements do not split into that many rows.</exception>
    protected Weight(TensorType type, int rows)
    {
        if (type.Element != ElementType.Float32) throw Fail($"stands for {type}, expected float32");
        if (rows <= 0 || type.Count == 0 || type.Count % rows != 0) throw Fail($"{type} does not split into {rows} rows");
        (Type, Rows, Columns) = (type, rows, type.Count / rows);
    }

    /// <summary>The encoding's name.</summary>
    public abstract string Encoding { get; }

    /// <summary>The element type and shape it stands for.</summary>
    public TensorType Type { get; }

    /// <summary>M, the outputs.</summary>
    public int Rows { get; }

    /// <summary>N, the inputs.</summary>
    public int Columns { get; }

    /// <summary>The multiply-adds of one product with a vector, done the way the encoding is meant to run.</summary>
    public abstract long MultiplyAdds { get; }

    /// <summary>The numbers stored, whatever their width.</summary>
    public abstract long Parameters { get; }

    /// <summary>Writes the tensor it stands for, row-major.</summary>
    /// <param name="destination"><see cref="Rows"/>·<see cref="Columns"/> elements.</param>
    public abstract void Materialise(Span<float> destination);

    /// <summary>The form that files store. Reading it back gives the same weight, bit by bit.</summary>
    public abstract EncodedTensor Encode();

    /// <summary>The tensor it stands for, row-major.</summary>
    public float[] ToArray()
    {
        var dense = new float[Rows * Columns];
        Materialise(dense);
        return dense;
    }

    /// <summary>Attributes with <see cref="Rows"/> in them.</summary>
    protected AttributeMap NewAttributes() => new() { { RowsAttribute, Rows } };

    /// <summary>The encoded form with this weight's type.</summary>
    protected EncodedTensor Encode(AttributeMap attributes, ImmutableArray<TensorPart> parts, params ReadOnlySpan<Weight> children)
    {
        var encoded = ImmutableArray.CreateBuilder<EncodedTensor>(children.Length);
        foreach (var child in children) encoded.Add(child.Encode());
        return new EncodedTensor(Encoding, Type, attributes, parts, encoded.MoveToImmutable());
    }

    /// <summary>An error that names the encoding.</summary>
    protected GraphException Fail(string reason) => new($"encoding '{Encoding}': {reason}");
}
