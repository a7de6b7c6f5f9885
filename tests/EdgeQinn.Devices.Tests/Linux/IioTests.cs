using System.Buffers.Binary;
using EdgeQinn.Devices.Buses;
using EdgeQinn.Devices.Linux;
using EdgeQinn.Devices.Linux.Iio;
using EdgeQinn.Devices.Sources;
using EdgeQinn.Devices.Sensors;
using Xunit;

namespace EdgeQinn.Devices.Tests.Linux;

public sealed class IioTests : IDisposable
{
    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("edgeqinn-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("le:s12/16>>4", new byte[] { 0xF0, 0xFF }, -1)]
    [InlineData("le:s12/16>>4", new byte[] { 0x10, 0x7F }, 0x7F1)]
    [InlineData("be:u10/16>>0", new byte[] { 0x03, 0xFF }, 1023)]
    [InlineData("be:s16/16>>0", new byte[] { 0x80, 0x00 }, -32768)]
    [InlineData("le:u8/8>>0", new byte[] { 0xFF }, 255)]
    [InlineData("be:s24/32>>8", new byte[] { 0xFF, 0xFF, 0xFE, 0x55 }, -2)]
    [InlineData("le:s64/64>>0", new byte[] { 1, 0, 0, 0, 0, 0, 0, 0x80 }, long.MinValue + 1)]
    public void Elements_are_decoded_as_their_type_says(string type, byte[] bytes, long value) => Assert.Equal(value, IioScanType.Parse(type + "\n").Decode(bytes));

    [Theory]
    [InlineData("")]
    [InlineData("le:s12/16")]
    [InlineData("le:s17/16>>0")]
    [InlineData("le:s12/16>>5")]
    [InlineData("xe:s12/16>>4")]
    [InlineData("le:f12/16>>4")]
    [InlineData("le:s12/24>>0")]
    [InlineData("le:s12/16X2>>4")]
    public void Types_that_are_none_are_refused(string type) => Assert.Throws<FormatException>(() => IioScanType.Parse(type));

    /// <summary>An accelerometer of two axes with 12 bits and a timestamp: frames of 16 bytes.</summary>
    IioSensor Open(int frames, int missing = -1, double rate = 100)
    {
        Directory.CreateDirectory(Path.Combine(_folder.FullName, "scan_elements"));
        Directory.CreateDirectory(Path.Combine(_folder.FullName, "buffer"));
        Directory.CreateDirectory(Path.Combine(_folder.FullName, "trigger"));
        foreach ((string name, string text) in new[]
        {
            ("name", "adxl999\n"), ("sampling_frequency", "50\n"), ("in_accel_scale", "0.5\n"), ("in_accel_y_offset", "10\n"), ("current_timestamp_clock", "realtime\n"),
            ("buffer/enable", "0"), ("buffer/length", "2"), ("trigger/current_trigger", ""),
            ("scan_elements/in_accel_x_en", "0"), ("scan_elements/in_accel_x_index", "0"), ("scan_elements/in_accel_x_type", "le:s12/16>>4\n"),
            ("scan_elements/in_accel_y_en", "0"), ("scan_elements/in_accel_y_index", "1"), ("scan_elements/in_accel_y_type", "be:u16/16>>0\n"),
            ("scan_elements/in_timestamp_en", "0"), ("scan_elements/in_timestamp_index", "2"), ("scan_elements/in_timestamp_type", "le:s64/64>>0\n"),
        }) File.WriteAllText(Path.Combine(_folder.FullName, name), text);
        using (var device = File.Create(Path.Combine(_folder.FullName, "device")))
        {
            byte[] frame = new byte[16]; // 2 + 2 bytes, then the timestamp on its own alignment
            for (int i = 0; i < frames; i++)
            {
                if (i == missing) continue;
                BinaryPrimitives.WriteInt16LittleEndian(frame, (short)(i - 4 << 4));
                BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(2), (ushort)(1000 + i));
                BinaryPrimitives.WriteInt64LittleEndian(frame.AsSpan(8), 5_000_000_000 + i * 10_000_000L);
                device.Write(frame);
            }
            device.Write(frame, 0, 7); // the beginning of one more
        }
        return new(_folder.FullName, Path.Combine(_folder.FullName, "device"), rate, SystemCalls.Kernel, "hrtimer0");
    }

    string Attribute(string name) => File.ReadAllText(Path.Combine(_folder.FullName, name));

    [Fact]
    public void A_buffer_is_set_up_and_its_frames_become_samples_with_the_kernels_time()
    {
        using var source = new SensorSource(Open(frames: 10));
        Assert.Equal(("adxl999", 100.0), (source.Info.Name, source.Info.SampleRate));
        Assert.Equal([new Channel("accel_x", "m/s²"), new("accel_y", "m/s²")], source.Info.Channels);
        var block = new SampleBlock(2, 4);
        var times = new List<double>();
        var x = new List<float>();
        var y = new List<float>();
        for (int i = 0; i < 3; i++)
        {
            Assert.True(source.Read(block));
            x.AddRange(block.Channel(0));
            y.AddRange(block.Channel(1));
            times.Add(block.Timestamp.TotalSeconds);
            Assert.Equal(0, block.Lost);
        }
        Assert.Equal(Enumerable.Range(0, 10).Select(i => (i - 4) * 0.5f), x);
        Assert.Equal(Enumerable.Range(0, 10).Select(i => (1010 + i) * 0.5f), y);
        Assert.Equal([5.0, 5.04, 5.08], times);
        Assert.Equal("hrtimer0", Attribute("trigger/current_trigger"));
        Assert.Equal(("1", "1", "1", "1", "monotonic"), (Attribute("buffer/enable"), Attribute("scan_elements/in_accel_x_en"), Attribute("scan_elements/in_accel_y_en"),
            Attribute("scan_elements/in_timestamp_en"), Attribute("current_timestamp_clock")));
        Assert.Equal(DeviceFault.NoData, Assert.Throws<DeviceException>(() => source.Read(block)).Fault); // the file ends: the driver is gone
    }

    [Fact]
    public void A_hole_in_the_timestamps_between_reads_is_counted()
    {
        using var source = new SensorSource(Open(frames: 10, missing: 4));
        var block = new SampleBlock(2, 4);
        source.Read(block);
        source.Read(block);
        Assert.Equal((1L, 5L, SampleStatus.Overrun), (block.Lost, block.FirstSample, block.Status));
    }

    [Fact]
    public void What_is_missing_is_named_with_the_way_out()
    {
        var e = Assert.Throws<DeviceException>(() => new IioSensor(4321, double.NaN));
        Assert.Equal(DeviceFault.Missing, e.Fault);
        Assert.Contains("/dev/iio:device4321", e.Message);
        Assert.Contains("dtoverlay", e.Message);
        Assert.Equal(DeviceFault.NotSupported, Assert.Throws<DeviceException>(() => new IioSensor(_folder.FullName, "/dev/iio:device0", 1, SystemCalls.Kernel)).Fault);
        Assert.Equal(DeviceFault.Missing, Assert.Throws<DeviceException>(() => SourceCatalog.Open("iio:4321")).Fault);
        Assert.Equal(DeviceFault.Missing, Assert.Throws<DeviceException>(() => SourceCatalog.Open("adxl345:4321")).Fault);
        Assert.Equal(DeviceFault.Missing, Assert.Throws<DeviceException>(() => SourceCatalog.Open("adxl345:4321.0")).Fault);
    }
}
