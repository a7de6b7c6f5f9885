using System.Device.I2c;
using System.Device.Spi;
using EdgeQinn.Devices.Sources;

namespace EdgeQinn.Devices.Iot;

/// <summary>Turns a device's raw answer into physical units, one value per channel.</summary>
public delegate void SampleDecoder(ReadOnlySpan<byte> answer, Span<float> sample);

/// <summary>Sources over the devices of System.Device.Gpio, polled at the source's sample rate. The caller opens and closes the devices.</summary>
public static class DeviceSources
{
    /// <summary>Writes <paramref name="request"/> (a register address, most often) and reads <paramref name="answerLength"/> bytes per sample.</summary>
    /// <exception cref="IOException">Thrown by reads when the chip does not answer.</exception>
    public static ISampleSource FromI2c(I2cDevice device, SourceInfo info, byte[] request, int answerLength, SampleDecoder decode)
    {
        byte[] answer = new byte[answerLength];
        return new PolledSource(info, sample =>
        {
            device.WriteRead(request, answer);
            decode(answer, sample);
        });
    }

    /// <summary>Exchanges <paramref name="request"/> for as many bytes per sample, full duplex.</summary>
    /// <exception cref="IOException">Thrown by reads when the transfer fails.</exception>
    public static ISampleSource FromSpi(SpiDevice device, SourceInfo info, byte[] request, SampleDecoder decode)
    {
        byte[] answer = new byte[request.Length];
        return new PolledSource(info, sample =>
        {
            device.TransferFullDuplex(request, answer);
            decode(answer, sample);
        });
    }

    /// <summary>Any binding that has a method to read: <c>sample => sample[0] = (float)chip.ReadVoltage().Volts</c>.</summary>
    public static ISampleSource FromBinding(SourceInfo info, SampleReader read) => new PolledSource(info, read);
}
