using EdgeQinn.Devices.Power;
using EdgeQinn.Devices.Sources;
using Xunit;

namespace EdgeQinn.Devices.Tests.Power;

/// <summary>Meters over made-up trees of sysfs, as kernels and boards lay them out.</summary>
public sealed class PowerTests : IDisposable
{
    readonly string _root = Directory.CreateTempSubdirectory("edgeqinn-sysfs").FullName;
    readonly ManualClock _clock = new();

    public void Dispose() => Directory.Delete(_root, recursive: true);

    void Write(string path, object value)
    {
        string file = Path.Combine(_root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, $"{value}\n");
    }

    PowerMeter? Find(Func<string?>? pmic = null) => PowerMeter.Find(_root, pmic ?? (() => null), _clock, out _);

    [Fact]
    public void Processor_counters_are_summed_over_packages_and_wrap()
    {
        foreach (int package in (int[])[0, 1])
        {
            Write($"sys/class/powercap/intel-rapl:{package}/energy_uj", 900_000);
            Write($"sys/class/powercap/intel-rapl:{package}/max_energy_range_uj", 1_000_000);
            Write($"sys/class/powercap/intel-rapl:{package}:0/energy_uj", 12345); // a part of the package: counted already
        }
        using PowerMeter meter = Find()!;
        Assert.Contains("2 processor package", meter.Name);
        Assert.Equal(double.NaN, meter.Read());
        Write("sys/class/powercap/intel-rapl:0/energy_uj", 950_000);
        Write("sys/class/powercap/intel-rapl:1/energy_uj", 50_000); // 150 mJ, over the end
        _clock.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal(2.0, meter.Read(), 1e-9);
    }

    [Fact]
    public void A_monitor_that_the_kernel_drives_goes_before_everything_else()
    {
        Write("sys/class/hwmon/hwmon0/name", "cpu_thermal");
        Write("sys/class/hwmon/hwmon1/name", "amdgpu");
        Write("sys/class/hwmon/hwmon1/power1_input", 9_000_000);
        using (PowerMeter other = Find()!) Assert.Equal((9, true), (other.Read(), other.Name.StartsWith("amdgpu")));

        const string Pmic = "3V7_WL_SW_A current(0)=0.50000000A\n VDD_CORE_A current(7)=2.00000000A\n3V7_WL_SW_V volt(8)=3.70000000V\n     VDD_CORE_V volt(15)=0.80000000V\n EXT5V_V volt(24)=5.1V\n";
        using (PowerMeter pmic = Find(() => Pmic)!) Assert.Equal((0.5 * 3.7 + 2 * 0.8, true), (Math.Round(pmic.Read(), 9), pmic.Name.StartsWith("PMIC")));

        Write("sys/class/hwmon/hwmon2/name", "ina226");
        Write("sys/class/hwmon/hwmon2/in1_input", 5000);
        Write("sys/class/hwmon/hwmon2/curr1_input", 800);
        using PowerMeter ina = Find(() => Pmic)!;
        Assert.Equal((4, true), (ina.Read(), ina.Name.StartsWith("ina226")));
    }

    [Fact]
    public void Where_there_is_none_it_says_so_and_a_closed_counter_how_to_open_it()
    {
        Assert.Null(Find());
        Write("sys/class/powercap/intel-rapl:0/energy_uj", "");
        Assert.Null(PowerMeter.Find(_root, () => "vcgencmd: command not found", _clock, out IReadOnlyList<string> problems));
        Assert.Contains("run as root", Assert.Single(problems));
        Assert.Throws<SourceAddressException>(() => PowerMeter.Open("adxl345:1"));
    }

    [Fact]
    public void The_simulated_monitor_measures_its_supply()
    {
        using PowerMeter meter = PowerMeter.Open("ina226:sim");
        Assert.InRange(meter.Read(), 0.5, 20);
        Assert.Contains("bus", meter.Bias);
    }

    sealed class Scripted(Func<double> watts) : PowerMeter
    {
        public override string Name => "scripted";

        public override string Bias => "none";

        public override double Read() => watts();
    }

    [Fact]
    public void Energy_per_run_is_what_lies_above_idle()
    {
        bool busy = false;
        using var meter = new Scripted(() => busy ? 3.5 : 3.0);
        TimeSpan begun = _clock.Now;
        PowerProfile profile = PowerProfile.Measure(meter, () =>
        {
            busy = _clock.Now - begun < TimeSpan.FromSeconds(1.5 - 0.0015); // the last run leaves an idle machine behind
            _clock.Advance(TimeSpan.FromMilliseconds(1));
        }, TimeSpan.FromSeconds(1), _clock);
        Assert.Equal((3.0, 1000), (profile.IdleWatts, profile.Runs));
        Assert.InRange(profile.BusyWatts, 3.4, 3.5);
        Assert.InRange(profile.JoulesPerRun, 0.4e-3, 0.5e-3);
        Assert.True(double.IsNaN(PowerProfile.Measure(null, () => _clock.Advance(TimeSpan.FromMilliseconds(1)), TimeSpan.FromSeconds(1), _clock).JoulesPerRun));
    }

    [Fact]
    public void The_machines_state_is_read_and_throttling_named()
    {
        Assert.Equal(new MachineState(double.NaN, null, double.NaN, null, false), MachineState.Read(_root));
        Write("sys/class/thermal/thermal_zone0/temp", 48_312);
        Write("sys/class/thermal/thermal_zone1/temp", 51_000);
        Write("sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "ondemand");
        Write("sys/devices/system/cpu/cpu0/cpufreq/scaling_cur_freq", 1_500_000);
        Write("sys/devices/platform/soc/soc:firmware/get_throttled", "50004");
        MachineState state = MachineState.Read(_root);
        Assert.Equal((51.0, "ondemand", 1500.0, true), (state.Temperature, state.Governor, state.Megahertz, state.ThrottlingKnown));
        Assert.Equal("under-voltage since the start, throttled now", state.Throttled);
    }
}
