using EdgeQinn.Devices.Buses;
using EdgeQinn.Devices.Linux;

namespace EdgeQinn.Devices.Sensors.Simulation;

/// <summary>A simulated chip behind a chip select. A chip that is off leaves the line to its pull-up: all ones.</summary>
public sealed class SimulatedSpiDevice : ISpiDevice
{
    readonly SimulatedChip _chip;
    readonly ISimulatedSpiTarget _target;

    /// <exception cref="DeviceException">The faults say that the device cannot be opened.</exception>
    public SimulatedSpiDevice(SimulatedChip chip)
    {
        (_chip, _target) = (chip, (ISimulatedSpiTarget)chip);
        chip.Faults.CheckOpen(DeviceKind.Spi, Name);
    }

    /// <inheritdoc/>
    public string Name => "simulated SPI device";

    /// <summary>Transfers so far.</summary>
    public long Transfers { get; private set; }

    /// <inheritdoc/>
    public void Transfer(Span<byte> bytes, int frame)
    {
        Transfers++;
        _chip.Advance();
        _chip.Faults.CheckTransfer(DeviceKind.Spi, Name);
        if (_chip.Faults.Current is ChipFault.Gone or ChipFault.Nack)
        {
            bytes.Fill(0xFF);
            return;
        }
        for (; !bytes.IsEmpty; bytes = bytes[frame..]) _target.Exchange(bytes[..frame]);
    }

    /// <summary>Nothing to close.</summary>
    public void Dispose() { }
}
