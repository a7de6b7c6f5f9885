using EdgeQinn.Devices.Buses;
using EdgeQinn.Devices.Sensors.Registers;
using EdgeQinn.Devices.Sensors.Simulation;
using EdgeQinn.Devices.Sources;

namespace EdgeQinn.Devices.Sensors.Ina2xx;

/// <summary>INA219 or INA226, power monitors over I²C: all three registers in one transaction.</summary>
public sealed class InaSensor : Sensor
{
    readonly I2cWords _registers;
    readonly InaModel _model;
    readonly ushort _calibration;
    readonly double _amperesPerLsb;
    readonly ushort[] _values = new ushort[3];

    /// <param name="registers">The chip's registers; closed together with this.</param>
    /// <param name="model">Which chip.</param>
    /// <param name="shuntOhms">The shunt resistor, 0.1 Ω on the usual boards.</param>
    /// <param name="mostAmperes">Largest current expected; sets the resolution, mostAmperes / 32768.</param>
    /// <param name="rate">Samples per second.</param>
    public InaSensor(I2cWords registers, InaModel model, double shuntOhms = 0.1, double mostAmperes = 3.2768, double rate = 100)
    {
        (_registers, _model) = (registers, model);
        _amperesPerLsb = mostAmperes / 32768;
        _calibration = model.Calibration(_amperesPerLsb, shuntOhms);
        Info = new(model.Name.ToLowerInvariant(), rate, [new("voltage", "V"), new("current", "A"), new("power", "W")]);
    }

    /// <inheritdoc/>
    public override SourceInfo Info { get; }

    /// <inheritdoc/>
    public override SampleTiming Timing => SampleTiming.Host;

    /// <summary>A steady load draws a steady current: nothing is stuck.</summary>
    public override TimeSpan StuckAfter => TimeSpan.MaxValue;

    /// <inheritdoc/>
    public override void Start()
    {
        if (_model == InaModel.Ina226) RegisterExtensions.Require(_registers.Name, _model.Name, _registers.Read(Register.Manufacturer), Register.TexasInstruments);
        _registers.Write(Register.Config, _model.Config);
        _registers.Write(Register.Calibration, _calibration);
        // The INA219 has no identity register: what was written must be there.
        RegisterExtensions.Require(_registers.Name, _model.Name, _registers.Read(Register.Config), _model.Config);
    }

    /// <summary>Volts, amperes and watts now.</summary>
    /// <exception cref="DeviceException">The chip does not answer.</exception>
    public PowerReading Measure()
    {
        _registers.Read([Register.Bus, Register.Current, Register.Power], _values);
        return new((_values[0] >> _model.BusShift) * _model.BusVolts, (short)_values[1] * _amperesPerLsb, _values[2] * _model.PowerRatio * _amperesPerLsb);
    }

    /// <inheritdoc/>
    public override SensorReading Read(SampleBlock block)
    {
        PowerReading p = Measure();
        (block.Buffer(0)[0], block.Buffer(1)[0], block.Buffer(2)[0]) = ((float)p.Volts, (float)p.Amperes, (float)p.Watts);
        bool saturated = (short)_values[1] is short.MaxValue or short.MinValue;
        return new(1, saturated ? SampleStatus.Saturated : SampleStatus.None);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _registers.Dispose();

    /// <summary>Opens <c>ina219:</c> or <c>ina226:BUS|sim</c> with options address, rate, shunt (Ω), max (A).</summary>
    /// <exception cref="DeviceException">The chip does not answer, or is another one.</exception>
    public static ISampleSource Open(SourceAddress address)
    {
        Func<InaSensor> create = Creator(address);
        return SensorSource.OpenRecovering(create);
    }

    /// <summary>The chip a source string names, not started yet.</summary>
    /// <exception cref="DeviceException">The bus cannot be opened.</exception>
    internal static InaSensor Create(SourceAddress address) => Creator(address)();

    static Func<InaSensor> Creator(SourceAddress address)
    {
        address.AllowOnly("address", "rate", "shunt", "max", "faults");
        var bus = new SensorBus(address, i2c: true, spi: false);
        InaModel model = address.Scheme == "ina219" ? InaModel.Ina219 : InaModel.Ina226;
        double rate = address.Number("rate", 100, 0.01, 1000), shunt = address.Number("shunt", 0.1, 1e-4, 10), most = address.Number("max", 3.2768, 1e-3, 1000);
        bus.Simulate(() => new InaSimulator(MonotonicClock.System, bus.Faults, model, shunt, Stimuli.Supply()));
        return () => new InaSensor(new I2cWords(bus.OpenI2c(0x40), bus.I2cAddress(0x40)), model, shunt, most, rate);
    }

    /// <summary>Registers, alike in both chips.</summary>
    internal static class Register
    {
        public const byte Config = 0x00, Shunt = 0x01, Bus = 0x02, Power = 0x03, Current = 0x04, Calibration = 0x05, Manufacturer = 0xFE;

        public const ushort TexasInstruments = 0x5449;
    }
}
