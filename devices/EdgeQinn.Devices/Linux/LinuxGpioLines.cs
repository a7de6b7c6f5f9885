using System.Runtime.InteropServices;
using System.Text;
using EdgeQinn.Devices.Buses;

namespace EdgeQinn.Devices.Linux;

/// <summary>What lines of a GPIO chip are asked for; flags of linux/gpio.h.</summary>
[Flags]
public enum GpioRequest : ulong
{
    /// <summary>Levels are inverted: low is 1.</summary>
    ActiveLow = 1 << 1,
    /// <summary>Inputs.</summary>
    Input = 1 << 2,
    /// <summary>Outputs.</summary>
    Output = 1 << 3,
    /// <summary>Edges to high are queued.</summary>
    RisingEdges = 1 << 4,
    /// <summary>Edges to low are queued.</summary>
    FallingEdges = 1 << 5,
    /// <summary>With a pull-up.</summary>
    PullUp = 1 << 8,
    /// <summary>With a pull-down.</summary>
    PullDown = 1 << 9,
}

/// <summary>Lines of a GPIO chip through its character device, version 2 of the interface (Linux 5.10 on; linux/gpio.h).</summary>
public sealed unsafe class LinuxGpioLines : IGpioLines
{
    const uint GetLine = 0xC250B407, GetValues = 0xC010B40E, SetValues = 0xC010B40F;
    const int EventBuffer = 1024; // edges the kernel keeps for us: a second at 1 kHz

    readonly DeviceFile _file;
    readonly uint[] _offsets;
    readonly ulong _mask;

    /// <summary>Asks for lines of <c>/dev/gpiochip</c><paramref name="chip"/>.</summary>
    /// <param name="chip">Number of the chip.</param>
    /// <param name="request">Inputs or outputs, with edges or without.</param>
    /// <param name="lines">Line numbers on the chip, up to 64.</param>
    /// <exception cref="DeviceException">The chip is missing or closed to us, or a line is taken.</exception>
    public LinuxGpioLines(int chip, GpioRequest request, params ReadOnlySpan<int> lines) : this($"/dev/gpiochip{chip}", request, lines, SystemCalls.Kernel) { }

    internal LinuxGpioLines(string path, GpioRequest request, ReadOnlySpan<int> lines, SystemCalls kernel)
    {
        if (lines.Length is < 1 or > 64) throw new ArgumentException("1 to 64 lines", nameof(lines));
        Name = $"{path} line {string.Join('+', lines.ToArray())}";
        _offsets = new uint[lines.Length];
        _mask = lines.Length == 64 ? ulong.MaxValue : (1UL << lines.Length) - 1;
        LineRequest r = default;
        for (int i = 0; i < lines.Length; i++) r.Offsets[i] = _offsets[i] = (uint)lines[i];
        Encoding.ASCII.GetBytes("edgeqinn", new Span<byte>(r.Consumer, 32));
        r.Flags = (ulong)request;
        r.LineCount = (uint)lines.Length;
        r.EventBufferSize = EventBuffer;
        using var chip = new DeviceFile(path, DeviceKind.Gpio, SystemCalls.ReadWrite, kernel);
        int result = chip.TryControl(GetLine, &r);
        if (result < 0) throw chip.Failure(-result, Name, "request");
        _file = new(Name, DeviceKind.Gpio, kernel, r.File);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public ulong Read()
    {
        LineValues v = new() { Mask = _mask };
        _file.Control(GetValues, &v, "read");
        return v.Bits & _mask;
    }

    /// <inheritdoc/>
    public void Write(ulong levels)
    {
        LineValues v = new() { Bits = levels, Mask = _mask };
        _file.Control(SetValues, &v, "write");
    }

    /// <inheritdoc/>
    public bool WaitForEdge(TimeSpan timeout, out GpioEdge edge)
    {
        edge = default;
        if (!_file.WaitReadable(timeout)) return false;
        LineEvent e;
        if (_file.Read(new Span<byte>(&e, sizeof(LineEvent))) < sizeof(LineEvent)) return false;
        edge = new(Array.IndexOf(_offsets, e.Offset), e.Id == 1, TimeSpan.FromTicks((long)(e.Nanoseconds / 100)), e.LineSequence);
        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    [StructLayout(LayoutKind.Sequential)]
    struct LineRequest // struct gpio_v2_line_request, 592 bytes
    {
        public fixed uint Offsets[64];
        public fixed byte Consumer[32];
        public ulong Flags;
        public uint AttributeCount;
        fixed uint _configPadding[5];
        fixed ulong _attributes[30];
        public uint LineCount, EventBufferSize;
        fixed uint _padding[5];
        public int File;
    }

    struct LineValues // struct gpio_v2_line_values
    {
        public ulong Bits, Mask;
    }

    [StructLayout(LayoutKind.Sequential)]
    struct LineEvent // struct gpio_v2_line_event, 48 bytes
    {
        public ulong Nanoseconds;
        public uint Id, Offset, Sequence, LineSequence;
        fixed uint _padding[6];
    }
}
