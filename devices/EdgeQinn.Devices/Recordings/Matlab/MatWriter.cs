using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace EdgeQinn.Devices.Recordings.Matlab;

/// <summary>Writes MATLAB level 5 files of double arrays, little-endian.</summary>
public static class MatWriter
{
    const int DoubleClass = 6;

    /// <summary>Writes arrays to a file.</summary>
    public static void Save(string path, IEnumerable<MatArray> arrays, bool compress = false)
    {
        using FileStream stream = File.Create(path);
        Write(stream, arrays, compress);
    }

    /// <summary>Writes header and arrays to a stream.</summary>
    public static void Write(Stream stream, IEnumerable<MatArray> arrays, bool compress = false)
    {
        byte[] header = new byte[MatFile.HeaderBytes];
        header.AsSpan(0, 116).Fill((byte)' ');
        Encoding.ASCII.GetBytes("MATLAB 5.0 MAT-file, written by EdgeQinn", header);
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(124), 0x0100);
        header[126] = (byte)'I';
        header[127] = (byte)'M';
        stream.Write(header);
        foreach (MatArray array in arrays)
        {
            byte[] matrix = Matrix(array);
            if (compress)
            {
                var deflated = new MemoryStream();
                using (var zlib = new ZLibStream(deflated, CompressionLevel.Optimal, leaveOpen: true)) zlib.Write(matrix);
                WriteTag(stream, MatType.Compressed, (int)deflated.Length);
                deflated.WriteTo(stream);
            }
            else
            {
                stream.Write(matrix);
            }
        }
    }

    static byte[] Matrix(MatArray array)
    {
        var body = new MemoryStream();
        WriteElement(body, MatType.UInt32, [DoubleClass, 0, 0, 0, 0, 0, 0, 0]);
        byte[] dimensions = new byte[4 * array.Dimensions.Count];
        for (int d = 0; d < array.Dimensions.Count; d++) BinaryPrimitives.WriteInt32LittleEndian(dimensions.AsSpan(4 * d), array.Dimensions[d]);
        WriteElement(body, MatType.Int32, dimensions);
        WriteElement(body, MatType.Int8, Encoding.ASCII.GetBytes(array.Name));
        byte[] values = new byte[8 * array.Values.Length];
        for (int i = 0; i < array.Values.Length; i++) BinaryPrimitives.WriteDoubleLittleEndian(values.AsSpan(8 * i), array.Values[i]);
        WriteElement(body, MatType.Double, values);

        var matrix = new MemoryStream();
        WriteElement(matrix, MatType.Matrix, body.ToArray());
        return matrix.ToArray();
    }

    static void WriteElement(Stream stream, MatType type, ReadOnlySpan<byte> payload)
    {
        WriteTag(stream, type, payload.Length);
        stream.Write(payload);
        for (int i = payload.Length; i % 8 != 0; i++) stream.WriteByte(0);
    }

    static void WriteTag(Stream stream, MatType type, int length)
    {
        Span<byte> tag = stackalloc byte[8];
        BinaryPrimitives.WriteInt32LittleEndian(tag, (int)type);
        BinaryPrimitives.WriteInt32LittleEndian(tag[4..], length);
        stream.Write(tag);
    }
}
