using System.Globalization;
using EdgeQinn.Converter.Calibration;

namespace EdgeQinn.Benchmarks.Compression;

/// <summary>One idea at one strength, given to every large layer that it fits.</summary>
/// <param name="Idea">The idea.</param>
/// <param name="Name">With its strength.</param>
/// <param name="Format">The format of a large layer; null where the idea does not fit it.</param>
sealed record Technique(string Idea, string Name, Func<WeightSite, string?> Format)
{
    /// <summary>Smaller layers (of <c>ecg-beat-cnn</c> 0.3 % of the weights) stay as they are.</summary>
    const int LargeElements = 2000;

    /// <summary>All that are compared.</summary>
    public static IReadOnlyList<Technique> All { get; } =
    [
        new("int8", "int8, calibrated", _ => "int8"),
        .. Of("V×1 sparse", "density", [0.2, 0.1, 0.05], (s, d) => $"bcsr:density={Number(d)}"),
        .. Of("V×1 sparse, int8", "density", [0.2, 0.1, 0.05], (s, d) => $"bcsr:density={Number(d)},type=int8"),
        .. Of("unstructured sparse", "density", [0.2, 0.1, 0.05], (s, d) => $"sparse:density={Number(d)}"),
        .. Of("low rank", "share of the weights", [0.2, 0.1, 0.05], (s, d) => $"lowrank:rank={Rank(s, d)}"),
        .. Of("MPS, two cores", "bond", [32, 16, 4], (s, bond) => s.IsConvolution ? null : $"mps:bond={Number(bond)}"),
        .. Of("entangled block, phase", "rank", [64, 32], (s, r) => s.IsConvolution ? null : $"entangled:kind=phase,groups=4,rank={Number(r)}"),
        .. Of("entangled block, coupled", "rank", [64, 32], (s, r) => s.IsConvolution ? null : $"entangled:kind=coupled,groups=4,rank={Number(r)},readout={Number(r / 2)}"),
        .. Of("Hadamard-sparse", "density", [0.1, 0.05], (s, d) => s.IsConvolution ? null : $"hadamard:density={Number(d)}"),
        .. Of("low rank + V×1 sparse int8", "rank", [16, 8], (s, r) => s.IsConvolution ? null : $"lowrank:rank={Number(r)}+bcsr:density=0.05,type=int8"),
        .. Of("MPS + V×1 sparse", "bond", [4, 2], (s, bond) => s.IsConvolution ? null : $"mps:bond={Number(bond)}+bcsr:density=0.05"),
        .. Of("Tucker-2", "channels ÷", [2, 4], (s, share) => s.IsConvolution ? $"tucker2:rank={s.Weight.Type.Shape[1] / (int)share},readout={s.Weight.Rows / (int)share}" : null),
        .. Of("CP", "channels ÷", [1, 2], (s, share) => s.IsConvolution ? $"cp:rank={s.Weight.Type.Shape[1] / (int)share}" : null),
    ];

    /// <summary>The format of any layer.</summary>
    public string? Of(WeightSite site) => site.Weight.Data.Length < LargeElements || site.IsRecurrent ? null : Format(site);

    static IEnumerable<Technique> Of(string idea, string what, double[] strengths, Func<WeightSite, double, string?> format) =>
        strengths.Select(x => new Technique(idea, $"{idea}, {what} {Number(x)}", site => format(site, x)));

    /// <summary>The rank at which two factors hold that share of the weights.</summary>
    static int Rank(WeightSite site, double share) => Math.Max(1, (int)Math.Round(share * site.Weight.Data.Length / (site.Weight.Rows + site.Weight.Columns)));

    static string Number(double value) => value.ToString(CultureInfo.InvariantCulture);
}
