using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace EdgeQinn.Devices.Recordings.Matlab;

/// <summary>
/// Reader of MATLAB level 5 files ("MAT-File Format", MathWorks): real numeric arrays of either byte order, stored or compressed.
/// Cells, structures, characters, sparse and complex parts are passed over.
/// </summary>
public static class MatFile
{
    internal const int HeaderBytes = 128;
    const int MaxBytes = 1 << 30;
    const int MaxDimensions = 32;
    // A zlib stream can promise a thousand bytes for one. Real arrays stay far below 64.
    const long FreeBytes = 64L << 20;
    const long MaxRatio = 64;

    /// <summary>Reads all real numeric arrays of a file.</summary>
    /// <exception cref="RecordingException">Missing, not of level 5, cut short, or inconsistent.</exception>
    public static IReadOnlyList<MatArray> Load(string path) => Parse(RecordingFile.ReadAll(path, MaxBytes), path);

    /// <summary>Reads all real numeric arrays of a file's bytes.</summary>
    /// <exception cref="RecordingException">As for <see cref="Load"/>.</exception>
    public static IReadOnlyList<MatArray> Parse(ReadOnlySpan<byte> bytes, string file)
    {
        if (bytes.Length < HeaderBytes) throw new RecordingException(file, "is too short for a MATLAB level 5 file", bytes.Length);
        bool bigEndian = bytes[126] == 'M' && bytes[127] == 'I';
        if (!bigEndian && !(bytes[126] == 'I' && bytes[127] == 'M'))
            throw new RecordingException(file, "is no MATLAB level 5 file (save with -v6 or -v7; -v7.3 is HDF5)", 126);

        var arrays = new List<MatArray>();
        long budget = FreeBytes + MaxRatio * bytes.Length;
        var reader = new MatReader(bytes, file, HeaderBytes, 0, bigEndian);
        while (!reader.AtEnd)
        {
            MatElement element = reader.Next();
            if (element.Type == MatType.Matrix)
            {
                if (ReadMatrix(reader.Inside(element), file) is { } array) arrays.Add(array);
            }
            else if (element.Type == MatType.Compressed)
            {
                byte[] inflated = Inflate(reader.Payload(element), file, element.Position, budget);
                budget -= inflated.Length;
                // Positions inside a compressed element are given as the position of the element itself.
                var inner = new MatReader(inflated, file, 0, element.Position, bigEndian);
                if (!inner.AtEnd && inner.Next() is { Type: MatType.Matrix } matrix && ReadMatrix(inner.Inside(matrix), file) is { } array) arrays.Add(array);
            }
        }
        return arrays;
    }

    /// <summary>Reads flags, dimensions, name and real part; null for classes that are passed over.</summary>
    static MatArray? ReadMatrix(MatReader reader, string file)
    {
        if (reader.AtEnd) return null; // an empty placeholder
        MatElement flags = reader.Next();
        if (flags.Type != MatType.UInt32 || flags.Length < 8) throw new RecordingException(file, "an array starts without its flags", flags.Position);
        int kind = reader.ReadUInt32(flags, 0) is var word ? (int)(word & 0xFF) : 0;
        bool complex = (word & 0x800) != 0;
        if (kind is < 6 or > 15) return null; // 6 … 15 are the numeric classes, double to uint64

        MatElement shape = reader.Next();
        int rank = shape.Length / 4;
        if (shape.Type != MatType.Int32 || rank is < 2 or > MaxDimensions)
            throw new RecordingException(file, "the dimensions of an array are broken", shape.Position);
        int[] dimensions = new int[rank];
        long count = 1;
        for (int d = 0; d < rank; d++)
        {
            dimensions[d] = (int)reader.ReadUInt32(shape, 4 * d);
            if (dimensions[d] < 0 || (count *= dimensions[d]) > int.MaxValue)
                throw new RecordingException(file, "the dimensions of an array are out of range", shape.Position);
        }
        MatElement name = reader.Next();
        if (name.Type is not (MatType.Int8 or MatType.UInt8 or MatType.Utf8))
            throw new RecordingException(file, "an array's name is broken", name.Position);
        MatElement real = reader.Next();
        int size = real.Type.Size();
        if (size == 0 || real.Length != count * size)
            throw new RecordingException(file, $"an array of {count} elements has {real.Length} bytes of type {(int)real.Type}", real.Position);
        if (complex) return null;

        double[] values = new double[count];
        reader.ReadNumbers(real, values);
        return new(Encoding.UTF8.GetString(reader.Payload(name)), dimensions, values);
    }

    static byte[] Inflate(ReadOnlySpan<byte> deflated, string file, long position, long budget)
    {
        try
        {
            using var zlib = new ZLibStream(new MemoryStream(deflated.ToArray()), CompressionMode.Decompress);
            var inflated = new MemoryStream();
            byte[] buffer = new byte[1 << 16];
            for (int read; (read = zlib.Read(buffer)) > 0;)
            {
                if (inflated.Length + read > budget)
                    throw new RecordingException(file, "a compressed array is larger than this file's size allows", position);
                inflated.Write(buffer, 0, read);
            }
            return inflated.ToArray();
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            throw new RecordingException(file, $"a compressed array cannot be inflated: {e.Message}", position, e);
        }
    }
}
