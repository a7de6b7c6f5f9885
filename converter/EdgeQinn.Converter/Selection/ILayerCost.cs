using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Selection;

/// <summary>What running a layer costs on the machine the network is compressed for.</summary>
public interface ILayerCost
{
    /// <summary>Where the times come from, for the report and the file.</summary>
    string Source { get; }

    /// <summary>The time of node <paramref name="node"/> of <paramref name="graph"/>, with its weights encoded as they are there, in µs; NaN where it is not known.</summary>
    double Microseconds(ModelGraph graph, int node);
}
