using EdgeQinn.Devices.Sensors;
using EdgeQinn.Devices.Sensors.Simulation;
using EdgeQinn.Devices.Sources;
using Xunit;

namespace EdgeQinn.Devices.Tests.Sensors;

/// <summary>What every driver must do, over its simulated chip.</summary>
[Collection(AllocationCollection.Name)]
public sealed class StreamTests
{
    /// <summary>A signal that tells its own time: a slow ramp within every chip's range, another one on each channel.</summary>
    static double Ramp(double seconds, int channel) => 0.1 + 0.02 * seconds + 0.05 * channel;

    public static IEnumerable<object[]> Sensors => SimulatedSensor.All;

    [Theory]
    [MemberData(nameof(Sensors))]
    public void Samples_arrive_once_each_in_order_and_with_their_time(string name)
    {
        const double Error = 0.02; // of the chip's clock
        SimulatedSensor simulated = SimulatedSensor.Make(name, Ramp, Error);
        TimeSpan origin = simulated.Clock.Now;
        using SensorSource source = simulated.Open();
        var block = new SampleBlock(source.Info.Channels.Count, 64);
        long next = 0, sequence = 0;
        TimeSpan last = default;
        double worst = 0;
        var meter = new RateMeter();
        Assert.True(double.IsNaN(meter.Rate));
        while (simulated.Clock.Now - origin < TimeSpan.FromSeconds(20))
        {
            Assert.True(source.Read(block));
            Assert.Equal((next, sequence++, 0L, SampleStatus.None), (block.FirstSample, block.Sequence, block.Lost, block.Status));
            Assert.InRange(block.Count, 1, block.Capacity);
            meter.Add(block);
            Assert.True(block.Timestamp > last);
            last = block.Timestamp;
            next += block.Count;
            // The ramp's slope turns a wrong time into a wrong value: a sample may be an interval old, and a step of the converter off.
            if (block.Timestamp - origin < TimeSpan.FromSeconds(10)) continue; // the timeline has found the oscillator's rate by then
            for (int c = 0; c < simulated.Channels && !name.StartsWith("mcp", StringComparison.Ordinal); c++)
                worst = Math.Max(worst, Math.Abs(block.Channel(c)[0] - Ramp((block.Timestamp - origin).TotalSeconds, c)));
        }
        double interval = 1 / source.Info.SampleRate;
        Assert.InRange(worst, 0, simulated.Lsb + 0.02 * 2 * interval);
        bool hostTimed = name is "ads1115 polled" or "mcp3008" or "mcp3208" or "ina219" or "ina226";
        Assert.Equal(source.Info.SampleRate * (hostTimed ? 1 : 1 + Error), meter.Rate, source.Info.SampleRate * 0.002);
    }

