using EdgeQinn.Devices.Sensors;
using EdgeQinn.Devices.Sensors.Ina2xx;
using EdgeQinn.Devices.Sources;

namespace EdgeQinn.Devices.Power;

/// <summary>Something that tells what the machine draws.</summary>
public abstract class PowerMeter : IDisposable
{
    /// <summary>What it is and what it measures, for people.</summary>
    public abstract string Name { get; }

    /// <summary>What keeps its figure from being the energy of inference alone.</summary>
    public abstract string Bias { get; }

    /// <summary>The power now, in W; meters that count energy tell the mean since the last call, and NaN at the first.</summary>
    /// <exception cref="Buses.DeviceException">It does not answer any more.</exception>
    /// <exception cref="IOException">Its file cannot be read any more.</exception>
    public abstract double Read();

    /// <summary>The best meter this machine has: a power monitor the kernel drives, the Raspberry Pi 5's PMIC, the processor's own counter (RAPL), any other of hwmon.</summary>
    /// <param name="problems">Meters that are there but cannot be used, and what to do about it.</param>
    /// <returns>Null where there is none.</returns>
    public static PowerMeter? Find(out IReadOnlyList<string> problems) => Find("/", PmicMeter.Query, MonotonicClock.System, out problems);

    internal static PowerMeter? Find(string root, Func<string?> pmic, MonotonicClock clock, out IReadOnlyList<string> problems)
    {
        var found = new List<string>();
        problems = found;
        return HwmonMeter.Find(root, monitorsOnly: true) ?? PmicMeter.Find(pmic) ?? RaplMeter.Find(root, clock, found) ?? (PowerMeter?)HwmonMeter.Find(root, monitorsOnly: false);
    }

    /// <summary>The power monitor a source string names: <c>ina226:1?shunt=0.01&amp;max=8</c>, <c>ina219:1</c>.</summary>
    /// <exception cref="SourceAddressException">It names none.</exception>
    /// <exception cref="Buses.DeviceException">The chip does not answer.</exception>
    public static PowerMeter Open(string text)
    {
        SourceAddress address = SourceAddress.Parse(text);
        if (address.Scheme is not ("ina219" or "ina226")) throw new SourceAddressException($"'{text}' is no power monitor: write ina219:BUS or ina226:BUS with address, shunt (Ω), max (A)");
        return new InaMeter(InaSensor.Create(address), text);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes the device.</summary>
    protected virtual void Dispose(bool disposing) { }
}

/// <summary>An INA219 or INA226 that this program reads itself.</summary>
sealed class InaMeter : PowerMeter
{
    readonly InaSensor _sensor;

    public InaMeter(InaSensor sensor, string name)
    {
        (_sensor, Name) = (sensor, name);
        _sensor.Start();
    }

    public override string Name { get; }

    public override string Bias => "the board reads the monitor over its own bus, which costs some of what is measured; a meter outside the board does not";

    public override double Read() => _sensor.Measure() is var p && p.Watts > 0 ? p.Watts : Math.Abs(p.Volts * p.Amperes);

    protected override void Dispose(bool disposing)
    {
        _sensor.Dispose();
        base.Dispose(disposing);
    }
}
