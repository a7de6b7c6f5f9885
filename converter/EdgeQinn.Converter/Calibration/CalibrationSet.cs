using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Calibration;

/// <summary>Windows of real data for a network: what each input is given, the true labels where they are known, and the recording each comes from.</summary>
public sealed class CalibrationSet
{
    /// <summary>Fewer windows than this say nothing about a network's activations.</summary>
    public const int MinWindows = 32;

    /// <summary>Second moments of fewer windows are poor; a warning says so.</summary>
    public const int FewWindows = 256;

    readonly float[][] _inputs;

    /// <summary>A set over arrays [windows, elements], one per input.</summary>
    /// <param name="names">The inputs.</param>
    /// <param name="inputs">Their contents.</param>
    /// <param name="count">Windows.</param>
    /// <param name="labels">Index of each window's true label, −1 where it is not known.</param>
    /// <param name="groups">Index of each window's recording.</param>
    /// <param name="groupNames">The recordings' names; empty for windows that come from none.</param>
    /// <exception cref="EdgeQinnException">There are too few windows, or numbers that are none.</exception>
    public CalibrationSet(IReadOnlyList<string> names, float[][] inputs, int count, int[] labels, int[] groups, IReadOnlyList<string> groupNames)
    {
        (Names, _inputs, Count, Labels, Groups, GroupNames) = (names, inputs, count, labels, groups, groupNames);
        if (count < MinWindows) throw new EdgeQinnException($"{count} calibration windows are too few: give at least {MinWindows}, better {FewWindows} and more");
        for (int i = 0; i < names.Count; i++)
        {
            int size = inputs[i].Length / count, bad = Array.FindIndex(inputs[i], v => !float.IsFinite(v));
            if (bad >= 0) throw new EdgeQinnException($"calibration input '{names[i]}' holds {inputs[i][bad]} in window {bad / size}, element {bad % size}: leave such windows out");
        }
        Warnings = [.. Warn()];
    }

    /// <summary>The network's inputs.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The number of windows.</summary>
    public int Count { get; }

    /// <summary>Index of each window's true label, −1 where it is not known.</summary>
    public IReadOnlyList<int> Labels { get; }

    /// <summary>Index of each window's recording.</summary>
    public IReadOnlyList<int> Groups { get; }

    /// <summary>The recordings' names; empty where windows come as arrays.</summary>
    public IReadOnlyList<string> GroupNames { get; }

    /// <summary>What makes the set poor though usable.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>Whether any window's truth is known.</summary>
    public bool HasLabels => Labels.Any(l => l >= 0);

    /// <summary>What input number <paramref name="input"/> is given in a window.</summary>
    public ReadOnlySpan<float> Window(int input, int window)
    {
        int size = _inputs[input].Length / Count;
        return _inputs[input].AsSpan(window * size, size);
    }

    /// <summary>SHA-256 over names, contents and labels: the same windows have the same hash wherever they were read from.</summary>
    public string Hash()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (int i = 0; i < Names.Count; i++)
        {
            hash.AppendData(Encoding.UTF8.GetBytes($"{Names[i]}\0{Count}\0"));
            hash.AppendData(MemoryMarshal.AsBytes(_inputs[i].AsSpan()));
        }
        hash.AppendData(MemoryMarshal.AsBytes(Labels.ToArray().AsSpan()));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    IEnumerable<string> Warn()
    {
        if (Count < FewWindows) yield return $"{Count} calibration windows are few; {FewWindows} and more make better second moments";
        for (int i = 0; i < Names.Count; i++)
        {
            int size = _inputs[i].Length / Count;
            int[] constant = [.. Enumerable.Range(0, size).Where(e => IsConstant(i, e, size))];
            if (constant.Length > 0)
                yield return $"calibration input '{Names[i]}': {(constant.Length == size ? "every element is" : $"{constant.Length} of {size} elements are")} the same in all windows (first: element {constant[0]}); weights that read them are fitted to that constant";
        }
    }

    bool IsConstant(int input, int element, int size)
    {
        for (int w = 1; w < Count; w++)
            if (!_inputs[input][w * size + element].Equals(_inputs[input][element])) return false;
        return true;
    }
}
