using System.Text.Json;
using EdgeQinn.Converter.Graph;
using EdgeQinn.Runtime.Diagnostics;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Comparison;

/// <summary>What two <c>.eqn</c> files have in common and what not.</summary>
public sealed record EqnComparison
{
    /// <summary>The layers, those of the first file in its order, then those only the second has.</summary>
    public required IReadOnlyList<LayerPair> Layers { get; init; }

    /// <summary>Names of values, constants included, that the second file lacks.</summary>
    public required IReadOnlyList<string> ValuesOnlyInA { get; init; }

    /// <summary>Names of values, constants included, that the first file lacks.</summary>
    public required IReadOnlyList<string> ValuesOnlyInB { get; init; }

    /// <summary>Top-level fields of the signal contract that differ or exist once.</summary>
    public required IReadOnlyList<string> ContractFields { get; init; }

    /// <summary>Top-level fields of the provenance that differ or exist once.</summary>
    public required IReadOnlyList<string> ProvenanceFields { get; init; }

    /// <summary>Identifiers of the file's sections that differ or exist once; any difference in contents shows here.</summary>
    public required IReadOnlyList<string> Sections { get; init; }

    /// <summary>Bytes of the first file.</summary>
    public required long BytesA { get; init; }

    /// <summary>Bytes of the second file.</summary>
    public required long BytesB { get; init; }

    /// <summary>Whether the files say the same.</summary>
    public bool AreEqual => Sections.Count == 0 && Layers.All(l => l.Differences.Count == 0);

    /// <summary>Compares two files that have been loaded with <see cref="Model.Load"/>.</summary>
    public static EqnComparison Of(Model a, Model b)
    {
        EqnFile fileA = a.File!, fileB = b.File!;
        string[] valuesA = [.. a.Graph.Values.Select(v => v.Name)], valuesB = [.. b.Graph.Values.Select(v => v.Name)];
        return new EqnComparison
        {
            Layers = Pair(a, b),
            ValuesOnlyInA = [.. valuesA.Except(valuesB)],
            ValuesOnlyInB = [.. valuesB.Except(valuesA)],
            ContractFields = Fields(fileA.Contract?.ToJson() ?? default(ReadOnlyMemory<byte>), fileB.Contract?.ToJson() ?? default(ReadOnlyMemory<byte>)),
            ProvenanceFields = Fields(fileA.Provenance, fileB.Provenance),
            Sections = [.. SectionsOf(fileA).Except(SectionsOf(fileB)).Concat(SectionsOf(fileB).Except(SectionsOf(fileA))).Select(s => s.Id).Distinct()],
            BytesA = fileA.Length,
            BytesB = fileB.Length,
        };
    }

    static IEnumerable<(string Id, int Length, uint Crc)> SectionsOf(EqnFile file) => file.Sections.Select(s => (s.Id, s.Length, s.Crc));

    /// <summary>Layers of one name belong together; where a name stands for several, those of the same operator do, then those left in order.</summary>
    static IReadOnlyList<LayerPair> Pair(Model a, Model b)
    {
        var (reportA, reportB) = (ModelReport.Of(a).Nodes, ModelReport.Of(b).Nodes);
        int[] partner = new int[reportA.Length];
        Array.Fill(partner, -1);
        var free = Enumerable.Range(0, reportB.Length).ToList();
        Match((x, y) => x.Name == y.Name && x.Operator == y.Operator);
        Match((x, y) => x.Name == y.Name);
        var pairs = reportA.Select((x, i) => partner[i] < 0 ? new LayerPair(x.Name, x, null, ["only in A"])
            : new LayerPair(x.Name, x, reportB[partner[i]], Differences(a.Graph, i, x, b.Graph, partner[i], reportB[partner[i]])));
        return [.. pairs, .. free.Select(j => new LayerPair(reportB[j].Name, null, reportB[j], ["only in B"]))];

        void Match(Func<NodeReport, NodeReport, bool> belong)
        {
            for (int i = 0; i < partner.Length; i++)
            {
                if (partner[i] >= 0) continue;
                int at = free.FindIndex(j => belong(reportA[i], reportB[j]));
                if (at < 0) continue;
                partner[i] = free[at];
                free.RemoveAt(at);
            }
        }
    }

    static List<string> Differences(ModelGraph graphA, int a, NodeReport reportA, ModelGraph graphB, int b, NodeReport reportB)
    {
        var (x, y) = (graphA.Nodes[a], graphB.Nodes[b]);
        var differences = new List<string>();
        if (x.Operator != y.Operator) differences.Add("operator");
        if (x.Attributes.Key() != y.Attributes.Key()) differences.Add("attributes");
        if (!reportA.Output.Equals(reportB.Output)) differences.Add("output type");
        Value?[] readsA = Reads(graphA, x), readsB = Reads(graphB, y);
        if (!readsA.Where(v => v?.Constant is null).Select(v => v?.Name).SequenceEqual(readsB.Where(v => v?.Constant is null).Select(v => v?.Name))) differences.Add("inputs");
        EncodedTensor[] constantsA = Constants(readsA), constantsB = Constants(readsB);
        if (!constantsA.Select(c => c.Encoding).SequenceEqual(constantsB.Select(c => c.Encoding))) differences.Add("encoding");
        else if (constantsA.Zip(constantsB).Any(c => !AreSame(c.First, c.Second))) differences.Add("constants");
        return differences;
    }

    static Value?[] Reads(ModelGraph graph, Node node) => [.. node.Inputs.Select(i => i == Node.Absent ? null : graph.Values[i])];

    static EncodedTensor[] Constants(Value?[] reads) => [.. reads.Select(v => v?.Constant).OfType<EncodedTensor>()];

    static bool AreSame(EncodedTensor a, EncodedTensor b) =>
        a.Encoding == b.Encoding && a.Type.Equals(b.Type) && a.Attributes.Key() == b.Attributes.Key()
        && a.Parts.Length == b.Parts.Length && a.Parts.Zip(b.Parts).All(p => p.First.Name == p.Second.Name && p.First.Type.Equals(p.Second.Type) && p.First.Bytes.Span.SequenceEqual(p.Second.Bytes.Span))
        && a.Children.Length == b.Children.Length && a.Children.Zip(b.Children).All(c => AreSame(c.First, c.Second));

    /// <summary>The names of the fields by which two JSON objects differ; a missing object has no fields.</summary>
    static List<string> Fields(ReadOnlyMemory<byte> a, ReadOnlyMemory<byte> b)
    {
        var (fieldsA, fieldsB) = (Read(a), Read(b));
        return [.. fieldsA.Keys.Union(fieldsB.Keys).Where(k => fieldsA.GetValueOrDefault(k) != fieldsB.GetValueOrDefault(k))];

        static Dictionary<string, string> Read(ReadOnlyMemory<byte> json)
        {
            var fields = new Dictionary<string, string>(StringComparer.Ordinal);
            if (json.IsEmpty) return fields;
            try
            {
                using var document = JsonDocument.Parse(json);
                foreach (var field in document.RootElement.EnumerateObject()) fields[field.Name] = field.Value.GetRawText();
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException)
            {
                fields["(not a JSON object)"] = Convert.ToHexString(json.Span);
            }
            return fields;
        }
    }
}
