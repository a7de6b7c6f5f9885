using EdgeQinn.Devices.Sources;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Devices.Recordings;

/// <summary>Streams a NumPy array: shape (time) or (time, channels). The format knows no sample rate and no units; the caller says them.</summary>
public static class NpySource
{
    const int MaxChannels = 1024;

    /// <summary>Opens a <c>.npy</c> file, or one array of a <c>.npz</c> file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="array">The array's name inside a <c>.npz</c>; may be null where there is only one.</param>
    /// <param name="sampleRate">Samples per second, or NaN where unknown.</param>
    /// <param name="unit">Physical unit of the values.</param>
    /// <param name="part">The part to deliver, or null for everything.</param>
    /// <exception cref="RecordingException">Missing, or not of one or two dimensions.</exception>
    /// <exception cref="FileFormatException">Broken.</exception>
    public static ArraySource Open(string path, string? array, double sampleRate, string unit = "", SourcePart? part = null)
    {
        NpyArray values = Load(path, array);
        int[] shape = values.Shape.ToArray();
        if (shape.Length is not (1 or 2) || values.Length == 0 || shape.Length == 2 && shape[1] > MaxChannels)
            throw new RecordingException(path, $"an array of shape ({string.Join(", ", shape)}) is no signal: (time) or (time, up to {MaxChannels} channels) is");

        int channels = shape.Length == 2 ? shape[1] : 1;
        float[] interleaved = values.ToSingles();
        float[][] samples = new float[channels][];
        for (int c = 0; c < channels; c++)
        {
            samples[c] = new float[shape[0]];
            for (int t = 0; t < shape[0]; t++) samples[c][t] = interleaved[t * channels + c];
        }
        string name = array ?? Path.GetFileNameWithoutExtension(path);
        var info = new SourceInfo(name, sampleRate, [.. Enumerable.Range(0, channels).Select(c => new Channel(channels == 1 ? name : $"{name}{c}", unit))]);
        return new(info, samples, part: part);
    }

    static NpyArray Load(string path, string? array)
    {
        using FileStream stream = RecordingFile.Open(path);
        if (!path.EndsWith(".npz", StringComparison.OrdinalIgnoreCase)) return NpyArray.Read(stream, path, stream.Length);
        NpzFile npz = NpzFile.Read(stream, path);
        if (array is null && npz.Names.Count != 1)
            throw new RecordingException(path, $"holds {npz.Names.Count} arrays; write npy:{path}#NAME with one of {string.Join(", ", npz.Names)}");
        return npz[array ?? npz.Names.First()];
    }
}
