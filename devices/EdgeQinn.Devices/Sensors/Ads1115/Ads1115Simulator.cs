using EdgeQinn.Devices.Sensors.Simulation;
using EdgeQinn.Devices.Sources;
using Register = EdgeQinn.Devices.Sensors.Ads1115.Ads1115Sensor.Register;

namespace EdgeQinn.Devices.Sensors.Ads1115;

/// <summary>An ADS1115 as its data sheet describes it: continuous conversion by its own clock into one register.</summary>
public sealed class Ads1115Simulator : WordChip
{
    readonly Stimulus _stimulus;

    /// <summary>A chip that has just been switched on.</summary>
    /// <param name="clock">The time it lives in.</param>
    /// <param name="faults">What it suffers from.</param>
    /// <param name="stimulus">Volts between the selected inputs.</param>
    /// <param name="oscillatorError">Relative error of its clock; up to 0.1 by the data sheet.</param>
    public Ads1115Simulator(MonotonicClock clock, ChipFaults faults, Stimulus stimulus, double oscillatorError = 0) : base(clock, faults, oscillatorError)
    {
        _stimulus = stimulus;
        PowerOn();
    }

    /// <inheritdoc/>
    protected override void PowerOn()
    {
        (Registers[0], Registers[1], Registers[2], Registers[3]) = (0, 0x8583, 0x8000, 0x7FFF);
        SampleAt(0);
    }

    /// <inheritdoc/>
    protected override ushort ReadRegister(byte register) =>
        register == Register.Config && Faults.Current == ChipFault.Identity ? (ushort)0x0000 : base.ReadRegister(register);

    /// <inheritdoc/>
    protected override void WriteRegister(byte register, ushort value)
    {
        base.WriteRegister(register, value);
        if (register == Register.Config) SampleAt((value & Register.SingleShot) != 0 ? 0 : Ads1115Sensor.Rates[value >> 5 & 7]);
    }

    /// <inheritdoc/>
    protected override void Take(double seconds, TimeSpan time)
    {
        if (Faults.Current == ChipFault.Stuck) return;
        int range = Math.Min(Registers[Register.Config] >> 9 & 7, 5);
        Registers[Register.Conversion] = (ushort)Convert(_stimulus(seconds, 0), Ads1115Sensor.Ranges[range] / 32768, 16);
    }
}
