using System.Device.I2c;
using System.Device.Spi;
using EdgeQinn.Devices.Buses;
using EdgeQinn.Devices.Sources;

namespace EdgeQinn.Devices.Iot;

/// <summary>Turns a device's raw answer into physical units, one value per channel.</summary>
public delegate void SampleDecoder(ReadOnlySpan<byte> answer, Span<float> sample);

/// <summary>
/// Sources over devices of System.Device.Gpio and bindings of Iot.Device.Bindings, polled at the source's sample rate. The caller opens and closes
/// the devices. Errors come as <see cref="DeviceException"/>, so that <see cref="RecoveringSource"/> can keep such a source alive.
/// </summary>
public static class DeviceSources
{
    /// <summary>Writes <paramref name="request"/> (a register address, most often) and reads <paramref name="answerLength"/> bytes per sample.</summary>
    public static ISampleSource FromI2c(I2cDevice device, SourceInfo info, byte[] request, int answerLength, SampleDecoder decode)
    {
        byte[] answer = new byte[answerLength];
        return FromBinding(info, sample =>
        {
            device.WriteRead(request, answer);
            decode(answer, sample);
        });
    }

    /// <summary>Exchanges <paramref name="request"/> for as many bytes per sample, full duplex.</summary>
    public static ISampleSource FromSpi(SpiDevice device, SourceInfo info, byte[] request, SampleDecoder decode)
    {
        byte[] answer = new byte[request.Length];
        return FromBinding(info, sample =>
        {
            device.TransferFullDuplex(request, answer);
            decode(answer, sample);
        });
    }

    /// <summary>Any binding that has a method to read: <c>sample => sample[0] = (float)chip.ReadVoltage().Volts</c>.</summary>
    public static ISampleSource FromBinding(SourceInfo info, SampleReader read) => new PolledSource(info, sample =>
    {
        try
        {
            read(sample);
        }
        catch (IOException e)
        {
            throw new DeviceException(DeviceFault.BusError, $"{info.Name}: {e.Message}");
        }
    });
}
