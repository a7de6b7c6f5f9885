using System.Text;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Testing;
using Xunit;

namespace EdgeQinn.Runtime.Tests.Format;

public sealed class NpyTests
{
    /// <summary>Version 1.0 file as NumPy writes it, built by hand so that the reader is not checked against our writer only.</summary>
    static byte[] File(string header, byte[] elements, byte major = 1)
    {
        byte[] text = Encoding.Latin1.GetBytes(header + "\n");
        byte[] length = major == 1 ? BitConverter.GetBytes((ushort)text.Length) : BitConverter.GetBytes((uint)text.Length);
        return [0x93, .. "NUMPY"u8, major, 0, .. length, .. text, .. elements];
    }

    static NpyArray Read(byte[] file) => NpyArray.Read(new MemoryStream(file), "test.npy", file.Length);

    static byte[] BigEndian<T>(T[] values, Func<T, byte[]> bytes) => [.. values.SelectMany(v => bytes(v).Reverse())];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Reads_every_header_version(byte major)
    {
        NpyArray a = Read(File("{'descr': '<i2', 'fortran_order': False, 'shape': (2,), }", [1, 0, 255, 255], major));
        Assert.Equal([2], a.Shape.ToArray());
        Assert.Equal([1L, -1L], a.ToInt64s());
    }

    [Fact]
    public void Fortran_order_becomes_row_major()
    {
        // a[i,j,k] = 100 i + 10 j + k, first index fastest in the file.
        var elements = new List<byte>();
        for (int k = 0; k < 4; k++)
            for (int j = 0; j < 3; j++)
                for (int i = 0; i < 2; i++)
                    elements.AddRange(BitConverter.GetBytes(100 * i + 10 * j + k));
        NpyArray a = Read(File("{\"shape\":(2, 3, 4),'fortran_order':True,'descr':'<i4'}", [.. elements]));
        Assert.Equal([0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23, 100, 101, 102, 103, 110, 111, 112, 113, 120, 121, 122, 123], a.ToInt64s());
    }

    [Fact]
    public void Big_endian_elements_are_swapped()
    {
        Assert.Equal([1.5, -2.25], Read(File("{'descr': '>f8', 'fortran_order': False, 'shape': (2,), }", BigEndian([1.5, -2.25], BitConverter.GetBytes))).ToDoubles());
        Assert.Equal([1.5f, -2.25f], Read(File("{'descr': '>f4', 'fortran_order': False, 'shape': (2,), }", BigEndian([1.5f, -2.25f], BitConverter.GetBytes))).ToSingles());
        Assert.Equal([-2, 300], Read(File("{'descr': '>i2', 'fortran_order': False, 'shape': (2,), }", BigEndian<short>([-2, 300], BitConverter.GetBytes))).ToInt64s());
    }

    [Fact]
    public void Every_type_survives_a_round_trip()
    {
        static void Check<T>(T[] values, double[] expected) where T : unmanaged
        {
            var stream = new MemoryStream();
            NpyArray.Create<T>(values, values.Length, 1).WriteTo(stream);
            NpyArray a = Read(stream.ToArray());
            Assert.Equal([values.Length, 1], a.Shape.ToArray());
            Assert.Equal(expected, a.ToDoubles());
        }
        Check<bool>([true, false], [1, 0]);
        Check<sbyte>([-128, 127], [-128, 127]);
        Check<short>([short.MinValue, 5], [short.MinValue, 5]);
        Check<int>([int.MinValue, 5], [int.MinValue, 5]);
        Check<long>([-(1L << 52), 5], [-(1L << 52), 5]);
        Check<byte>([0, 255], [0, 255]);
        Check<ushort>([0, 65535], [0, 65535]);
        Check<uint>([0, uint.MaxValue], [0, uint.MaxValue]);
        Check<ulong>([0, 1UL << 63], [0, 1UL << 63]);
        Check<Half>([(Half)0.5f, (Half)(-2)], [0.5, -2]);
        Check<float>([0.1f, float.NegativeInfinity], [0.1f, double.NegativeInfinity]);
        Check<double>([0.1, double.NaN], [0.1, double.NaN]);
    }

    [Fact]
    public void Scalars_and_empty_arrays_have_a_shape()
    {
        NpyArray scalar = Read(File("{'descr': '|u1', 'fortran_order': False, 'shape': (), }", [7]));
        Assert.Equal(0, scalar.Shape.Length);
        Assert.Equal([7L], scalar.ToInt64s());
        NpyArray empty = Read(File("{'descr': '<f8', 'fortran_order': True, 'shape': (3, 0), }", []));
        Assert.Equal([3, 0], empty.Shape.ToArray());
        Assert.Empty(empty.ToDoubles());
    }

