using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Streaming;

/// <summary>The checksums and sizes of a network's graph and weights sections; equal graphs have equal ones, in a file or not.</summary>
sealed record ModelIdentity(uint GraphCrc, uint WeightsCrc, int GraphLength, int WeightsLength)
{
    public static ModelIdentity Of(ModelGraph graph, EqnFile? file)
    {
        if (file is not null) return Of(file.Sections);
        using var written = EqnFile.Parse(EqnWriter.ToArray(new EqnContents(graph)), "");
        return Of(written.Sections);
    }

    static ModelIdentity Of(IReadOnlyList<EqnSection> sections)
    {
        var (graph, weights) = (Find(sections, EqnLayout.Graph), Find(sections, EqnLayout.Weights));
        return new(graph?.Crc ?? 0, weights?.Crc ?? 0, graph?.Length ?? 0, weights?.Length ?? 0);
    }

    static EqnSection? Find(IReadOnlyList<EqnSection> sections, string id) => sections.FirstOrDefault(s => s.Id == id);
}
