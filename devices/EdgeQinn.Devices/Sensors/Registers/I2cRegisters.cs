using EdgeQinn.Devices.Buses;

namespace EdgeQinn.Devices.Sensors.Registers;

/// <summary>Registers behind an I²C address: a write of the register's number, a repeated start, a read.</summary>
public sealed class I2cRegisters : IRegisters
{
    const int MostBytes = 4096;

    readonly II2cBus _bus;
    readonly byte _address, _incrementBit;
    readonly byte[] _bytes = new byte[1 + MostBytes];
    readonly I2cMessage[] _messages;

    /// <param name="bus">The bus; closed together with this.</param>
    /// <param name="address">7-bit address.</param>
    /// <param name="incrementBit">Set in the register's number for more than one register, where the chip wants that.</param>
    public I2cRegisters(II2cBus bus, byte address, byte incrementBit = 0)
    {
        (_bus, _address, _incrementBit) = (bus, address, incrementBit);
        _messages = new I2cMessage[Math.Max(2, bus.MaxMessages & ~1)];
    }

    /// <inheritdoc/>
    public string Name => $"{_bus.Name} address 0x{_address:X2}";

    /// <inheritdoc/>
    public void Read(byte register, Span<byte> values) => ReadRepeatedly(register, values, values.Length);

    /// <inheritdoc/>
    public void ReadRepeatedly(byte register, Span<byte> values, int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(values.Length, MostBytes);
        _bytes[0] = length > 1 ? (byte)(register | _incrementBit) : register;
        for (int done = 0; done < values.Length;)
        {
            int used = 0, at = done;
            while (used < _messages.Length && at < values.Length)
            {
                _messages[used++] = new(false, 0, 1);
                _messages[used++] = new(true, (ushort)(1 + at), (ushort)length);
                at += length;
            }
            _bus.Transfer(_address, _messages.AsSpan(0, used), _bytes);
            done = at;
        }
        _bytes.AsSpan(1, values.Length).CopyTo(values);
    }

    /// <inheritdoc/>
    public void Write(byte register, byte value)
    {
        (_bytes[0], _bytes[1]) = (register, value);
        _messages[0] = new(false, 0, 2);
        _bus.Transfer(_address, _messages.AsSpan(0, 1), _bytes);
    }

    /// <inheritdoc/>
    public void Dispose() => _bus.Dispose();
}
