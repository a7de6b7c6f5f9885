using System.Collections.Immutable;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Weights;

/// <summary>W = Σ of the children, all of the sum's shape: low rank + int8 residual (LQ), MPS + sparse overlay (doped Kronecker), Hadamard + quantised (QWHA).</summary>
public sealed class SumWeight : Weight
{
    /// <summary>The encoding's name.</summary>
    public const string Name = "sum";

    /// <summary>The most terms a file may hold.</summary>
    public const int MaxTerms = 8;

    /// <summary>Builds from the terms.</summary>
    public SumWeight(TensorType type, int rows, params ImmutableArray<Weight> terms) : base(type, rows)
    {
        Terms = terms;
        if (terms.Length is 0 or > MaxTerms) throw Fail($"has {terms.Length} terms, expected 1 to {MaxTerms}");
        foreach (var term in terms)
            if (!term.Type.Equals(type) || term.Rows != rows) throw Fail($"a term '{term.Encoding}' is {term.Type} with {term.Rows} rows, expected {type} with {rows}");
    }

    /// <inheritdoc/>
    public override string Encoding => Name;

    /// <summary>The terms.</summary>
    public ImmutableArray<Weight> Terms { get; }

    /// <inheritdoc/>
    public override long MultiplyAdds => Terms.Sum(t => t.MultiplyAdds);

    /// <inheritdoc/>
    public override long Parameters => Terms.Sum(t => t.Parameters);

    /// <inheritdoc/>
    public override void Materialise(Span<float> destination)
    {
        Terms[0].Materialise(destination);
        var term = new float[Rows * Columns];
        foreach (var other in Terms.Skip(1))
        {
            other.Materialise(term);
            for (int i = 0; i < term.Length; i++) destination[i] += term[i];
        }
    }

    /// <inheritdoc/>
    public override EncodedTensor Encode() => Encode(NewAttributes(), [], Terms.AsSpan());

    internal static SumWeight Read(EncodedTensor tensor, WeightReader reader)
    {
        reader.Expect(0, 0, 1, MaxTerms);
        return new SumWeight(tensor.Type, reader.Rows, [.. Enumerable.Range(0, tensor.Children.Length).Select(reader.Child)]);
    }
}
