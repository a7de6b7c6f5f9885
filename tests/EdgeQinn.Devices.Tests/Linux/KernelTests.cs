using System.Runtime.InteropServices;
using EdgeQinn.Devices.Buses;
using EdgeQinn.Devices.Linux;
using Xunit;

namespace EdgeQinn.Devices.Tests.Linux;

/// <summary>What goes down to the kernel, byte for byte as its headers say, and what its errors turn into.</summary>
public sealed unsafe class KernelTests
{
    /// <summary>A kernel that takes notes and does what a test says.</summary>
    sealed class FakeKernel : SystemCalls
    {
        public delegate int Controller(int file, uint request, nint argument);

        public List<(string Path, int Flags)> Opened { get; } = [];

        public List<int> Closed { get; } = [];

        public List<uint> Requests { get; } = [];

        public Controller OnControl { get; set; } = (_, _, _) => 0;

        public Queue<byte[]> Readable { get; } = [];

        public int OpenResult { get; set; } = 7;

        public override int Open(string path, int flags)
        {
            Opened.Add((path, flags));
            return OpenResult;
        }

        public override void Close(int file) => Closed.Add(file);

        public override int Control(int file, uint request, void* argument)
        {
            Requests.Add(request);
            return OnControl(file, request, (nint)argument);
        }

        public override int Read(int file, Span<byte> bytes)
        {
            if (!Readable.TryDequeue(out byte[]? answer)) return -11;
            answer.CopyTo(bytes);
            return answer.Length;
        }

        public override int WaitReadable(int file, TimeSpan timeout) => Readable.Count > 0 ? 1 : 0;
    }

    readonly FakeKernel _kernel = new();

    [Fact]
    public void An_I2C_transaction_is_one_call_of_I2C_RDWR()
    {
        using var bus = new LinuxI2cBus("/dev/i2c-1", _kernel);
        Assert.Equal([0x0702u, 0x0701u], _kernel.Requests); // I2C_TIMEOUT, I2C_RETRIES
        _kernel.Requests.Clear();
        var seen = new List<(ushort Address, ushort Flags, ushort Length, byte First)>();
        _kernel.OnControl = (_, request, argument) =>
        {
            Assert.Equal(0x0707u, request);
            nint messages = Marshal.ReadIntPtr(argument);
            int count = Marshal.ReadInt32(argument, nint.Size);
            int size = nint.Size == 8 ? 16 : 12; // struct i2c_msg
            for (int i = 0; i < count; i++)
            {
                nint m = messages + i * size;
                nint data = Marshal.ReadIntPtr(m, 8);
                seen.Add(((ushort)Marshal.ReadInt16(m), (ushort)Marshal.ReadInt16(m, 2), (ushort)Marshal.ReadInt16(m, 4), Marshal.ReadByte(data)));
                if (Marshal.ReadInt16(m, 2) == 1) Marshal.WriteByte(data, 0xAB);
            }
            return count;
        };
        byte[] bytes = [0x32, 0, 0, 0, 0, 0, 0];
        bus.Transfer(0x53, [new(false, 0, 1), new(true, 1, 6)], bytes);
        Assert.Equal([(0x53, 0, 1, 0x32), (0x53, 1, 6, 0)], seen);
        Assert.Equal(0xAB, bytes[1]);
        Assert.Single(_kernel.Requests);
    }

    [Theory]
    [InlineData(121, DeviceFault.NoAcknowledge, "address 0x53")] // EREMOTEIO
    [InlineData(6, DeviceFault.NoAcknowledge, "address 0x53")]   // ENXIO
    [InlineData(110, DeviceFault.Timeout, "hangs")]              // ETIMEDOUT
    [InlineData(5, DeviceFault.BusError, "wiring")]              // EIO
    [InlineData(19, DeviceFault.Missing, "gone")]                // ENODEV
    [InlineData(16, DeviceFault.Busy, "holds")]                  // EBUSY
    [InlineData(95, DeviceFault.NotSupported, "cannot")]         // EOPNOTSUPP
    public void A_transfers_error_number_becomes_a_fault_with_a_way_out(int error, DeviceFault fault, string text)
    {
        using var bus = new LinuxI2cBus("/dev/i2c-1", _kernel);
        _kernel.OnControl = (_, _, _) => -error;
        var e = Assert.Throws<DeviceException>(() => bus.Transfer(0x53, [new(false, 0, 1)], new byte[1]));
        Assert.Equal(fault, e.Fault);
        Assert.Contains("/dev/i2c-1", e.Message);
        Assert.Contains(text, e.Message);
    }

    [Theory]
    [InlineData(2, DeviceFault.Missing)]
    [InlineData(13, DeviceFault.PermissionDenied)]
    public void Opening_says_what_to_do(int error, DeviceFault fault)
    {
        _kernel.OpenResult = -error;
        Check(() => new LinuxI2cBus("/dev/i2c-1", _kernel), "dtparam=i2c_arm=on", "usermod -aG i2c");
        Check(() => new LinuxSpiDevice("/dev/spidev0.0", 0, 1000, 0, _kernel), "dtparam=spi=on", "usermod -aG spi");
        Check(() => new LinuxGpioLines("/dev/gpiochip0", GpioRequest.Input, [3], _kernel), "gpiodetect", "usermod -aG gpio");

        void Check(Func<IDisposable> open, string missing, string denied)
        {
            var e = Assert.Throws<DeviceException>(open);
            Assert.Equal(fault, e.Fault);
            Assert.Contains(fault == DeviceFault.Missing ? missing : denied, e.Message);
        }
    }

