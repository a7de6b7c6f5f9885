using System.Text.Json;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Selection;

/// <summary>
/// The times that choices were made by, kept in a file where one is given: no layer is measured twice alike, so a run that is taken up again has to go by the
/// times it began with.
/// </summary>
sealed class LayerTimesMemory
{
    static readonly JsonSerializerOptions Json = new() { NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.AllowNamedFloatingPointLiterals };

    readonly string? _path;
    readonly Kept _kept;

    sealed record Kept(string Origin, Dictionary<string, double> Microseconds);

    /// <summary>Reads what the file holds, where there is one.</summary>
    /// <param name="path">The file; null to remember for this run alone.</param>
    /// <param name="origin">What the times are of: network, windows, options and cost source.</param>
    /// <exception cref="EdgeQinnException">The file holds something else.</exception>
    public LayerTimesMemory(string? path, string origin)
    {
        _path = path;
        _kept = new Kept(origin, []);
        if (path is null || !File.Exists(path)) return;
        try
        {
            _kept = JsonSerializer.Deserialize<Kept>(File.ReadAllText(path), Json) is { Microseconds: not null } kept ? kept : throw new JsonException("it is empty");
        }
        catch (JsonException e)
        {
            throw new EdgeQinnException($"{path}: holds no layer times ({e.Message}); delete it to start anew", e);
        }
        if (_kept.Origin != origin) throw new EdgeQinnException($"{path}: was made with other options, or for another network or other windows; delete its folder to start anew");
    }

    /// <summary>The time called <paramref name="name"/>; measured once.</summary>
    public double Get(string name, Func<double> measure)
    {
        if (!_kept.Microseconds.TryGetValue(name, out double time)) _kept.Microseconds[name] = time = measure();
        return time;
    }

    /// <summary>Writes the file as a whole.</summary>
    public void Save()
    {
        if (_path is null) return;
        string temporary = _path + ".tmp";
        File.WriteAllText(temporary, JsonSerializer.Serialize(_kept, Json));
        File.Move(temporary, _path, overwrite: true);
    }
}
