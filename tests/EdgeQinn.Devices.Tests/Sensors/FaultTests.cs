using EdgeQinn.Devices.Buses;
using EdgeQinn.Devices.Sensors;
using EdgeQinn.Devices.Sensors.Simulation;
using EdgeQinn.Devices.Signals.Windows;
using EdgeQinn.Devices.Sources;
using EdgeQinn.Devices.Tests.Signals;
using EdgeQinn.Runtime.Format;
using Xunit;

namespace EdgeQinn.Devices.Tests.Sensors;

/// <summary>Each fault, injected through the simulated chip: reported in the blocks, counted, survived.</summary>
public sealed class FaultTests
{
    static double Hum(double seconds, int channel) => 0.3 + 0.05 * channel + 0.1 * Math.Sin(2 * Math.PI * 3 * seconds + channel);

    /// <summary>Every outage of every chip. SPI has no acknowledge and host-timed chips no clock of their own to fall silent.</summary>
    public static IEnumerable<object[]> Outages =>
        from name in SimulatedSensor.Names
        from fault in new[] { ChipFault.Nack, ChipFault.Hang, ChipFault.Gone, ChipFault.Silent, ChipFault.Missing, ChipFault.Denied }
        where fault != ChipFault.Silent || !(name.StartsWith("mcp", StringComparison.Ordinal) || name.StartsWith("ina", StringComparison.Ordinal) || name == "ads1115 polled")
        select new object[] { name, fault };

    [Theory]
    [MemberData(nameof(Outages))]
    public void An_outage_is_reported_counted_and_survived(string name, ChipFault fault)
    {
        SimulatedSensor simulated = SimulatedSensor.Make(name, Hum);
        using RecoveringSource source = simulated.OpenRecovering();
        var block = new SampleBlock(source.Info.Channels.Count, 64);
        ReadFor(TimeSpan.FromSeconds(1), b => Assert.Equal(SampleStatus.None, b.Status));

        simulated.Faults.Current = fault;
        long lost = 0, empty = 0;
        string? reason = null;
        ReadFor(TimeSpan.FromSeconds(4), b =>
        {
            if ((b.Status & SampleStatus.Down) == 0) return;
            Assert.Equal(0, b.Count);
            Assert.False(string.IsNullOrEmpty(b.Fault));
            reason = b.Fault;
            empty++;
        });
        Assert.NotNull(reason);
        Assert.InRange(empty, 7, 40); // twice a second at least, but no storm: the waits double
        Assert.Equal(1, source.Outages);

        simulated.Faults.Current = ChipFault.None;
        bool recovered = false;
        TimeSpan last = default;
        long end = 0;
        ReadFor(TimeSpan.FromSeconds(8), b =>
        {
            if (b.Count == 0) return;
            Assert.Null(b.Fault);
            Assert.Equal(!recovered, (b.Status & SampleStatus.Recovered) != 0); // exactly once
            recovered = true;
            lost += b.Lost;
            last = b.Timestamp;
            end = b.FirstSample;
        });
        Assert.True(recovered);
        // The outage's samples are all accounted for: index and time still go together.
        Assert.InRange(lost, 3.4 * source.Info.SampleRate, 9.5 * source.Info.SampleRate);
        Assert.Equal((last - _start).TotalSeconds, end / source.Info.SampleRate, 0.1);

        void ReadFor(TimeSpan time, Action<SampleBlock> check)
        {
            if (_start == default) _start = simulated.Clock.Now;
            TimeSpan until = simulated.Clock.Now + time;
            while (simulated.Clock.Now < until)
            {
                Assert.True(source.Read(block));
                check(block);
            }
        }
    }

    TimeSpan _start;

    [Theory]
    [MemberData(nameof(SimulatedSensor.All), MemberType = typeof(SimulatedSensor))]
    public void Another_chip_at_the_address_is_refused_and_named(string name)
    {
        if (name.StartsWith("mcp", StringComparison.Ordinal)) return; // a converter of no registers has no identity
        SimulatedSensor simulated = SimulatedSensor.Make(name, Hum);
        simulated.Faults.Current = ChipFault.Identity;
        var e = Assert.Throws<DeviceException>(simulated.OpenRecovering);
        Assert.Equal(DeviceFault.WrongIdentity, e.Fault);
        Assert.Contains("this is no ", e.Message);
    }