    [Theory]
    [InlineData("{'descr': '<c16', 'fortran_order': False, 'shape': (1,), }", "element type")]
    [InlineData("{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }", "promises 24 bytes")]
    [InlineData("{'descr': '<f8', 'fortran_order': False, 'shape': (2147483647, 2147483647, 2147483647, 8), }", "larger than 2 GB")]
    [InlineData("{'descr': '<f8', 'fortran_order': False, 'shape': (-1,), }", "dimension expected")]
    [InlineData("{'descr': '<f8', 'fortran_order': Maybe, 'shape': (1,), }", "True or False")]
    [InlineData("{'descr': '<f8', 'fortran_order': False, }", "must hold")]
    [InlineData("{'descr': '<f8, ", "does not end")]
    [InlineData("{'descr': '', 'fortran_order': False, 'shape': (1,), }", "element type")]
    public void Wrong_headers_are_refused_with_file_and_reason(string header, string reason)
    {
        var e = Assert.Throws<FileFormatException>(() => Read(File(header, new byte[8])));
        Assert.StartsWith("test.npy: ", e.Message);
        Assert.Contains(reason, e.Message);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Archives_round_trip(bool compress)
    {
        var stream = new MemoryStream();
        NpzFile.Write(stream, new Dictionary<string, NpyArray>
        {
            ["waveform"] = NpyArray.Create<float>([1, 2, 3, 4, 5, 6], 2, 3),
            ["label"] = NpyArray.Create<long>([9]),
        }, compress);
        stream.Position = 0;
        NpzFile npz = NpzFile.Read(stream, "test.npz");
        Assert.Equal(["waveform", "label"], npz.Names);
        Assert.Equal([2, 3], npz["waveform"].Shape.ToArray());
        Assert.Equal([1f, 2, 3, 4, 5, 6], npz["waveform"].ToSingles());
        Assert.Null(npz.Find("rr"));
        Assert.Contains("there are: waveform, label", Assert.Throws<FileFormatException>(() => npz["rr"]).Message);
    }

    [Fact]
    public void A_deflate_bomb_is_refused_before_it_fills_memory()
    {
        var stream = new MemoryStream();
        NpzFile.Write(stream, new Dictionary<string, NpyArray> { ["zeros"] = NpyArray.Create<byte>(new byte[200 << 20]) });
        stream.Position = 0;
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains("promises", Assert.Throws<FileFormatException>(() => NpzFile.Read(stream, "bomb.npz")).Message);
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 10 << 20);
    }

    [Fact]
    public void Mutated_and_truncated_files_throw_nothing_else()
    {
        var stream = new MemoryStream();
        NpzFile.Write(stream, new Dictionary<string, NpyArray> { ["a"] = NpyArray.Create<float>([1, 2, 3, 4], 2, 2), ["b"] = NpyArray.Create<long>([9]) });
        byte[] npz = stream.ToArray();
        byte[] npy = File("{'descr': '>f4', 'fortran_order': True, 'shape': (2, 2), }", new byte[16]);
        var random = new Random(1);
        for (int i = 0; i < 20_000; i++)
        {
            Try(() => Read(Mutate(npy, random)));
            Try(() => NpzFile.Read(new MemoryStream(Mutate(npz, random)), "test.npz"));
        }

        static void Try(Action read)
        {
            try
            {
                read();
            }
            catch (FileFormatException)
            {
                return;
            }
        }
    }

    static byte[] Mutate(byte[] original, Random random)
    {
        byte[] bytes = original[..random.Next(random.Next(4) == 0 ? original.Length : original.Length + 1)];
        if (random.Next(4) != 0) bytes = [.. original];
        for (int n = random.Next(1, 5); n > 0 && bytes.Length > 0; n--) bytes[random.Next(bytes.Length)] = random.Next(3) == 0 ? (byte)255 : (byte)random.Next(256);
        return bytes;
    }

    [SharedFact]
    public void Reads_what_numpy_wrote()
    {
        NpzFile npz = NpzFile.Load(SharedData.Path("models/ecg-beat-cnn/reference.npz"));
        Assert.Equal([80, 1, 256], npz["waveform"].Shape.ToArray());
        float[] beat = npz["waveform"].ToSingles()[..256];
        Assert.Equal(0, beat.Average(), 5); // zero mean, unit deviation by construction
        Assert.Equal(1, Math.Sqrt(beat.Average(v => (double)v * v)), 4);
        Assert.All(npz["label"].ToInt64s(), label => Assert.InRange(label, 0, 4));
    }
}
