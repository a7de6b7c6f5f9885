using System.Globalization;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Onnx;

/// <summary>
/// Tensor contents kept beside the model (onnx/docs/ExternalData.md). Only files inside the model's own folder are read: a path that
/// leads out, directly or through a link, would let a model read any file of whoever converts it.
/// </summary>
static class ExternalData
{
    /// <summary>Reads the bytes of one tensor.</summary>
    /// <exception cref="FileFormatException">The location leads out of the folder, or the file lacks the bytes.</exception>
    public static byte[] Read(string model, string tensor, IReadOnlyDictionary<string, string> entries, long bytes)
    {
        if (!entries.TryGetValue("location", out string? location) || location.Length == 0) throw Fail(model, tensor, "names no location");
        string folder = Path.GetFullPath(Path.GetDirectoryName(Path.GetFullPath(model))!);
        string path;
        try
        {
            path = Resolve(folder, location);
        }
        catch (Exception e) when (e is ArgumentException or IOException or UnauthorizedAccessException)
        {
            throw Fail(model, tensor, $"has location '{location}', which cannot be opened: {e.Message}");
        }
        if (!IsInside(folder, path)) throw Fail(model, tensor, $"has location '{location}', which leads out of the model's folder");

        long offset = Number(entries, "offset", 0), length = Number(entries, "length", bytes);
        if (length != bytes) throw Fail(model, tensor, $"needs {bytes} bytes but its external data claims {length}");
        try
        {
            using var stream = File.OpenRead(path);
            if (offset < 0 || offset > stream.Length - bytes)
                throw Fail(model, tensor, $"needs bytes {offset} to {offset + bytes} of '{location}', which has {stream.Length}");
            byte[] data = new byte[bytes];
            stream.Position = offset;
            stream.ReadExactly(data);
            return data;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Fail(model, tensor, $"keeps its data in '{location}', which cannot be read: {e.Message}");
        }

        long Number(IReadOnlyDictionary<string, string> from, string key, long otherwise) =>
            !from.TryGetValue(key, out string? text) || text.Length == 0 ? otherwise
            : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number
            : throw Fail(model, tensor, $"has {key} '{text}', which is no number");
    }

    /// <summary>The real path: each component that is a link is followed.</summary>
    static string Resolve(string folder, string location)
    {
        if (Path.IsPathRooted(location)) return Path.GetFullPath(location);
        string path = folder;
        foreach (string part in location.Split('/', '\\'))
        {
            path = Path.GetFullPath(Path.Combine(path, part));
            FileSystemInfo info = Directory.Exists(path) ? new DirectoryInfo(path) : new FileInfo(path);
            if (info.LinkTarget is not null) path = info.ResolveLinkTarget(returnFinalTarget: true)!.FullName;
            if (!IsInside(folder, path) && path != folder) return path;
        }
        return path;
    }

    static bool IsInside(string folder, string path) => path.StartsWith(Path.TrimEndingDirectorySeparator(folder) + Path.DirectorySeparatorChar, StringComparison.Ordinal);

    static FileFormatException Fail(string model, string tensor, string reason) => new(model, 0, $"tensor '{tensor}' {reason}");
}
