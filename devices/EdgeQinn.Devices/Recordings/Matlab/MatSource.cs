using EdgeQinn.Devices.Sources;

namespace EdgeQinn.Devices.Recordings.Matlab;

/// <summary>Streams vectors of a MATLAB file. The format knows no sample rate and no units; the caller says them.</summary>
public static class MatSource
{
    /// <summary>Opens a file; its channels are the chosen variable, or all vectors as long as the longest one.</summary>
    /// <param name="path">The file.</param>
    /// <param name="variable">A variable's name or the end of it, such as <c>_DE_time</c>; null for all.</param>
    /// <param name="sampleRate">Samples per second, or NaN where unknown.</param>
    /// <param name="unit">Physical unit of the values.</param>
    /// <param name="part">The part to deliver, or null for everything.</param>
    /// <exception cref="RecordingException">Missing, broken, or without such a variable.</exception>
    public static ArraySource Open(string path, string? variable, double sampleRate, string unit = "", SourcePart? part = null)
    {
        MatArray[] vectors = [.. MatFile.Load(path).Where(a => a.IsVector && a.Values.Length > 0)];
        if (vectors.Length == 0) throw new RecordingException(path, "holds no numeric vector");
        MatArray[] chosen;
        if (variable is null)
        {
            int longest = vectors.Max(a => a.Values.Length);
            chosen = [.. vectors.Where(a => a.Values.Length == longest)];
        }
        else
        {
            MatArray? exact = vectors.FirstOrDefault(a => a.Name == variable) ?? vectors.FirstOrDefault(a => a.Name.EndsWith(variable, StringComparison.Ordinal));
            chosen = exact is not null ? [exact]
                : throw new RecordingException(path, $"has no vector named or ending in '{variable}'; there are {string.Join(", ", vectors.Select(a => a.Name))}");
        }
        var info = new SourceInfo(Path.GetFileNameWithoutExtension(path), sampleRate, [.. chosen.Select(a => new Channel(a.Name, unit))]);
        return new(info, [.. chosen.Select(a => Array.ConvertAll(a.Values, v => (float)v))], part: part);
    }
}
