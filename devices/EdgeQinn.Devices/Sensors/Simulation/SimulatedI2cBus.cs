using EdgeQinn.Devices.Buses;
using EdgeQinn.Devices.Linux;

namespace EdgeQinn.Devices.Sensors.Simulation;

/// <summary>A bus with one simulated chip. Counts transactions, as each is a system call on a real bus.</summary>
public sealed class SimulatedI2cBus : II2cBus
{
    readonly SimulatedChip _chip;
    readonly ISimulatedI2cTarget _target;
    readonly byte _address;

    /// <exception cref="DeviceException">The faults say that the bus cannot be opened.</exception>
    public SimulatedI2cBus(SimulatedChip chip, byte address)
    {
        (_chip, _target, _address) = (chip, (ISimulatedI2cTarget)chip, address);
        chip.Faults.CheckOpen(DeviceKind.I2c, Name);
    }

    /// <inheritdoc/>
    public string Name => "simulated bus";

    /// <inheritdoc/>
    public int MaxMessages => 42;

    /// <summary>Transactions so far.</summary>
    public long Transactions { get; private set; }

    /// <inheritdoc/>
    public void Transfer(byte address, ReadOnlySpan<I2cMessage> messages, Span<byte> bytes)
    {
        Transactions++;
        _chip.Advance();
        if (address != _address) throw DeviceKind.I2c.Exception(121, $"{Name} address 0x{address:X2}", "transfer on");
        _chip.Faults.CheckTransfer(DeviceKind.I2c, Name);
        foreach (I2cMessage m in messages)
        {
            Span<byte> part = bytes.Slice(m.Offset, m.Length);
            if (m.IsRead) _target.Read(part);
            else _target.Write(part);
        }
    }

    /// <summary>Nothing to close.</summary>
    public void Dispose() { }
}
