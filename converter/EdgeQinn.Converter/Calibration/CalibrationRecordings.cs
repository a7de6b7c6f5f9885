using EdgeQinn.Devices.Signals.Windows;
using EdgeQinn.Devices.Sources;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Calibration;

/// <summary>
/// Cuts calibration windows from recordings by the signal contract: the same code that feeds the network on the board, so that calibration
/// sees what the network will see. Beats are the annotated ones where a recording has annotations, else detected.
/// </summary>
public static class CalibrationRecordings
{
    const int BlockSamples = 4096;

    /// <summary>Reads all windows of <paramref name="sources"/>.</summary>
    /// <param name="sources">As <c>wfdb:…</c>, <c>mat:…</c>; <c>hop=N</c> among a source's options takes its windows every N samples.</param>
    /// <param name="contract">The network's contract.</param>
    /// <param name="maxWindows">Where to stop.</param>
    /// <param name="progress">Told each source's name and windows.</param>
    /// <exception cref="EdgeQinnException">A source is broken, or does not fit the contract.</exception>
    public static CalibrationSet Read(IReadOnlyList<string> sources, SignalContract contract, int maxWindows, Action<string, int>? progress = null)
    {
        var names = contract.Inputs.Select(i => i.Name).ToArray();
        var data = names.Select(_ => new List<float>()).ToArray();
        var labels = new List<int>();
        var groups = new List<int>();
        var groupNames = new List<string>();
        foreach (string text in sources)
        {
            var (own, hop) = SplitHop(text);
            using var source = AssumedRateSource.Wrap(SourceCatalog.Open(own), contract.SampleRate);
            var trigger = source.Info.IsAnnotated ? BeatTrigger.Annotations : BeatTrigger.Qrs;
            var windower = Windower.Create(contract, source.Info, trigger, hop);
            var block = new SampleBlock(source.Info.Channels.Count, BlockSamples);
            int before = labels.Count;
            bool more = true;
            while (more && labels.Count < maxWindows)
            {
                more = source.Read(block);
                if (more) windower.Accept(block);
                else windower.Finish();
                while (windower.TryRead(out var window))
                {
                    if (labels.Count >= maxWindows) continue;
                    for (int i = 0; i < names.Length; i++) data[i].AddRange(window!.Inputs[i].Values);
                    labels.Add(window!.Label);
                    groups.Add(groupNames.Count);
                }
            }
            groupNames.Add(source.Info.Name);
            progress?.Invoke(source.Info.Name, labels.Count - before);
        }
        return new CalibrationSet(names, [.. data.Select(d => d.ToArray())], labels.Count, [.. labels], [.. groups], groupNames);
    }

    /// <summary>A source's own string, and its <c>hop</c>, which is ours.</summary>
    static (string Source, int? Hop) SplitHop(string text)
    {
        int question = text.LastIndexOf('?');
        if (question < 0) return (text, null);
        var options = text[(question + 1)..].Split('&').ToList();
        string? own = options.Find(o => o.StartsWith("hop=", StringComparison.Ordinal));
        if (own is null) return (text, null);
        if (!int.TryParse(own.AsSpan(4), out int hop) || hop < 1) throw new EdgeQinnException($"'{text}': hop must be a number of samples, not '{own[4..]}'");
        options.Remove(own);
        return (text[..question] + (options.Count > 0 ? $"?{string.Join('&', options)}" : ""), hop);
    }
}
