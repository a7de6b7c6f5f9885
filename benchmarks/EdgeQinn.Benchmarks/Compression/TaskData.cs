using System.Runtime.InteropServices;
using System.Security.Cryptography;
using EdgeQinn.Converter.Calibration;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Benchmarks.Compression;

/// <summary>A task's windows: those that compression and training may use, and those of the test.</summary>
sealed record TaskData(CalibrationSet Training, CalibrationSet Test)
{
    const int MostWindows = 200_000;

    /// <summary>Reads both, and checks that they have nothing in common.</summary>
    /// <param name="task">Whose.</param>
    /// <param name="folder">Where recordings lie.</param>
    public static TaskData Read(ReferenceTask task, string folder)
    {
        CheckSources(task.Training, task.Test);
        var contract = task.ReadContract();
        var data = new TaskData(Read(task.Training), Read(task.Test));
        CheckWindows(data.Training, data.Test);
        return data;

        CalibrationSet Read(IReadOnlyList<string> sources) =>
            CalibrationRecordings.Read([.. sources.Select(s => s.Replace(":", $":{folder}/", StringComparison.Ordinal))], contract, MostWindows);
    }

    /// <summary>The windows of <paramref name="set"/> that <paramref name="seed"/> draws.</summary>
    public static CalibrationSet Draw(CalibrationSet set, double share, int seed)
    {
        var random = new Random(seed);
        int[] all = [.. Enumerable.Range(0, set.Count)];
        random.Shuffle(all);
        int[] drawn = [.. all.Take((int)Math.Round(share * set.Count)).Order()];
        float[][] inputs = [.. set.Names.Select((_, i) =>
        {
            int size = set.Window(i, 0).Length;
            var data = new float[drawn.Length * size];
            for (int w = 0; w < drawn.Length; w++) set.Window(i, drawn[w]).CopyTo(data.AsSpan(w * size));
            return data;
        })];
        return new CalibrationSet(set.Names, inputs, drawn.Length, [.. drawn.Select(w => set.Labels[w])], [.. drawn.Select(w => set.Groups[w])], set.GroupNames);
    }

    /// <summary>Refuses recordings, or parts of them, that are in both lists.</summary>
    /// <exception cref="EdgeQinnException">One is.</exception>
    internal static void CheckSources(IEnumerable<string> training, IEnumerable<string> test)
    {
        var trained = training.Select(Part).ToList();
        foreach (string source in test)
        {
            var (file, from, to) = Part(source);
            if (trained.Exists(t => t.File == file && t.From < to && from < t.To)) throw new EdgeQinnException($"'{source}' is tested on, and trained on too");
        }
    }

    /// <summary>Refuses windows that are in both sets, whatever recording they come from.</summary>
    /// <exception cref="EdgeQinnException">One is.</exception>
    internal static void CheckWindows(CalibrationSet training, CalibrationSet test)
    {
        var trained = Enumerable.Range(0, training.Count).Select(w => Hash(training, w)).ToHashSet();
        for (int w = 0; w < test.Count; w++)
            if (trained.Contains(Hash(test, w))) throw new EdgeQinnException($"window {w} of the test ({test.GroupNames[test.Groups[w]]}) is among the windows trained on");
    }

    /// <summary>A source's file and the part of it that is read, in percent.</summary>
    static (string File, double From, double To) Part(string source)
    {
        string[] halves = source.Split('?', 2);
        double from = 0, to = 100;
        foreach (string option in halves.Length == 1 ? [] : halves[1].Split('&'))
        {
            if (option.StartsWith("from=", StringComparison.Ordinal)) from = Percent(option[5..]);
            if (option.StartsWith("to=", StringComparison.Ordinal)) to = Percent(option[3..]);
        }
        return (halves[0], from, to);

        double Percent(string text) => text.EndsWith('%') ? double.Parse(text[..^1], System.Globalization.CultureInfo.InvariantCulture)
            : throw new EdgeQinnException($"'{source}': parts are compared in percent");
    }

    static Guid Hash(CalibrationSet set, int window)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (int i = 0; i < set.Names.Count; i++) hash.AppendData(MemoryMarshal.AsBytes(set.Window(i, window)));
        return new Guid(hash.GetHashAndReset().AsSpan(0, 16));
    }
}
