using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Weights;

/// <summary>Takes the pieces of an <see cref="EncodedTensor"/> apart, checking each; what a decoder reads through.</summary>
sealed class WeightReader
{
    const long MaxElements = 1L << 28;

    readonly EncodedTensor _tensor;
    readonly int _depth;

    /// <summary>Starts with the sizes every type in <paramref name="tensor"/> claims, so that no product of them can overflow later.</summary>
    public WeightReader(EncodedTensor tensor, int depth)
    {
        (_tensor, _depth) = (tensor, depth);
        CheckSize(tensor.Type);
        foreach (var part in tensor.Parts) CheckSize(part.Type);
    }

    /// <summary>The attribute <c>rows</c>; the first dimension where absent.</summary>
    public int Rows => _tensor.Attributes.Int("rows", _tensor.Type.Rank > 0 ? _tensor.Type.Shape[0] : 0);

    /// <summary>Fails unless the numbers of parts and children lie in these ranges.</summary>
    public void Expect(int minParts, int maxParts, int minChildren, int maxChildren)
    {
        if (_tensor.Parts.Length < minParts || _tensor.Parts.Length > maxParts) throw Fail($"has {_tensor.Parts.Length} parts");
        if (_tensor.Children.Length < minChildren || _tensor.Children.Length > maxChildren) throw Fail($"has {_tensor.Children.Length} children");
    }

    /// <summary>Whether the part is there.</summary>
    public bool Has(string part) => _tensor.Parts.Any(p => p.Name == part);

    /// <summary>The part called <paramref name="name"/>, whose bytes are as many as its type says.</summary>
    public TensorPart Part(string name)
    {
        var part = _tensor.Part(name);
        return part.Bytes.Length == part.Type.ByteLength ? part : throw Fail($"part '{name}' {part.Type} holds {part.Bytes.Length} bytes");
    }

    /// <summary>The part called <paramref name="name"/>, of one type.</summary>
    public TensorPart Part(string name, ElementType element, params ReadOnlySpan<int> shape)
    {
        var part = Part(name);
        var expected = new TensorType(element, shape);
        return part.Type.Equals(expected) ? part : throw Fail($"part '{name}' is {part.Type}, expected {expected}");
    }

    /// <summary>Child <paramref name="i"/>, decoded.</summary>
    public Weight Child(int i) => WeightEncodings.Read(_tensor.Children[i], _depth + 1);

    /// <summary>Child <paramref name="i"/>, decoded, of the rank given.</summary>
    public Weight Child(int i, string what, int rank)
    {
        var child = Child(i);
        return child.Type.Rank == rank ? child : throw Fail($"{what} (child {i}) is {child.Type}, expected rank {rank}");
    }

    /// <summary>An error that names the encoding.</summary>
    public GraphException Fail(string reason) => new($"encoding '{_tensor.Encoding}': {reason}");

    void CheckSize(TensorType type)
    {
        if (type.Element.Size() == 0 || type.Rank > TensorType.MaxRank) throw Fail($"holds {type}, which is no type");
        long count = 1;
        foreach (int d in type.Shape)
        {
            if (d < 0) throw Fail($"holds {type}: a dimension is {d}");
            count = Math.Max(count, 1) * d;
            if (count > MaxElements) throw Fail($"holds {type}, more than {MaxElements} elements");
        }
    }
}