    [Theory]
    [InlineData(ChipFault.Nack, DeviceFault.NoAcknowledge, "i2cdetect")]
    [InlineData(ChipFault.Hang, DeviceFault.Timeout, "hangs")]
    [InlineData(ChipFault.Missing, DeviceFault.Missing, "dtparam=i2c_arm=on")]
    [InlineData(ChipFault.Denied, DeviceFault.PermissionDenied, "usermod -aG i2c")]
    public void A_chip_that_cannot_be_opened_says_what_to_do(ChipFault fault, DeviceFault expected, string wayOut)
    {
        SimulatedSensor simulated = SimulatedSensor.Make("adxl345 i2c", Hum);
        simulated.Faults.Current = fault;
        var e = Assert.Throws<DeviceException>(simulated.OpenRecovering);
        Assert.Equal(expected, e.Fault);
        Assert.Contains(wayOut, e.Message);
    }

    [Theory]
    [InlineData("adxl345 i2c", 33)]
    [InlineData("adxl345 spi", 33)]
    [InlineData("adxl357 spi", 32)]
    [InlineData("lis3dh i2c", 32)]
    [InlineData("mpu6050", 0)]
    public void A_buffer_that_ran_over_is_reported_and_its_samples_counted(string name, int depth)
    {
        SimulatedSensor simulated = SimulatedSensor.Make(name, Hum);
        using RecoveringSource source = simulated.OpenRecovering();
        var block = new SampleBlock(source.Info.Channels.Count, 128);
        for (int i = 0; i < 50; i++) source.Read(block);
        simulated.Clock.Advance(TimeSpan.FromSeconds(1)); // the host is busy
        long lost = 0, overruns = 0;
        for (int i = 0; i < 50; i++)
        {
            source.Read(block);
            lost += block.Lost;
            if ((block.Status & SampleStatus.Overrun) == 0) continue;
            overruns++;
            Assert.True(block.Lost > 0);
        }
        Assert.Equal((1L, 0L), (overruns, source.Outages));
        Assert.InRange(lost, source.Info.SampleRate - depth - 25, source.Info.SampleRate + 25);
    }

    [Theory]
    [MemberData(nameof(SimulatedSensor.All), MemberType = typeof(SimulatedSensor))]
    public void A_saturated_signal_is_flagged_while_it_lasts(string name)
    {
        if (name.StartsWith("ina", StringComparison.Ordinal)) return;
        Assert.Equal((0, true, 0), Flagged(name, ChipFault.Saturated, SampleStatus.Saturated, TimeSpan.FromSeconds(1)));
    }

    [Theory]
    [MemberData(nameof(SimulatedSensor.All), MemberType = typeof(SimulatedSensor))]
    public void A_stuck_signal_is_flagged_while_it_lasts(string name)
    {
        if (name.StartsWith("ina", StringComparison.Ordinal)) return; // a steady load is no fault
        Assert.Equal((0, true, 0), Flagged(name, ChipFault.Stuck, SampleStatus.Stuck, TimeSpan.FromSeconds(8)));
    }

    [Fact]
    public void An_electrode_that_is_off_is_flagged_by_the_ADS1292R() =>
        Assert.Equal((0, true, 0), Flagged("ads1292r", ChipFault.LeadOff, SampleStatus.LeadOff, TimeSpan.FromSeconds(1)));

