using EdgeQinn.Devices.Linux;
using EdgeQinn.Devices.Sensors;
using EdgeQinn.Devices.Sensors.Adxl345;
using EdgeQinn.Devices.Sensors.Registers;
using EdgeQinn.Devices.Signals.Filters;
using EdgeQinn.Devices.Sources;

namespace EdgeQinn.Devices.Examples;

/// <summary>An ADXL345 on SPI bus 0, chip select 0, at 3.2 kHz, kept alive over faults: the envelope's peak, once a second for ten seconds.</summary>
static class VibrationFromAccelerometer
{
    public static void Run()
    {
        using ISampleSource source = SensorSource.OpenRecovering(() => new Adxl345Sensor(
            new SpiRegisters(new LinuxSpiDevice(bus: 0, chipSelect: 0, mode: 3, speed: 5_000_000, gap: 5), SpiCommand.ReadHigh), rate: 9, range: 3));

        double rate = source.Info.SampleRate;
        var gravity = new DcBlocker(5, rate);
        var envelope = new HilbertEnvelope(100, rate);
        var block = new SampleBlock(channels: 3, capacity: 64);
        double peak = 0;
        for (long samples = 0, next = (long)rate; samples < 10 * rate && source.Read(block); samples = block.FirstSample + block.Count)
        {
            if (block.Fault is { } reason) Console.WriteLine(reason); // down; the source tries again by itself
            foreach (float g in block.Channel(2))
            {
                if (envelope.Process(gravity.Process(g), out double value)) peak = Math.Max(peak, value);
            }
            if (samples < next) continue;
            Console.WriteLine($"{samples / rate:0} s: {peak:0.000} g");
            (peak, next) = (0, next + (long)rate);
        }
    }
}
