using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Weights;

/// <summary>The single list of the encodings a file may use.</summary>
public static class WeightEncodings
{
    /// <summary>The deepest nesting: a sum of Hadamard-sparse terms whose matrix is block-sparse is 3 deep.</summary>
    public const int MaxDepth = 4;

    /// <summary>Decodes <paramref name="tensor"/>, whose children <paramref name="context"/> decodes.</summary>
    delegate Weight Reader(EncodedTensor tensor, WeightReader context);

    static readonly SortedDictionary<string, Reader> Readers = new(StringComparer.Ordinal)
    {
        [DenseWeight.Name] = DenseWeight.Read,
        [Int8Weight.Name] = Int8Weight.Read,
        [BlockSparseWeight.Name] = BlockSparseWeight.Read,
        [LowRankWeight.Name] = LowRankWeight.Read,
        [MpsWeight.Name] = MpsWeight.Read,
        [EntangledWeight.Name] = EntangledWeight.Read,
        [HadamardWeight.Name] = HadamardWeight.Read,
        [Tucker2Weight.Name] = Tucker2Weight.Read,
        [CpWeight.Name] = CpWeight.Read,
        [SumWeight.Name] = SumWeight.Read,
    };

    /// <summary>The names, in order.</summary>
    public static IReadOnlyCollection<string> Names => Readers.Keys;

    /// <summary>Decodes and checks a constant.</summary>
    /// <exception cref="GraphException">The encoding is unknown, or what is stored breaks its rules; the message says which.</exception>
    public static Weight Read(EncodedTensor tensor) => Read(tensor, 1);

    internal static Weight Read(EncodedTensor tensor, int depth)
    {
        if (depth > MaxDepth) throw new GraphException($"encodings are nested deeper than {MaxDepth}");
        if (!Readers.TryGetValue(tensor.Encoding, out var reader))
            throw new GraphException($"encoding '{tensor.Encoding}' is not known to this version of the runtime; it has {string.Join(", ", Names)}");
        return reader(tensor, new WeightReader(tensor, depth));
    }
}
