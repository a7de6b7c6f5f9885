using EdgeQinn.Devices.Linux;
using Xunit;

namespace EdgeQinn.Devices.Tests.Linux;

/// <summary>The checks over made-up machines.</summary>
public sealed class BoardCheckTests : IDisposable
{
    const int Denied = 13, Busy = 16;

    readonly string _root = Directory.CreateTempSubdirectory("edgeqinn-board").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    void Write(string path, string value)
    {
        string file = Path.Combine(_root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, value + "\n");
    }

    CheckResult Check(string name, Func<string, int>? open = null) => BoardCheck.Run(_root, open ?? (_ => 0)).Single(c => c.Name == name);

    [Theory]
    [InlineData("6.6.31+rpt-rpi-v8", CheckState.Good)]
    [InlineData("5.10.0", CheckState.Good)]
    [InlineData("5.4.0-42-generic", CheckState.Bad)]
    public void A_kernel_without_the_new_GPIO_interface_is_told(string release, CheckState state)
    {
        Write("proc/sys/kernel/osrelease", release);
        Assert.Equal(state, Check("kernel").State);
    }

    [Fact]
    public void Buses_that_are_missing_closed_or_taken_say_what_to_do()
    {
        CheckResult missing = Check("I²C");
        Assert.Equal(CheckState.Notice, missing.State);
        Assert.Contains("dtparam=i2c_arm=on", missing.Mend);

        Write("dev/i2c-1", "");
        Write("dev/i2c-20", "");
        Assert.Equal((CheckState.Good, "i2c-1, i2c-20"), (Check("I²C").State, Check("I²C").Text));
        CheckResult closed = Check("I²C", file => file.EndsWith("i2c-20") ? Denied : 0);
        Assert.Equal(CheckState.Bad, closed.State);
        Assert.Contains("i2c-20: no permission", closed.Text);
        Assert.Contains("usermod -aG i2c", closed.Mend);

        Write("dev/spidev0.0", "");
        Assert.Contains("somebody else", Check("SPI", _ => Busy).Text);
        Assert.DoesNotContain(BoardCheck.Run(_root, _ => 0), c => c.Name == "IIO");
    }

    [Fact]
    public void Clock_governor_and_supply_are_judged()
    {
        Write("sys/devices/system/clocksource/clocksource0/current_clocksource", "acpi_pm");
        Write("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "ondemand");
        Write("sys/devices/platform/soc/soc:firmware/get_throttled", "50005");
        Assert.Equal((CheckState.Notice, CheckState.Notice, CheckState.Bad), (Check("clock").State, Check("governor").State, Check("throttling").State));
        Assert.Contains("performance", Check("governor").Mend);
        Assert.Contains("supply", Check("throttling").Mend);
        Write("sys/devices/platform/soc/soc:firmware/get_throttled", "0");
        Assert.Equal(CheckState.Good, Check("throttling").State);
    }
}
