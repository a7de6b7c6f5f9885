using EdgeQinn.Devices.Buses;
using EdgeQinn.Devices.Sensors.Ad8232;
using EdgeQinn.Devices.Sensors.Registers;
using EdgeQinn.Devices.Sensors.Simulation;
using EdgeQinn.Devices.Sources;

namespace EdgeQinn.Devices.Sensors.Ads1115;

/// <summary>
/// ADS1115, ADC of 16 bits up to 860 samples per second over I²C (Texas Instruments, SBAS444D). Converts continuously; with its ALERT/RDY
/// pin wired every conversion is read once and stamped by the kernel, without it the latest one is read when a sample is due.
/// </summary>
public sealed class Ads1115Sensor : Sensor
{
    /// <summary>Data rates in Hz, by code (table 8, DR).</summary>
    public static ReadOnlySpan<double> Rates => [8, 16, 32, 64, 128, 250, 475, 860];

    /// <summary>Full-scale ranges in V, by code (table 8, PGA).</summary>
    public static ReadOnlySpan<double> Ranges => [6.144, 4.096, 2.048, 1.024, 0.512, 0.256];

    /// <summary>Inputs by code (table 8, MUX): pairs, then each against ground.</summary>
    public static IReadOnlyList<string> Inputs { get; } = ["0-1", "0-3", "1-3", "2-3", "0", "1", "2", "3"];

    readonly I2cWords _registers;
    readonly IGpioLines? _readyLines;
    readonly DataReadyLine? _ready;
    readonly ushort _config;
    readonly float _voltsPerLsb;

    /// <param name="registers">The chip's registers; closed together with this.</param>
    /// <param name="input">Index into <see cref="Inputs"/>.</param>
    /// <param name="rate">Index into <see cref="Rates"/>.</param>
    /// <param name="range">Index into <see cref="Ranges"/>.</param>
    /// <param name="ready">The line the ALERT/RDY pin is on, watched for falling edges, or null; closed together with this.</param>
    public Ads1115Sensor(I2cWords registers, int input, int rate, int range, IGpioLines? ready = null)
    {
        (_registers, _readyLines) = (registers, ready);
        _voltsPerLsb = (float)(Ranges[range] / 32768);
        Info = new("ads1115", Rates[rate], [new($"AIN{Inputs[input]}", "V")]);
        if (ready is not null) _ready = new(ready, Info.Name, TimeSpan.FromSeconds(Math.Max(0.25, 10 / Info.SampleRate)));
        _config = (ushort)(input << 12 | range << 9 | rate << 5 | (ready is null ? Register.ComparatorOff : 0));
    }

    /// <inheritdoc/>
    public override SourceInfo Info { get; }

    /// <inheritdoc/>
    public override SampleTiming Timing => _ready is null ? SampleTiming.Host : SampleTiming.DataReady;

    /// <summary>The codes 8000h and 7FFFh.</summary>
    public override (float Low, float High) Range(int channel) => (short.MinValue * _voltsPerLsb, short.MaxValue * _voltsPerLsb);

    /// <inheritdoc/>
    public override void Start()
    {
        // Most significant bits 1 and 0 of the thresholds make the comparator's pin say "conversion ready" (section 9.3.8).
        _registers.Write(Register.HighThreshold, 0x8000);
        _registers.Write(Register.LowThreshold, 0x0000);
        _registers.Write(Register.Config, _config);
        // There is no identity register: what was written must be there.
        int mask = ~Register.OperationalStatus & 0xFFFF;
        RegisterExtensions.Require(_registers.Name, "ADS1115", _registers.Read(Register.Config) & mask, _config & mask);
        _ready?.Restart();
    }

    /// <inheritdoc/>
    public override SensorReading Read(SampleBlock block)
    {
        long missed = 0;
        TimeSpan? time = _ready?.Wait(out missed);
        block.Buffer(0)[0] = (short)_registers.Read(Register.Conversion) * _voltsPerLsb;
        return new(1, SampleStatus.None, missed, time);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _registers.Dispose();
        _readyLines?.Dispose();
    }

    /// <summary>
    /// Opens <c>ads1115:BUS|sim</c> with options address, input, rate, range, ready=CHIP/LINE, and those of the AD8232:
    /// frontend=ad8232, gain, middle, leadoff=CHIP/LINE+LINE.
    /// </summary>
    /// <exception cref="DeviceException">The chip does not answer, or is another one.</exception>
    public static ISampleSource Open(SourceAddress address)
    {
        address.AllowOnly(["address", "input", "rate", "range", "ready", "faults", .. Ad8232FrontEnd.Options]);
        var bus = new SensorBus(address, i2c: true, spi: false);
        int rate = bus.Choose("rate", 250, Rates), range = bus.Choose("range", 4.096, Ranges);
        string input = address.Option("input") ?? "0";
        int code = Inputs.ToList().IndexOf(input);
        if (code < 0) throw new SourceAddressException($"'{address.Text}': ads1115 has inputs {string.Join(", ", Inputs)}, not {input}");
        Func<Sensor, Sensor> frontEnd = Ad8232FrontEnd.Wrapper(address, bus);
        bus.Simulate(() => new Ads1115Simulator(MonotonicClock.System, bus.Faults, Stimuli.AmplifiedEcg(Ad8232FrontEnd.Gain, Ad8232FrontEnd.Middle)));
        return SensorSource.OpenRecovering(() => SensorBus.Own<Sensor, Sensor>(
            SensorBus.Own(
                bus.OpenI2c(0x48), i2c => new Ads1115Sensor(new I2cWords(i2c, bus.I2cAddress(0x48)), code, rate, range, bus.OpenReady("ready"))),
            frontEnd));
    }

    /// <summary>Registers and bits (tables 6 to 8).</summary>
    internal static class Register
    {
        public const byte Conversion = 0, Config = 1, LowThreshold = 2, HighThreshold = 3;

        public const ushort OperationalStatus = 0x8000, SingleShot = 0x0100, ComparatorOff = 0x0003;
    }
}