    [Theory]
    [InlineData("ads1115", 1)]
    [InlineData("ads1115", 2)]
    [InlineData("mcp3208", 1)]
    public void An_electrode_that_is_off_is_flagged_by_the_AD8232s_lines(string name, ulong level)
    {
        ulong levels = 0;
        SimulatedSensor simulated = SimulatedSensor.Make(name, (_, _) => 1.65 + 1.1).WithFrontEnd(() => levels);
        using RecoveringSource source = simulated.OpenRecovering();
        var block = new SampleBlock(source.Info.Channels.Count, 8);
        source.Read(block);
        source.Read(block);
        Assert.Equal(SampleStatus.None, block.Status);
        Assert.Equal(1.0f, block.Channel(0)[0], 0.002f); // 1.1 V beside the middle at a gain of 1100
        levels = level;
        source.Read(block);
        Assert.Equal(SampleStatus.LeadOff, block.Status);
        levels = 0;
        source.Read(block);
        Assert.Equal(SampleStatus.None, block.Status);
    }

    [Fact]
    public void Results_say_what_was_wrong_with_their_samples()
    {
        ulong levels = 0;
        SimulatedSensor simulated = SimulatedSensor.Make("mcp3208", (t, _) => 1.65 + 0.5 * Math.Sin(9 * t)).WithFrontEnd(() => levels);
        using RecoveringSource source = simulated.OpenRecovering();
        SignalContract contract = Contracts.Load("bearing.json") with
        {
            Channels = ["ECG"], Unit = "mV", SampleRate = source.Info.SampleRate, Window = new WindowRule(WindowTrigger.Hop, 100, Hop: 50),
        };
        Windower windower = Windower.Create(contract, source.Info);
        var block = new SampleBlock(source.Info.Channels.Count, 8);
        var windows = new List<(long Sample, SampleStatus Status)>();
        for (int n = 0; n < 1000; n++)
        {
            levels = n is >= 210 and < 230 ? 1UL : 0;
            if (n == 500) simulated.Faults.Current = ChipFault.Hang;
            if (n == 510) simulated.Faults.Current = ChipFault.None;
            source.Read(block);
            windower.Accept(block);
            while (windower.TryRead(out SignalWindow? window)) windows.Add((window.Sample, window.Status));
        }
        // Windows of 100 samples every 50: those from 150 and 200 hold samples 210 … 229.
        Assert.Equal([0L, 50, 100, 150, 200, 250, 300, 350, 400], windows.Take(9).Select(w => w.Sample));
        Assert.Equal([150L, 200], windows.Where(w => w.Status == SampleStatus.LeadOff).Select(w => w.Sample));
        Assert.Equal(1, windower.Continuity.Resets);
        Assert.Single(windows, w => w.Status == SampleStatus.Recovered); // the first after the outage
        Assert.DoesNotContain(windows, w => w.Sample > 400 && w.Sample < 500); // none reaches over the gap
    }

    [Theory]
    [InlineData("adxl345 spi")]
    [InlineData("mpu6050")]
    [InlineData("ads1292r")]
    [InlineData("ads1115")]
    [InlineData("mcp3208")]
    public void Ten_minutes_of_random_faults_lose_count_of_nothing(string name)
    {
        SimulatedSensor simulated = SimulatedSensor.Make(name, Hum, oscillatorError: 0.001);
        using RecoveringSource source = simulated.OpenRecovering();
        var block = new SampleBlock(source.Info.Channels.Count, 64);
        var random = new Random(7);
        ChipFault[] kinds = Enum.GetValues<ChipFault>();
        TimeSpan start = simulated.Clock.Now, change = start, last = default;
        long next = 0, sequence = 0;
        double drift = 0;
        while (simulated.Clock.Now - start < TimeSpan.FromMinutes(10))
        {
            if (simulated.Clock.Now > change)
            {
                simulated.Faults.Current = random.Next(2) == 0 ? ChipFault.None : kinds[random.Next(kinds.Length)];
                change = simulated.Clock.Now + TimeSpan.FromSeconds(0.1 + 8 * random.NextDouble());
                if (random.Next(4) == 0) simulated.Clock.Advance(TimeSpan.FromSeconds(random.NextDouble())); // the host is busy
            }
            Assert.True(source.Read(block));
            Assert.Equal(sequence++, block.Sequence);
            Assert.True((block.Count == 0) == (block.Fault is not null));
            Assert.Equal(next, block.FirstSample - block.Lost); // every interval is a sample or declared lost
            Assert.True(block.Timestamp >= last);
            (next, last) = (block.FirstSample + block.Count, block.Timestamp);
            if (block.Count > 0) drift = (last - start).TotalSeconds - block.FirstSample / source.Info.SampleRate;
        }
        Assert.True(source.Outages > 10);
        Assert.InRange(drift, -1.5, 1.5); // 0.1 % of ten minutes is the oscillator's, the rest is rounding of outages
    }

