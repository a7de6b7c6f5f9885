namespace EdgeQinn.Converter.Selection;

/// <summary>What a layer's weight became.</summary>
/// <param name="Layer">The layer's name.</param>
/// <param name="Format">The format as asked for.</param>
/// <param name="Elements">The dense weight's elements.</param>
/// <param name="Parameters">The numbers stored now.</param>
/// <param name="Bytes">The bytes they take.</param>
/// <param name="MultiplyAdds">The multiply-adds of one product with a vector (of a convolution: of one output position).</param>
/// <param name="Error">‖W − Ŵ‖ ÷ ‖W‖.</param>
public sealed record LayerFormat(string Layer, string Format, long Elements, long Parameters, long Bytes, long MultiplyAdds, double Error);
