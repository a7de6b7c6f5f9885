namespace EdgeQinn.Devices.Sensors.Ina2xx;

/// <summary>What differs between the power monitors of the family.</summary>
/// <param name="Name">Type.</param>
/// <param name="ShuntVolts">Volts per LSB of the shunt voltage register.</param>
/// <param name="BusVolts">Volts per LSB of the bus voltage.</param>
/// <param name="BusShift">Flag bits below the bus voltage.</param>
/// <param name="CalibrationScale">Numerator of the calibration value.</param>
/// <param name="PowerRatio">LSB of the power register ÷ LSB of the current register.</param>
/// <param name="Config">Configuration for continuous conversion of shunt and bus, averaged over some milliseconds.</param>
/// <param name="BusRange">Most volts on the bus.</param>
public sealed record InaModel(
    string Name, double ShuntVolts, double BusVolts, int BusShift, double CalibrationScale, double PowerRatio, ushort Config, double BusRange)
{
    /// <summary>INA219 (Texas Instruments, SBOS448G): 32 V, gain 8 (±320 mV), 12 bits averaged over 8 samples, 4.26 ms.</summary>
    public static InaModel Ina219 { get; } = new("INA219", 10e-6, 4e-3, 3, 0.04096, 20, 0x3DDF, 32);

    /// <summary>INA226 (Texas Instruments, SBOS547A): 36 V, ±81.92 mV, 1.1 ms per conversion, averaged over 4.</summary>
    public static InaModel Ina226 { get; } = new("INA226", 2.5e-6, 1.25e-3, 0, 0.00512, 25, 0x4327, 36);

    /// <summary>The calibration register's value: CalibrationScale / (current LSB · shunt resistance), cut off (INA219 equation 1, INA226 equation 1).</summary>
    public ushort Calibration(double amperesPerLsb, double shuntOhms) =>
        checked((ushort)Math.Min(ushort.MaxValue, Math.Floor(CalibrationScale / (amperesPerLsb * shuntOhms) + 1e-9)));
}

/// <summary>What a power monitor measured.</summary>
/// <param name="Volts">At the load.</param>
/// <param name="Amperes">Through the shunt.</param>
/// <param name="Watts">As the chip multiplies them.</param>
public readonly record struct PowerReading(double Volts, double Amperes, double Watts);