    /// <summary>Blocks flagged before a fault, whether any was during it, and blocks flagged well after it.</summary>
    static (int Before, bool During, int After) Flagged(string name, ChipFault fault, SampleStatus flag, TimeSpan length)
    {
        SimulatedSensor simulated = SimulatedSensor.Make(name, Hum);
        using RecoveringSource source = simulated.OpenRecovering();
        var block = new SampleBlock(source.Info.Channels.Count, 64);
        int before = Count(TimeSpan.FromSeconds(8));
        simulated.Faults.Current = fault;
        int during = Count(length);
        simulated.Faults.Current = ChipFault.None;
        Count(TimeSpan.FromSeconds(0.2)); // what was taken during the fault may come only now
        int after = Count(TimeSpan.FromSeconds(1));
        Assert.Equal(0, source.Outages);
        return (before, during > 0, after);

        int Count(TimeSpan time)
        {
            int flagged = 0;
            for (TimeSpan until = simulated.Clock.Now + time; simulated.Clock.Now < until;)
            {
                source.Read(block);
                if ((block.Status & flag) != 0) flagged++;
            }
            return flagged;
        }
    }

    [Fact]
    public void An_attempt_to_open_that_fails_half_way_keeps_nothing_open()
    {
        var resource = new Resource();
        Assert.Throws<DeviceException>(() => SensorBus.Own<Resource, Sensor>(resource, _ => throw new DeviceException(DeviceFault.Busy, "the line is taken")));
        Assert.Equal(1, resource.Closed);

        // Nor does a stream while its chip is down: each attempt's bus is closed again.
        SimulatedSensor simulated = SimulatedSensor.Make("adxl345 i2c", Hum);
        int opened = 0;
        var buses = new List<Resource>();
        using (RecoveringSource source = SensorSource.OpenRecovering(() =>
        {
            opened++;
            buses.Add(new());
            return new Owner(simulated.Create(), buses[^1]);
        }, simulated.Clock))
        {
            var block = new SampleBlock(3, 64);
            source.Read(block);
            simulated.Faults.Current = ChipFault.Nack;
            for (int i = 0; i < 20; i++) source.Read(block);
            Assert.True(opened > 5);
            Assert.All(buses, b => Assert.Equal(1, b.Closed));
            simulated.Faults.Current = ChipFault.None;
            while (block.Count == 0) source.Read(block);
            Assert.Equal(0, buses[^1].Closed);
        }
        Assert.Equal(1, buses[^1].Closed);
    }

    sealed class Resource : IDisposable
    {
        public int Closed { get; private set; }

        public void Dispose() => Closed++;
    }

    /// <summary>A sensor with something else to close.</summary>
    sealed class Owner(Sensor sensor, Resource resource) : Sensor
    {
        public override SourceInfo Info => sensor.Info;

        public override SampleTiming Timing => sensor.Timing;

        public override void Start() => sensor.Start();

        public override SensorReading Read(SampleBlock block) => sensor.Read(block);

        protected override void Dispose(bool disposing)
        {
            sensor.Dispose();
            resource.Dispose();
        }
    }

    [Fact]
    public void A_plan_of_faults_makes_a_chip_fail_at_its_time()
    {
        var clock = new ManualClock();
        ChipFaults faults = ChipFaults.Parse("nack@10,gone@30+5", clock);
        Assert.Equal(ChipFault.None, faults.Current);
        clock.Advance(TimeSpan.FromSeconds(10.5));
        Assert.Equal(ChipFault.Nack, faults.Current);
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(ChipFault.None, faults.Current);
        clock.Advance(TimeSpan.FromSeconds(23));
        Assert.Equal(ChipFault.Gone, faults.Current);
    }
}
