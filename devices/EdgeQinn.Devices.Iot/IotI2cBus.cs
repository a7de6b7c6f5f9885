using System.Device.I2c;
using EdgeQinn.Devices.Buses;

namespace EdgeQinn.Devices.Iot;

/// <summary>
/// A device of System.Device.I2c as a bus for our drivers: <c>new Adxl345Sensor(new I2cRegisters(new IotI2cBus(device), 0x53), …)</c>.
/// A write and the read after it are one transaction; further pairs follow in further ones.
/// </summary>
/// <param name="device">The device; closed together with this.</param>
public sealed class IotI2cBus(I2cDevice device) : II2cBus
{
    /// <inheritdoc/>
    public string Name => $"I²C bus {device.ConnectionSettings.BusId}";

    /// <inheritdoc/>
    public int MaxMessages => 64;

    /// <inheritdoc/>
    public void Transfer(byte address, ReadOnlySpan<I2cMessage> messages, Span<byte> bytes)
    {
        if (address != device.ConnectionSettings.DeviceAddress)
            throw new ArgumentException($"the device was opened for address 0x{device.ConnectionSettings.DeviceAddress:X2}", nameof(address));
        try
        {
            for (int i = 0; i < messages.Length; i++)
            {
                Span<byte> part = bytes.Slice(messages[i].Offset, messages[i].Length);
                if (messages[i].IsRead)
                {
                    device.Read(part);
                }
                else if (i + 1 < messages.Length && messages[i + 1].IsRead)
                {
                    I2cMessage answer = messages[++i];
                    device.WriteRead(part, bytes.Slice(answer.Offset, answer.Length));
                }
                else
                {
                    device.Write(part);
                }
            }
        }
        catch (IOException e)
        {
            // The library does not tell a missing acknowledge from other errors but in its text.
            throw new DeviceException(DeviceFault.NoAcknowledge,
                $"{Name} address 0x{address:X2}: {e.Message}; check wiring, power, pull-ups and address");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => device.Dispose();
}
