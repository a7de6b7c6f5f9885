using EdgeQinn.Converter.Calibration;
using EdgeQinn.Converter.Selection;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Benchmarks.Compression;

/// <summary>Gives layers formats that are asked for, fitted to what calibration windows make of their inputs.</summary>
static class CalibratedFormats
{
    const int MostWindows = 2048;

    /// <summary>The network with other weights.</summary>
    /// <param name="graph">The network.</param>
    /// <param name="set">The windows.</param>
    /// <param name="windows">Those of them that may be used.</param>
    /// <param name="seed">For drawing some.</param>
    /// <param name="format">The format of a layer, as <c>--format</c> takes it; null to leave it as it is.</param>
    public static ModelGraph Apply(ModelGraph graph, CalibrationSet set, int[] windows, int seed, Func<WeightSite, string?> format)
    {
        var sites = WeightSite.Find(graph).Where(s => format(s) is not null).ToList();
        int[] fit = CalibrationSplit.Balanced(set, windows, MostWindows, seed);
        var inputs = LayerInputsCollector.Collect(graph, sites, set, fit, [fit[0]], seed);
        return WeightReplacement.Apply(graph, sites.Select((s, i) => Replace(s, inputs[i], format(s)!)));
    }

    static WeightReplacement Replace(WeightSite site, LayerInputs? inputs, string format)
    {
        if (inputs is not null && !site.HasFreeBias) inputs = inputs with { Moments = inputs.Moments.AboutZero() };
        var layer = site.Weight with { Inputs = inputs };
        var weight = FormatRequest.Parse($"*={format}").Build(layer);
        if (inputs is null || !site.HasFreeBias) return new WeightReplacement(site, weight.Encode());
        // (W − Ŵ) E[x]: the mean of the outputs stays.
        float[] error = layer.Minus(weight.ToArray()).Data, shift = new float[layer.Rows];
        for (int i = 0; i < error.Length; i++) shift[i / layer.Columns] += error[i] * (float)inputs.Moments.Mean[i % layer.Columns];
        return new WeightReplacement(site, weight.Encode(), shift);
    }
}
