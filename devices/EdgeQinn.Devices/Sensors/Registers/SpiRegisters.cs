using EdgeQinn.Devices.Buses;

namespace EdgeQinn.Devices.Sensors.Registers;

/// <summary>How a chip wants the byte that starts an SPI transfer.</summary>
/// <param name="Shift">Bits the register's number is shifted up.</param>
/// <param name="ReadBit">Set for reading.</param>
/// <param name="IncrementBit">Set for more than one register.</param>
public readonly record struct SpiCommand(int Shift, byte ReadBit, byte IncrementBit)
{
    /// <summary>Bit 7 reads, bit 6 counts up: ADXL345, LIS3DH.</summary>
    public static SpiCommand ReadHigh => new(0, 0x80, 0x40);

    /// <summary>The number in bits 7 … 1, bit 0 reads: ADXL357.</summary>
    public static SpiCommand ReadLow => new(1, 0x01, 0);
}

/// <summary>Registers behind an SPI chip select: a command byte, then the values.</summary>
public sealed class SpiRegisters(ISpiDevice device, SpiCommand command) : IRegisters
{
    readonly byte[] _bytes = new byte[4096]; // spidev's own buffer is as large

    /// <inheritdoc/>
    public string Name => device.Name;

    /// <inheritdoc/>
    public void Read(byte register, Span<byte> values) => ReadRepeatedly(register, values, values.Length);

    /// <inheritdoc/>
    public void ReadRepeatedly(byte register, Span<byte> values, int length)
    {
        int frame = length + 1, count = values.Length / length;
        Span<byte> bytes = _bytes.AsSpan(0, count * frame);
        bytes.Clear();
        byte first = (byte)(register << command.Shift | command.ReadBit | (length > 1 ? command.IncrementBit : 0));
        for (int i = 0; i < count; i++) bytes[i * frame] = first;
        device.Transfer(bytes, frame);
        for (int i = 0; i < count; i++) bytes.Slice(i * frame + 1, length).CopyTo(values[(i * length)..]);
    }

    /// <inheritdoc/>
    public void Write(byte register, byte value)
    {
        (_bytes[0], _bytes[1]) = ((byte)(register << command.Shift), value);
        device.Transfer(_bytes.AsSpan(0, 2), 2);
    }

    /// <inheritdoc/>
    public void Dispose() => device.Dispose();
}
