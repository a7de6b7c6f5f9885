using System.Runtime.InteropServices;
using EdgeQinn.Devices.Buses;

namespace EdgeQinn.Devices.Linux;

/// <summary>A chip through <c>/dev/spidevB.C</c> (linux/spi/spidev.h): all frames of a transfer are one SPI_IOC_MESSAGE call.</summary>
public sealed unsafe class LinuxSpiDevice : ISpiDevice
{
    const uint WriteMode = 0x40016B01, WriteBitsPerWord = 0x40016B03, WriteSpeed = 0x40046B04;
    const uint MessageCall = 0x40006B00; // the size of the transfers comes on top, in bits 16 … 29
    const int MaxFrames = 64;

    readonly DeviceFile _file;
    readonly uint _speed;
    readonly ushort _gap;

    /// <summary>Opens <c>/dev/spidev</c><paramref name="bus"/><c>.</c><paramref name="chipSelect"/>.</summary>
    /// <param name="bus">Number of the bus.</param>
    /// <param name="chipSelect">Number of its chip-select line.</param>
    /// <param name="mode">Clock polarity (bit 1) and phase (bit 0).</param>
    /// <param name="speed">Clock in Hz; the adapter takes the next lower it has.</param>
    /// <param name="gap">Microseconds between frames.</param>
    /// <exception cref="DeviceException">The device is missing, closed to us, or cannot do the mode.</exception>
    public LinuxSpiDevice(int bus, int chipSelect, int mode, int speed, int gap = 0)
        : this($"/dev/spidev{bus}.{chipSelect}", mode, speed, gap, SystemCalls.Kernel) { }

    internal LinuxSpiDevice(string path, int mode, int speed, int gap, SystemCalls kernel)
    {
        _speed = (uint)speed;
        _gap = (ushort)gap;
        _file = new(path, DeviceKind.Spi, SystemCalls.ReadWrite, kernel);
        try
        {
            byte modeByte = (byte)mode, bits = 8;
            uint hertz = _speed;
            _file.Control(WriteMode, &modeByte, $"set mode {mode} of");
            _file.Control(WriteBitsPerWord, &bits, "set 8 bits per word of");
            _file.Control(WriteSpeed, &hertz, $"set {speed} Hz on");
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public string Name => _file.Path;

    /// <inheritdoc/>
    public void Transfer(Span<byte> bytes, int frame)
    {
        int frames = bytes.Length / frame;
        if (frames * frame != bytes.Length) throw new ArgumentException("a transfer is a whole number of frames", nameof(bytes));
        Exchange* exchanges = stackalloc Exchange[MaxFrames];
        fixed (byte* p = bytes)
        {
            for (int start = 0; start < frames; start += MaxFrames)
            {
                int count = Math.Min(MaxFrames, frames - start);
                for (int i = 0; i < count; i++)
                {
                    ulong at = (ulong)(p + (start + i) * frame); // sent and received in place: the driver copies both ways
                    bool last = i == count - 1; // after the last transfer the flag would mean the opposite: stay selected
                    exchanges[i] = new()
                    {
                        Send = at, Receive = at, Length = (uint)frame, Speed = _speed, Delay = _gap, BitsPerWord = 8, Deselect = last ? (byte)0 : (byte)1,
                    };
                }
                _file.Control(MessageCall + ((uint)(count * sizeof(Exchange)) << 16), exchanges, "transfer on");
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    [StructLayout(LayoutKind.Sequential, Size = 32)]
    struct Exchange // struct spi_ioc_transfer; what is left out stays 0
    {
        public ulong Send, Receive;
        public uint Length, Speed;
        public ushort Delay;
        public byte BitsPerWord, Deselect;
    }
}
