using System.Globalization;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Selection;

/// <summary>The <c>key=value</c> pairs behind a format's name; every one given must be used.</summary>
public sealed class FormatParameters
{
    readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);
    readonly string _format;

    /// <summary>Reads <c>key=value,key=value</c>; empty for none.</summary>
    /// <exception cref="EdgeQinnException">A pair has no '=' or a key comes twice.</exception>
    public FormatParameters(string format, string text)
    {
        _format = format;
        foreach (string pair in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            int equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0) throw new EdgeQinnException($"format '{format}': '{pair}' is no key=value");
            if (!_values.TryAdd(pair[..equals], pair[(equals + 1)..])) throw new EdgeQinnException($"format '{format}': '{pair[..equals]}' is given twice");
        }
    }

    /// <summary>Whether the key is given.</summary>
    public bool Has(string key) => _values.ContainsKey(key);

    /// <summary>Fails on a key that is not among <paramref name="known"/>.</summary>
    public void Allow(IEnumerable<string> known)
    {
        foreach (string key in _values.Keys.Except(known))
            throw new EdgeQinnException($"format '{_format}' has no parameter '{key}'; it has {(known.Any() ? string.Join(", ", known) : "none")}");
    }

    /// <summary>A whole number of at least 1.</summary>
    public int Count(string key, int? otherwise = null)
    {
        if (!_values.TryGetValue(key, out string? text)) return otherwise ?? throw Missing(key);
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value >= 1 ? value : throw Bad(key, text, "a whole number of at least 1");
    }

    /// <summary>A number from 0 to 1.</summary>
    public double Share(string key, double? otherwise = null)
    {
        if (!_values.TryGetValue(key, out string? text)) return otherwise ?? throw Missing(key);
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && value is >= 0 and <= 1 ? value : throw Bad(key, text, "a number from 0 to 1");
    }

    /// <summary>One of a few words, the first by default.</summary>
    public string Word(string key, params string[] words)
    {
        if (!_values.TryGetValue(key, out string? text)) return words[0];
        return words.Contains(text) ? text : throw Bad(key, text, $"one of {string.Join(", ", words)}");
    }

    /// <summary>Whole numbers of at least 1 with an <c>x</c> between them, such as <c>16x8</c>; null where not given.</summary>
    public int[]? Modes(string key)
    {
        if (!_values.TryGetValue(key, out string? text)) return null;
        var modes = text.Split('x').Select(m => int.TryParse(m, NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : 0).ToArray();
        return modes.All(m => m >= 1) ? modes : throw Bad(key, text, "whole numbers with 'x' between them, such as 16x8");
    }

    /// <summary>A number above 0, which is given.</summary>
    public float Positive(string key)
    {
        return float.TryParse(_values[key], NumberStyles.Float, CultureInfo.InvariantCulture, out float value) && value > 0 && float.IsFinite(value)
            ? value : throw Bad(key, _values[key], "a number above 0");
    }

    /// <summary>A whole number from −128 to 127; 0 where not given.</summary>
    public int ZeroPoint(string key)
    {
        if (!_values.TryGetValue(key, out string? text)) return 0;
        return sbyte.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out sbyte value) ? value : throw Bad(key, text, "a whole number from -128 to 127");
    }

    EdgeQinnException Missing(string key) => new($"format '{_format}' needs the parameter '{key}', as in {_format}:{key}=…");

    EdgeQinnException Bad(string key, string text, string expected) => new($"format '{_format}': {key}={text} is not {expected}");
}
