using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Import;

/// <summary>What the model leaves open and the user decides.</summary>
public sealed record ImportOptions
{
    /// <summary>Shapes by input name, or single sizes by the name of a symbolic dimension. Dimensions that stay open are 1.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<int>> Shapes { get; init; } = new Dictionary<string, IReadOnlyList<int>>();

    /// <summary>Inputs to bind to fixed contents, so that they are inputs no longer: shapes, axes and the like that a model takes at run time.</summary>
    public IReadOnlyDictionary<string, EncodedTensor> Constants { get; init; } = new Dictionary<string, EncodedTensor>();
}
