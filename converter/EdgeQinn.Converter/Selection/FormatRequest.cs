using System.Text.RegularExpressions;
using EdgeQinn.Converter.Compression;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Converter.Selection;

/// <summary>
/// What <c>--format LAYERS=FORMAT[:key=value,…][+FORMAT…]</c> asks for. LAYERS is a layer's name; <c>*</c> stands for any characters and <c>?</c> for one.
/// Formats joined by <c>+</c> are added: each fits what those before it left.
/// </summary>
public sealed record FormatRequest
{
    readonly IReadOnlyList<(WeightFormat Format, FormatParameters Parameters)> _terms;

    FormatRequest(string pattern, string text, IReadOnlyList<(WeightFormat, FormatParameters)> terms) => (Pattern, Text, _terms) = (pattern, text, terms);

    /// <summary>Which layers.</summary>
    public string Pattern { get; }

    /// <summary>The format as it was asked for.</summary>
    public string Text { get; }

    /// <summary>Reads a request.</summary>
    /// <exception cref="EdgeQinnException">It is no request, or a format or parameter is not known.</exception>
    public static FormatRequest Parse(string text)
    {
        int equals = text.IndexOf('=', StringComparison.Ordinal);
        if (equals <= 0 || equals == text.Length - 1) throw new EdgeQinnException($"--format {text}: expected LAYERS=FORMAT[:key=value,…]");
        var terms = new List<(WeightFormat, FormatParameters)>();
        foreach (string term in text[(equals + 1)..].Split('+'))
        {
            string[] parts = term.Split(':', 2);
            var format = WeightFormat.Get(parts[0].Trim());
            var parameters = new FormatParameters(format.Name, parts.Length > 1 ? parts[1] : "");
            parameters.Allow(format.Keys);
            terms.Add((format, parameters));
        }
        return new FormatRequest(text[..equals], text[(equals + 1)..], terms);
    }

    /// <summary>Whether the layer called <paramref name="name"/> is meant.</summary>
    public bool Matches(string name) =>
        Regex.IsMatch(name, "^" + Regex.Escape(Pattern).Replace("\\*", ".*", StringComparison.Ordinal).Replace("\\?", ".", StringComparison.Ordinal) + "$", RegexOptions.CultureInvariant);

    /// <summary>The weight in the format asked for.</summary>
    /// <exception cref="EdgeQinnException">The format does not fit the layer.</exception>
    public Weight Build(DenseLayer layer)
    {
        bool isConvolution = layer.IsConvolution;
        foreach (var (format, _) in _terms)
        {
            if (format.OnlyConvolutions && !isConvolution) throw new EdgeQinnException($"'{format.Name}' is a format of convolutions");
            if (format.OnlyMatrices && isConvolution) throw new EdgeQinnException($"'{format.Name}' is a format of linear layers");
        }
        if (_terms.Count == 1) return _terms[0].Format.Build(layer, _terms[0].Parameters);
        var rest = layer;
        var weights = new List<Weight>();
        foreach (var (format, parameters) in _terms)
        {
            weights.Add(format.Build(rest, parameters));
            rest = rest.Minus(weights[^1].ToArray());
        }
        return new SumWeight(layer.Type, layer.Rows, [.. weights]);
    }
}