    [Theory]
    [MemberData(nameof(Sensors))]
    public void A_running_stream_allocates_nothing(string name)
    {
        SimulatedSensor simulated = SimulatedSensor.Make(name, Ramp);
        using RecoveringSource source = simulated.OpenRecovering();
        var block = new SampleBlock(source.Info.Channels.Count, 64);
        for (int i = 0; i < 300; i++) source.Read(block);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 300; i++) source.Read(block);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Theory]
    [InlineData("adxl345 spi", 3200, 450)]  // status and data per batch of 16, besides the first calls
    [InlineData("adxl357 spi", 4000, 550)]
    [InlineData("lis3dh spi", 1344, 180)]
    [InlineData("mpu6050", 1000, 120)]
    public void Full_rates_need_few_system_calls(string name, double rate, int mostCallsPerSecond)
    {
        SimulatedSensor simulated = SimulatedSensor.Make(name, Ramp, fast: true);
        using SensorSource source = simulated.Open();
        Assert.Equal(rate, source.Info.SampleRate);
        var block = new SampleBlock(source.Info.Channels.Count, 64);
        source.Start();
        TimeSpan start = simulated.Clock.Now;
        long calls = simulated.Transfers, samples = 0;
        while (simulated.Clock.Now - start < TimeSpan.FromSeconds(5))
        {
            source.Read(block);
            Assert.Equal(0, block.Lost);
            samples += block.Count;
        }
        Assert.InRange(samples / (simulated.Clock.Now - start).TotalSeconds, rate * 0.99, rate * 1.01);
        Assert.InRange((simulated.Transfers - calls) / (simulated.Clock.Now - start).TotalSeconds, 1, mostCallsPerSecond);
    }

    [Theory]
    [MemberData(nameof(Sensors))]
    public void Small_blocks_lose_nothing(string name)
    {
        SimulatedSensor simulated = SimulatedSensor.Make(name, Ramp);
        using SensorSource source = simulated.Open();
        var block = new SampleBlock(source.Info.Channels.Count, 3);
        TimeSpan start = simulated.Clock.Now;
        long next = 0;
        while (simulated.Clock.Now - start < TimeSpan.FromSeconds(2))
        {
            source.Read(block);
            Assert.Equal((next, SampleStatus.None), (block.FirstSample, block.Status));
            next += block.Count;
        }
        Assert.InRange(next, 1.99 * source.Info.SampleRate - 20, 2.01 * source.Info.SampleRate + 2);
    }

    [Fact]
    public void Data_ready_edges_missed_by_a_busy_host_are_counted()
    {
        SimulatedSensor simulated = SimulatedSensor.Make("ads1292r", Ramp);
        using SensorSource source = simulated.Open();
        var block = new SampleBlock(2, 8);
        for (int i = 0; i < 10; i++) source.Read(block);
        simulated.Clock.Advance(TimeSpan.FromMilliseconds(20.5)); // 20 samples at 1 kHz: the last of them is still there
        source.Read(block);
        Assert.Equal((19L, 29L), (block.Lost, block.FirstSample));
        source.Read(block);
        Assert.Equal((0L, 30L), (block.Lost, block.FirstSample));
    }

    [Theory]
    [InlineData("ads1115:sim?rate=860")]
    [InlineData("ads1115:sim?frontend=ad8232")]
    [InlineData("mcp3008:sim?input=0+3&rate=1000")]
    [InlineData("mcp3208:sim?frontend=ad8232&gain=1100")]
    [InlineData("ads1292r:sim?rate=1000")]
    [InlineData("adxl345:sim?rate=3200&range=2")]
    [InlineData("adxl357:sim?rate=4000")]
    [InlineData("lis3dh:sim")]
    [InlineData("mpu6050:sim?gyro=2000")]
    [InlineData("ina219:sim")]
    [InlineData("ina226:sim?shunt=0.01&max=8")]
    public void A_source_string_opens_a_simulated_chip_in_real_time(string text)
    {
        using ISampleSource source = SourceCatalog.Open(text);
        Assert.True(source.Info.IsLive);
        var block = new SampleBlock(source.Info.Channels.Count, 64);
        for (int i = 0; i < 3; i++)
        {
            Assert.True(source.Read(block));
            Assert.True(block.Count > 0);
        }
        if (text.Contains("frontend")) Assert.Equal(new Channel("ECG", "mV"), source.Info.Channels[0]);
    }

    [Theory]
    [InlineData("adxl345:sim?rate=123", "adxl345 has rate 6.25, 12.5")]
    [InlineData("adxl345:x", "'x' is no place of a chip; write a number for an I²C bus (1), or BUS.SELECT for an SPI device (0.0), or sim")]
    [InlineData("mpu6050:0.0", "'0.0' is no place of a chip; write a number for an I²C bus (1), or sim")]
    [InlineData("ads1115:1?address=0x99", "address must be from 0x08 to 0x77")]
    [InlineData("ads1115:sim?gain=3", "gain= belongs to frontend=ad8232")]
    [InlineData("ads1115:sim?input=7", "inputs 0-1, 0-3, 1-3, 2-3, 0, 1, 2, 3")]
    [InlineData("ads1115:1?faults=nack@1", "faults= is for simulated chips")]
    [InlineData("ads1115:sim?faults=flood@1", "'flood@1' is no fault")]
    [InlineData("ads1292r:0.0", "needs its data-ready line; add ready=CHIP/LINE")]
    [InlineData("mcp3208:sim?input=9", "inputs 0 to 7")]
    [InlineData("mpu6050:sim?rate=300", "rate must divide 1000")]
    [InlineData("iio:adc", "write iio:N")]
    public void A_source_string_that_cannot_be_says_why(string text, string reason) =>
        Assert.Contains(reason, Assert.Throws<SourceAddressException>(() => SourceCatalog.Open(text)).Message);
}
