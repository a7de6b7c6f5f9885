using EdgeQinn.Converter.Calibration;
using EdgeQinn.Converter.Compression;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Converter.Selection;

/// <summary>Gives layers the formats that were asked for.</summary>
public static class LayerFormats
{
    /// <summary>The graph with the weights in their new formats. The first request that matches a layer decides.</summary>
    /// <exception cref="EdgeQinnException">A request matches no layer, or its format does not fit one.</exception>
    public static ModelGraph Apply(ModelGraph graph, IReadOnlyList<FormatRequest> requests, out IReadOnlyList<LayerFormat> layers)
    {
        var sites = WeightSite.Find(graph);
        var replacements = new List<WeightReplacement>();
        var done = new List<LayerFormat>();
        var used = new HashSet<FormatRequest>();
        foreach (var site in sites)
        {
            bool IsMeantBy(FormatRequest r) => r.Matches(site.Name) || (site.IsRecurrent && r.Matches(graph.Nodes[site.Node].Name)); // .W and .R, or both by the node's name
            foreach (var matching in requests.Where(IsMeantBy)) used.Add(matching);
            if (requests.FirstOrDefault(IsMeantBy) is not { } request) continue;
            var weight = Build(request, graph.Nodes[site.Node], site);
            replacements.Add(new WeightReplacement(site, weight.Encode()));
            done.Add(Describe(site, request, weight));
        }
        foreach (var request in requests.Where(r => !used.Contains(r)))
            throw new EdgeQinnException($"--format {request.Pattern}={request.Text}: no layer is called '{request.Pattern}'; there are {string.Join(", ", sites.Select(s => $"'{s.Name}'"))}");
        layers = done;
        return WeightReplacement.Apply(graph, replacements);
    }

    /// <summary>The bytes a weight takes in the file.</summary>
    public static long Bytes(EncodedTensor tensor) => tensor.Parts.Sum(p => (long)p.Bytes.Length) + tensor.Children.Sum(Bytes);

    static Weight Build(FormatRequest request, Node node, WeightSite site)
    {
        try
        {
            return request.Build(site.Weight);
        }
        catch (EdgeQinnException e)
        {
            throw new EdgeQinnException($"--format {request.Pattern}={request.Text}: layer '{site.Name}' ({node.Operator} {site.Weight.Type}): {e.Message}", e);
        }
    }

    static LayerFormat Describe(WeightSite site, FormatRequest request, Weight weight)
    {
        var dense = site.Weight;
        var approximation = weight.ToArray();
        double norm = 0, lost = 0;
        for (int i = 0; i < approximation.Length; i++)
        {
            norm += (double)dense.Data[i] * dense.Data[i];
            lost += Math.Pow((double)dense.Data[i] - approximation[i], 2);
        }
        return new LayerFormat(site.Name, request.Text, approximation.Length, weight.Parameters, Bytes(weight.Encode()), weight.MultiplyAdds, norm > 0 ? Math.Sqrt(lost / norm) : 0);
    }
}
