using System.IO.Compression;

namespace EdgeQinn.Runtime.Format;

/// <summary>NumPy's .npz: a ZIP archive of .npy arrays, stored or deflated.</summary>
public sealed class NpzFile
{
    // Deflate can promise a thousand bytes for one. Real arrays stay far below 64.
    const long FreeBytes = 64L << 20;
    const long MaxRatio = 64;
    const string Suffix = ".npy";

    readonly Dictionary<string, NpyArray> _arrays;
    readonly string _file;

    NpzFile(string file, Dictionary<string, NpyArray> arrays)
    {
        _file = file;
        _arrays = arrays;
    }

    /// <summary>Names of the arrays, in the archive's order.</summary>
    public IReadOnlyCollection<string> Names => _arrays.Keys;

    /// <summary>The array of that name.</summary>
    /// <exception cref="FileFormatException">There is none; the message lists those there are.</exception>
    public NpyArray this[string name] => Find(name)
        ?? throw new FileFormatException(_file, 0, $"no array named '{name}'; there are: {string.Join(", ", _arrays.Keys)}");

    /// <summary>The array of that name, or null.</summary>
    public NpyArray? Find(string name) => _arrays.GetValueOrDefault(name);

    /// <summary>Reads a .npz file.</summary>
    /// <exception cref="FileFormatException">Not an archive, a broken member, or arrays beyond 64 MiB and 64 times the file's size.</exception>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    public static NpzFile Load(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return Read(stream, path);
    }

    /// <summary>Reads an archive from a seekable stream.</summary>
    /// <exception cref="FileFormatException">As for <see cref="Load"/>.</exception>
    public static NpzFile Read(Stream stream, string file)
    {
        try
        {
            long budget = FreeBytes + MaxRatio * stream.Length;
            var arrays = new Dictionary<string, NpyArray>();
            using var archive = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);
            foreach (ZipArchiveEntry entry in archive.Entries)
            {
                if (!entry.FullName.EndsWith(Suffix, StringComparison.Ordinal)) continue;
                string name = entry.FullName[..^Suffix.Length];
                using Stream member = entry.Open();
                NpyArray array = NpyArray.Read(member, $"{file}[{name}]", budget);
                budget -= array.Bytes.Length;
                if (!arrays.TryAdd(name, array)) throw new FileFormatException(file, 0, $"two arrays are named '{name}'");
            }
            return new(file, arrays);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or NotSupportedException or ArgumentException or OverflowException)
        {
            throw new FileFormatException(file, stream.CanSeek ? stream.Position : 0, $"not a readable .npz archive: {e.Message}", e);
        }
    }

    /// <summary>Writes arrays as a .npz file.</summary>
    public static void Save(string path, IEnumerable<KeyValuePair<string, NpyArray>> arrays, bool compress = true)
    {
        using FileStream stream = File.Create(path);
        Write(stream, arrays, compress);
    }

    /// <summary>Writes arrays as a ZIP archive.</summary>
    public static void Write(Stream stream, IEnumerable<KeyValuePair<string, NpyArray>> arrays, bool compress = true)
    {
        using var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
        foreach ((string name, NpyArray array) in arrays)
        {
            using Stream member = archive.CreateEntry(name + Suffix, compress ? CompressionLevel.Optimal : CompressionLevel.NoCompression).Open();
            array.WriteTo(member);
        }
    }
}
