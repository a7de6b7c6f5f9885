using System.Device.Spi;
using EdgeQinn.Devices.Buses;

namespace EdgeQinn.Devices.Iot;

/// <summary>A device of System.Device.Spi for our drivers. Each frame is a transfer of its own.</summary>
/// <param name="device">The device; closed together with this.</param>
public sealed class IotSpiDevice(SpiDevice device) : ISpiDevice
{
    byte[] _sent = new byte[64];

    /// <inheritdoc/>
    public string Name => $"SPI device {device.ConnectionSettings.BusId}.{device.ConnectionSettings.ChipSelectLine}";

    /// <inheritdoc/>
    public void Transfer(Span<byte> bytes, int frame)
    {
        if (_sent.Length < frame) _sent = new byte[frame];
        Span<byte> sent = _sent.AsSpan(0, frame);
        try
        {
            for (; !bytes.IsEmpty; bytes = bytes[frame..])
            {
                bytes[..frame].CopyTo(sent);
                device.TransferFullDuplex(sent, bytes[..frame]);
            }
        }
        catch (IOException e)
        {
            throw new DeviceException(DeviceFault.BusError, $"{Name}: {e.Message}");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => device.Dispose();
}
