using EdgeQinn.Runtime.Diagnostics;

namespace EdgeQinn.Converter.Comparison;

/// <summary>One layer in two files; a side is null where its file lacks the layer.</summary>
/// <param name="Name">The layer's name in the source model.</param>
/// <param name="A">The layer in the first file.</param>
/// <param name="B">The layer in the second.</param>
/// <param name="Differences">What differs: operator, attributes, inputs, output type, encoding, constants; empty for equal layers.</param>
public sealed record LayerPair(string Name, NodeReport? A, NodeReport? B, IReadOnlyList<string> Differences);