    [Fact]
    public void The_real_kernel_answers_for_files_that_are_not_there_or_something_else()
    {
        Assert.Equal(DeviceFault.Missing, Assert.Throws<DeviceException>(() => new LinuxI2cBus(4321)).Fault);
        Assert.Equal(DeviceFault.Missing, Assert.Throws<DeviceException>(() => new LinuxSpiDevice(4321, 0, 0, 1000)).Fault);
        Assert.Equal(DeviceFault.Missing, Assert.Throws<DeviceException>(() => new LinuxGpioLines(4321, GpioRequest.Input, 1)).Fault);
        Assert.Equal(DeviceFault.NotSupported, Assert.Throws<DeviceException>(() => new LinuxI2cBus("/dev/null")).Fault); // ENOTTY
    }

    [Fact]
    public void SPI_frames_go_down_together_and_deselect_in_between()
    {
        var modes = new List<(uint Request, int Value)>();
        _kernel.OnControl = (_, request, argument) =>
        {
            modes.Add((request, request == 0x40046B04 ? Marshal.ReadInt32(argument) : Marshal.ReadByte(argument)));
            return 0;
        };
        using var device = new LinuxSpiDevice("/dev/spidev0.0", mode: 3, speed: 5_000_000, gap: 5, _kernel);
        Assert.Equal([(0x40016B01u, 3), (0x40016B03u, 8), (0x40046B04u, 5_000_000)], modes);

        var frames = new List<(int Length, int Speed, int Delay, int Bits, int Deselect, byte First)>();
        uint call = 0;
        _kernel.OnControl = (_, request, argument) =>
        {
            call = request;
            for (int i = 0; i < (int)(request >> 16 & 0x3FFF) / 32; i++)
            {
                nint t = argument + 32 * i; // struct spi_ioc_transfer
                Assert.Equal(Marshal.ReadInt64(t), Marshal.ReadInt64(t, 8)); // in place
                nint data = (nint)Marshal.ReadInt64(t);
                frames.Add((Marshal.ReadInt32(t, 16), Marshal.ReadInt32(t, 20), Marshal.ReadInt16(t, 24), Marshal.ReadByte(t, 26), Marshal.ReadByte(t, 27), Marshal.ReadByte(data)));
            }
            return 0;
        };
        device.Transfer([1, 2, 3, 4, 5, 6], 2);
        Assert.Equal(0x40606B00u, call); // SPI_IOC_MESSAGE(3)
        Assert.Equal([(2, 5_000_000, 5, 8, 1, 1), (2, 5_000_000, 5, 8, 1, 3), (2, 5_000_000, 5, 8, 0, 5)], frames);
    }

    [Fact]
    public void GPIO_lines_are_requested_read_written_and_watched_as_gpio_h_says()
    {
        byte[] request = [];
        _kernel.OnControl = (_, code, argument) =>
        {
            if (code == 0xC250B407) // GPIO_V2_GET_LINE_IOCTL, 592 bytes
            {
                request = new byte[592];
                Marshal.Copy(argument, request, 0, 592);
                Marshal.WriteInt32(argument, 588, 9); // the lines' own file
            }
            if (code == 0xC010B40E) Marshal.WriteInt64(argument, 0b10); // GPIO_V2_LINE_GET_VALUES_IOCTL
            return 0;
        };
        using (var lines = new LinuxGpioLines("/dev/gpiochip0", GpioRequest.Input | GpioRequest.FallingEdges, [17, 22], _kernel))
        {
            Assert.Equal((17, 22), (BitConverter.ToInt32(request, 0), BitConverter.ToInt32(request, 4)));
            Assert.Equal("edgeqinn", System.Text.Encoding.ASCII.GetString(request, 256, 8));
            Assert.Equal(0b100100UL, BitConverter.ToUInt64(request, 288)); // input, falling edges
            Assert.Equal(2, BitConverter.ToInt32(request, 560));           // lines
            Assert.Equal([7], _kernel.Closed);                             // the chip is not needed any more
            Assert.Equal(0b10UL, lines.Read());

            Assert.False(lines.WaitForEdge(TimeSpan.Zero, out _));
            byte[] edge = new byte[48];
            BitConverter.TryWriteBytes(edge, 1_500_000_000UL); // 1.5 s on CLOCK_MONOTONIC
            BitConverter.TryWriteBytes(edge.AsSpan(8), 2);      // falling
            BitConverter.TryWriteBytes(edge.AsSpan(12), 22);
            BitConverter.TryWriteBytes(edge.AsSpan(16), 41);
            BitConverter.TryWriteBytes(edge.AsSpan(20), 5);
            _kernel.Readable.Enqueue(edge);
            Assert.True(lines.WaitForEdge(TimeSpan.Zero, out GpioEdge e));
            Assert.Equal(new GpioEdge(1, false, TimeSpan.FromSeconds(1.5), 5), e);
        }
        Assert.Equal([7, 9], _kernel.Closed);
    }

    [Fact]
    public void A_line_that_is_taken_says_so()
    {
        _kernel.OnControl = (_, _, _) => -16;
        var e = Assert.Throws<DeviceException>(() => new LinuxGpioLines("/dev/gpiochip0", GpioRequest.Input, [17], _kernel));
        Assert.Equal(DeviceFault.Busy, e.Fault);
        Assert.Contains("line 17", e.Message);
    }
}
