using System.Text.Json;
using System.Text.Json.Serialization;
using EdgeQinn.Benchmarks.Models;

namespace EdgeQinn.Benchmarks.Compression;

/// <summary>One finished part of the long run.</summary>
/// <param name="Model">Which model.</param>
/// <param name="Part">What was done: <c>results</c>, <c>rival</c>, <c>latency</c> or <c>techniques</c>.</param>
/// <param name="Seed">With which seed.</param>
/// <param name="Name">What else tells it from others of the part; empty for nothing.</param>
/// <param name="Settings">All that its figures depend on beside these: a part with others is done again.</param>
/// <param name="Figures">What came out.</param>
/// <param name="Layers">What the layers became, by name.</param>
/// <param name="Seconds">How long it took.</param>
sealed record Outcome(string Model, string Part, int Seed, string Name, string Settings, SortedDictionary<string, double> Figures, SortedDictionary<string, string> Layers, double Seconds);

/// <summary>The finished parts, in a file that is replaced as a whole after each, so that an interrupted run goes on where it was.</summary>
sealed class OutcomeFile
{
    static readonly JsonSerializerOptions _json = new()
    {
        WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    readonly string _path;
    readonly Content _content;

    OutcomeFile(string path, Content content) => (_path, _content) = (path, content);

    sealed record Content(Machine Machine, string Date, List<Outcome> Outcomes);

    /// <summary>The parts.</summary>
    public IReadOnlyList<Outcome> Outcomes => _content.Outcomes;

    /// <summary>The machine of the last run.</summary>
    public Machine Machine => _content.Machine;

    /// <summary>The day of the last run.</summary>
    public string Date => _content.Date;

    /// <summary>Opens or begins the file.</summary>
    public static OutcomeFile Open(string path, Machine machine, string date)
    {
        var old = File.Exists(path) ? JsonSerializer.Deserialize<Content>(File.ReadAllText(path), _json)! : new Content(machine, date, []);
        return new OutcomeFile(path, old with { Machine = machine, Date = date });
    }

    /// <summary>The part as it was finished; null where it was not, or with other settings.</summary>
    public Outcome? Find(string model, string part, int seed, string name, string settings) =>
        _content.Outcomes.Find(o => (o.Model, o.Part, o.Seed, o.Name, o.Settings) == (model, part, seed, name, settings));

    /// <summary>Keeps a part in the place of what there was of it.</summary>
    public void Add(Outcome outcome)
    {
        _content.Outcomes.RemoveAll(o => (o.Model, o.Part, o.Seed, o.Name) == (outcome.Model, outcome.Part, outcome.Seed, outcome.Name));
        _content.Outcomes.Add(outcome);
        string temporary = _path + ".tmp";
        File.WriteAllText(temporary, ToJson());
        File.Move(temporary, _path, overwrite: true);
    }

    /// <summary>The file's text.</summary>
    public string ToJson() => JsonSerializer.Serialize(_content, _json) + "\n";
}
