using EdgeQinn.Converter.Import;
using EdgeQinn.Converter.Selection;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter;

/// <summary>What goes into the <c>.eqn</c> file beside the network.</summary>
public sealed record ConvertOptions
{
    /// <summary>What the model leaves open.</summary>
    public ImportOptions Import { get; init; } = new();

    /// <summary>Whether passes rewrite the graph; off, it is what the model says, operator by operator.</summary>
    public bool Optimize { get; init; } = true;

    /// <summary>The formats that layers' weights are given; the first that matches a layer decides.</summary>
    public IReadOnlyList<FormatRequest> Formats { get; init; } = [];

    /// <summary>How samples become inputs and outputs become labels.</summary>
    public SignalContract? Contract { get; init; }

    /// <summary>Whether, and how, the network is to run over a stream.</summary>
    public StreamRequest? Stream { get; init; }

    /// <summary>Inputs with expected outputs, named as in the model, to store as golden vectors.</summary>
    public NpzFile? Golden { get; init; }

    /// <summary>The most golden cases to store.</summary>
    public int GoldenCases { get; init; } = 8;

    /// <summary>The absolute error that golden vectors may show.</summary>
    public float Tolerance { get; init; } = 1e-4f;
}
