using EdgeQinn.Devices.Buses;

namespace EdgeQinn.Devices.Linux;

/// <summary>An I²C adapter through <c>/dev/i2c-N</c> (linux/i2c-dev.h): a whole transaction is one I2C_RDWR call.</summary>
public sealed unsafe class LinuxI2cBus : II2cBus
{
    const uint SetRetries = 0x0701, SetTimeout = 0x0702, ReadWriteCall = 0x0707;
    const ushort ReadFlag = 1;
    const int TimeoutTens = 10; // of milliseconds

    readonly DeviceFile _file;

    /// <summary>Opens <c>/dev/i2c-</c><paramref name="bus"/>.</summary>
    /// <exception cref="DeviceException">The bus is missing or closed to us.</exception>
    public LinuxI2cBus(int bus) : this($"/dev/i2c-{bus}") { }

    /// <summary>Opens a device file.</summary>
    /// <exception cref="DeviceException">The bus is missing or closed to us.</exception>
    public LinuxI2cBus(string path) : this(path, SystemCalls.Kernel) { }

    internal LinuxI2cBus(string path, SystemCalls kernel)
    {
        _file = new(path, DeviceKind.I2c, SystemCalls.ReadWrite, kernel);
        try
        {
            // A held line must not hold the stream: 100 ms is far above the longest burst.
            _file.Control(SetTimeout, (void*)TimeoutTens, "set the timeout of");
            _file.Control(SetRetries, (void*)1, "set the retries of");
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public string Name => _file.Path;

    /// <summary>I2C_RDWR_IOCTL_MAX_MSGS.</summary>
    public int MaxMessages => 42;

    /// <inheritdoc/>
    public void Transfer(byte address, ReadOnlySpan<I2cMessage> messages, Span<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(messages.Length, MaxMessages);
        Message* native = stackalloc Message[messages.Length];
        fixed (byte* p = bytes)
        {
            for (int i = 0; i < messages.Length; i++)
            {
                I2cMessage m = messages[i];
                ArgumentOutOfRangeException.ThrowIfGreaterThan(m.Offset + m.Length, bytes.Length);
                native[i] = new() { Address = address, Flags = m.IsRead ? ReadFlag : (ushort)0, Length = m.Length, Bytes = p + m.Offset };
            }
            Transaction transaction = new() { Messages = native, Count = (uint)messages.Length };
            int result = _file.TryControl(ReadWriteCall, &transaction);
            if (result < 0) throw _file.Failure(-result, $"{Name} address 0x{address:X2}", "transfer on");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    struct Message // struct i2c_msg
    {
        public ushort Address, Flags, Length;
        public byte* Bytes;
    }

    struct Transaction // struct i2c_rdwr_ioctl_data
    {
        public Message* Messages;
        public uint Count;
    }
}
