using System.Collections.Immutable;

namespace EdgeQinn.Runtime.Format;

/// <summary>An element type and a static shape (row-major, first index slowest). An empty shape is a scalar; a dimension may be 0.</summary>
public sealed record TensorType(ElementType Element, ImmutableArray<int> Shape)
{
    /// <summary>The highest rank a file may hold.</summary>
    public const int MaxRank = 8;

    /// <summary>A type from its dimensions.</summary>
    public TensorType(ElementType element, params ReadOnlySpan<int> shape) : this(element, ImmutableArray.Create(shape)) { }

    /// <summary>The number of dimensions.</summary>
    public int Rank => Shape.Length;

    /// <summary>The number of elements.</summary>
    public int Count
    {
        get
        {
            int count = 1;
            foreach (int d in Shape) count = checked(count * d);
            return count;
        }
    }

    /// <summary>The number of bytes.</summary>
    public long ByteLength => (long)Count * Element.Size();

    /// <inheritdoc/>
    public bool Equals(TensorType? other) => other is not null && Element == other.Element && Shape.AsSpan().SequenceEqual(other.Shape.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(Element);
        foreach (int d in Shape) hash.Add(d);
        return hash.ToHashCode();
    }

    /// <summary>Such as <c>float32[1,32,256]</c>.</summary>
    public override string ToString() => $"{Element.ToString().ToLowerInvariant()}[{string.Join(',', Shape)}]";
}
