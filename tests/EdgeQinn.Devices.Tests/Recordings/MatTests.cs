using System.Buffers.Binary;
using EdgeQinn.Devices.Recordings;
using EdgeQinn.Devices.Recordings.Matlab;
using EdgeQinn.Testing;
using Xunit;

namespace EdgeQinn.Devices.Tests.Recordings;

public sealed class MatTests
{
    static byte[] Written(bool compress, params MatArray[] arrays)
    {
        var stream = new MemoryStream();
        MatWriter.Write(stream, arrays, compress);
        return stream.ToArray();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_is_written_is_read_back(bool compress)
    {
        MatArray[] arrays = [new("X097_DE_time", [3, 1], [0.5, -1.25, 1e-300]), new("rpm", [1, 1], [1796]), new("m", [2, 2], [1, 2, 3, 4])];
        IReadOnlyList<MatArray> read = MatFile.Parse(Written(compress, arrays), "t.mat");
        Assert.Equal(arrays.Select(a => a.Name), read.Select(a => a.Name));
        for (int i = 0; i < arrays.Length; i++)
        {
            Assert.Equal(arrays[i].Dimensions, read[i].Dimensions);
            Assert.Equal(arrays[i].Values, read[i].Values);
        }
        Assert.Equal([true, true, false], read.Select(a => a.IsVector));
    }

    /// <summary>MATLAB stores whole-numbered doubles in the smallest type that holds them, four bytes or fewer inside the tag.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Small_elements_integer_storage_and_both_byte_orders_are_read(bool bigEndian)
    {
        var body = new List<byte>();
        void Word(uint value)
        {
            byte[] b = new byte[4];
            if (bigEndian) BinaryPrimitives.WriteUInt32BigEndian(b, value);
            else BinaryPrimitives.WriteUInt32LittleEndian(b, value);
            body.AddRange(b);
        }
        void Short(short value)
        {
            byte[] b = new byte[2];
            if (bigEndian) BinaryPrimitives.WriteInt16BigEndian(b, value);
            else BinaryPrimitives.WriteInt16LittleEndian(b, value);
            body.AddRange(b);
        }
        Word(6); Word(8); Word(6); Word(0);             // flags: class double
        Word(5); Word(8); Word(2); Word(1);             // 2 × 1
        Word(2 << 16 | 1); body.AddRange("ab\0\0"u8);   // small element: name
        Word(4 << 16 | 3); Short(-7); Short(300);       // small element: two int16
        byte[] matrix = [.. body];
        body.Clear();
        Word(14); Word((uint)matrix.Length);
        byte[] file = [.. new byte[124], .. bigEndian ? "\x01\0MI"u8 : "\0\x01IM"u8, .. body, .. matrix];

        MatArray array = Assert.Single(MatFile.Parse(file, "t.mat"));
        Assert.Equal("ab", array.Name);
        Assert.Equal([-7.0, 300.0], array.Values);
    }

    [Fact]
    public void Other_files_and_broken_ones_say_what_they_are()
    {
        Assert.Contains("too short", Assert.Throws<RecordingException>(() => MatFile.Parse(new byte[5], "t.mat")).Message);
        Assert.Contains("-v7.3 is HDF5", Assert.Throws<RecordingException>(() => MatFile.Parse(new byte[500], "t.mat")).Message);
        byte[] cut = Written(false, new MatArray("a", [9, 1], new double[9]))[..^20];
        var e = Assert.Throws<RecordingException>(() => MatFile.Parse(cut, "t.mat"));
        Assert.StartsWith("t.mat: byte 128: a data element claims", e.Message);
    }

    [Fact]
    public void Hostile_files_throw_nothing_else_and_take_little_memory()
    {
        foreach (bool compress in new[] { false, true })
        {
            byte[] original = Written(compress, new MatArray("a", [9, 1], new double[9]), new MatArray("b", [2, 3], new double[6]));
            foreach (byte[] bytes in ByteMutator.Variants(original, 5_000, 3))
            {
                long before = GC.GetAllocatedBytesForCurrentThread();
                try
                {
                    MatFile.Parse(bytes, "t.mat");
                }
                catch (RecordingException e)
                {
                    Assert.StartsWith("t.mat: ", e.Message);
                }
                Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 1 << 20);
            }
        }
    }

    [SharedFact]
    public void Real_recordings_give_their_drive_end_channel()
    {
        using var source = MatSource.Open(SharedData.Path("data/cwru/OR007@6_0.mat"), "_DE_time", 12_000, "g");
        Assert.Equal("OR007@6_0", source.Info.Name);
        Assert.Equal("X130_DE_time", Assert.Single(source.Info.Channels).Name);
        float[] samples = source.ReadAll().Channels[0];
        Assert.Equal(121991, samples.Length);
        Assert.InRange(Math.Sqrt(samples.Average(v => (double)v * v)), 0.5, 0.8); // an outer-race fault: RMS of the published record is 0.67 g
        using var all = MatSource.Open(SharedData.Path("data/cwru/OR007@6_0.mat"), null, 12_000);
        Assert.Equal(3, all.Info.Channels.Count);
        Assert.Contains("X130_DE_time", Assert.Throws<RecordingException>(() => MatSource.Open(SharedData.Path("data/cwru/OR007@6_0.mat"), "XY", 1)).Message);
    }
}
