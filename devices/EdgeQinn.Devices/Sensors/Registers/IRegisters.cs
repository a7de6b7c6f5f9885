using EdgeQinn.Devices.Buses;

namespace EdgeQinn.Devices.Sensors.Registers;

/// <summary>A chip's byte registers, over whichever bus it hangs on.</summary>
public interface IRegisters : IDisposable
{
    /// <summary>Bus and address, for messages.</summary>
    string Name { get; }

    /// <summary>Reads consecutive registers in one transaction, or a FIFO port as the chip's rules have it.</summary>
    /// <exception cref="DeviceException">The chip does not answer.</exception>
    void Read(byte register, Span<byte> values);

    /// <summary>Reads the same <paramref name="length"/> registers again and again, in as few calls as the bus allows.</summary>
    /// <exception cref="DeviceException">The chip does not answer.</exception>
    void ReadRepeatedly(byte register, Span<byte> values, int length);

    /// <summary>Writes one register.</summary>
    /// <exception cref="DeviceException">The chip does not answer.</exception>
    void Write(byte register, byte value);
}

/// <summary>What drivers do with registers.</summary>
static class RegisterExtensions
{
    /// <summary>Reads one register.</summary>
    public static byte Read(this IRegisters registers, byte register)
    {
        Span<byte> value = stackalloc byte[1];
        registers.Read(register, value);
        return value[0];
    }

    /// <summary>Refuses another chip than the one expected.</summary>
    /// <exception cref="DeviceException">It is another one.</exception>
    public static void Identify(this IRegisters registers, string chip, byte register, byte expected) =>
        Require(registers.Name, chip, registers.Read(register), expected);

    /// <summary>Refuses an identity that is not the one expected.</summary>
    /// <exception cref="DeviceException">It is another one.</exception>
    public static void Require(string name, string chip, int found, int expected)
    {
        if (found == expected) return;
        string silent = found is 0 or 0xFF or 0xFFFF ? "; all bits alike means that nothing answers: check power, wiring and chip select" : "; check the address, or what chip the board carries";
        throw new DeviceException(DeviceFault.WrongIdentity,
            $"{name}: this is no {chip}: its identity reads 0x{found:X2}, not 0x{expected:X2}{silent}");
    }

    /// <summary>The exception for a status no chip can have: on SPI, where nobody acknowledges, that is how one is missed.</summary>
    public static DeviceException Impossible(this IRegisters registers, string chip, byte status) => new(
        DeviceFault.NoAcknowledge, $"{registers.Name}: the {chip}'s status reads 0x{status:X2}, which it cannot be; the chip is gone: check power, wiring and chip select");
}
