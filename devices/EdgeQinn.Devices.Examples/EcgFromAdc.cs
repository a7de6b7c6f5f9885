using EdgeQinn.Devices.Linux;
using EdgeQinn.Devices.Sensors;
using EdgeQinn.Devices.Sensors.Ad8232;
using EdgeQinn.Devices.Sensors.Ads1115;
using EdgeQinn.Devices.Sensors.Registers;
using EdgeQinn.Devices.Signals.Ecg;
using EdgeQinn.Devices.Signals.Filters;
using EdgeQinn.Devices.Sources;

namespace EdgeQinn.Devices.Examples;

/// <summary>An AD8232 before an ADS1115 on I²C bus 1, its ready pin on GPIO 17, LO+ and LO− on GPIO 22 and 23: heart beats for ten seconds.</summary>
static class EcgFromAdc
{
    public static void Run()
    {
        var ready = new LinuxGpioLines(0, GpioRequest.Input | GpioRequest.FallingEdges, 17);
        var leadOff = new LinuxGpioLines(0, GpioRequest.Input, 22, 23);
        var adc = new Ads1115Sensor(new I2cWords(new LinuxI2cBus(1), 0x48), input: 4, rate: 5, range: 1, ready);
        using var source = new SensorSource(new Ad8232FrontEnd(adc, leadOff));

        double rate = source.Info.SampleRate;
        var band = new BiquadCascade(Butterworth.Bandpass(2, 0.5, 40, rate));
        var detector = new QrsDetector(rate);
        var block = new SampleBlock(channels: 1, capacity: 64);
        for (long samples = 0; samples < 10 * rate && source.Read(block); samples += block.Count)
        {
            if (block.Status != SampleStatus.None) Console.WriteLine($"{block.Timestamp}: {block.Status}, {block.Lost} samples lost");
            foreach (float millivolts in block.Channel(0)) detector.Process(band.Process(millivolts));
            while (detector.TryRead(out long peak)) Console.WriteLine($"beat at {peak / rate:0.00} s");
        }
    }
}
