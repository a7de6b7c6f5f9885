using System.Buffers.Binary;
using EdgeQinn.Devices.Buses;

namespace EdgeQinn.Devices.Sensors.Registers;

/// <summary>16-bit registers behind an I²C address, most significant byte first: ADS1115, INA219, INA226.</summary>
public sealed class I2cWords(II2cBus bus, byte address) : IDisposable
{
    readonly byte[] _bytes = new byte[3 * MostRegisters];
    readonly I2cMessage[] _messages = new I2cMessage[2 * MostRegisters];
    const int MostRegisters = 8;

    /// <summary>Bus and address, for messages.</summary>
    public string Name => $"{bus.Name} address 0x{address:X2}";

    /// <summary>Reads one register.</summary>
    /// <exception cref="DeviceException">The chip does not answer.</exception>
    public ushort Read(byte register)
    {
        Span<ushort> value = stackalloc ushort[1];
        Read([register], value);
        return value[0];
    }

    /// <summary>Reads some registers in one transaction.</summary>
    /// <exception cref="DeviceException">The chip does not answer.</exception>
    public void Read(ReadOnlySpan<byte> registers, Span<ushort> values)
    {
        for (int i = 0; i < registers.Length; i++)
        {
            _bytes[3 * i] = registers[i];
            _messages[2 * i] = new(false, (ushort)(3 * i), 1);
            _messages[2 * i + 1] = new(true, (ushort)(3 * i + 1), 2);
        }
        bus.Transfer(address, _messages.AsSpan(0, 2 * registers.Length), _bytes);
        for (int i = 0; i < registers.Length; i++) values[i] = BinaryPrimitives.ReadUInt16BigEndian(_bytes.AsSpan(3 * i + 1));
    }

    /// <summary>Writes one register.</summary>
    /// <exception cref="DeviceException">The chip does not answer.</exception>
    public void Write(byte register, ushort value)
    {
        _bytes[0] = register;
        BinaryPrimitives.WriteUInt16BigEndian(_bytes.AsSpan(1), value);
        _messages[0] = new(false, 0, 3);
        bus.Transfer(address, _messages.AsSpan(0, 1), _bytes);
    }

    /// <summary>Closes the bus.</summary>
    public void Dispose() => bus.Dispose();
}
