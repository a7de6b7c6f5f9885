using EdgeQinn.Devices.Buses;
using EdgeQinn.Devices.Sensors.Simulation;
using EdgeQinn.Devices.Sources;
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
