using EdgeQinn.Devices.Sensors.Simulation;
using EdgeQinn.Devices.Sources;
using Register = EdgeQinn.Devices.Sensors.Ina2xx.InaSensor.Register;

namespace EdgeQinn.Devices.Sensors.Ina2xx;

/// <summary>
/// An INA219 or INA226 as its data sheet describes it: current = shunt register · calibration ÷ 4096 (INA219) or 2048 (INA226),
/// power = current · bus register ÷ 5000 or 20000.
/// </summary>
public sealed class InaSimulator : WordChip
{
    readonly InaModel _model;
    readonly double _shuntOhms;
    readonly Stimulus _stimulus;

    /// <param name="clock">The time it lives in.</param>
    /// <param name="faults">What it suffers from.</param>
    /// <param name="model">Which chip.</param>
    /// <param name="shuntOhms">The resistor.</param>
    /// <param name="stimulus">Channel 0: bus volts; channel 1: amperes.</param>
    public InaSimulator(MonotonicClock clock, ChipFaults faults, InaModel model, double shuntOhms, Stimulus stimulus) : base(clock, faults, 0)
    {
        (_model, _shuntOhms, _stimulus) = (model, shuntOhms, stimulus);
        PowerOn();
    }

    /// <inheritdoc/>
    protected override void PowerOn()
    {
        Array.Clear(Registers);
        bool ina219 = _model == InaModel.Ina219;
        Registers[Register.Config] = (ushort)(ina219 ? 0x399F : 0x4127);
        Registers[Register.Manufacturer] = (ushort)(ina219 ? 0 : Register.TexasInstruments);
    }

    /// <inheritdoc/>
    protected override ushort ReadRegister(byte register)
    {
        int shunt = Convert(_stimulus(Seconds, 1) * _shuntOhms, _model.ShuntVolts, 16);
        int bus = Convert(_stimulus(Seconds, 0), _model.BusVolts, 16);
        bool ina219 = _model == InaModel.Ina219;
        int current = Math.Clamp(shunt * Registers[Register.Calibration] / (ina219 ? 4096 : 2048), short.MinValue, short.MaxValue);
        return register switch
        {
            Register.Config or Register.Manufacturer when Faults.Current == ChipFault.Identity => 0x1234,
            Register.Shunt => (ushort)shunt,
            Register.Bus => (ushort)(bus << _model.BusShift | (ina219 ? 2 : 0)), // the INA219's conversion-ready bit
            Register.Current => (ushort)current,
            Register.Power => (ushort)(Math.Abs((long)current) * bus / (ina219 ? 5000 : 20000)),
            _ => Registers[register],
        };
    }

    /// <summary>The converter's cycle is shorter than any sample interval.</summary>
    protected override void Take(double seconds, TimeSpan time) { }
}
