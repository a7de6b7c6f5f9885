using System.Buffers.Binary;
using EdgeQinn.Devices.Sensors.Registers;
using EdgeQinn.Devices.Sources;
using Register = EdgeQinn.Devices.Sensors.Mpu6050.Mpu6050Sensor.Register;

namespace EdgeQinn.Devices.Sensors.Mpu6050;

/// <summary>
/// The chip's self-test: it deflects its own masses, and the response is compared with what the factory measured (register map,
/// section 4.1). A good chip deviates by less than 14 % on every axis (product specification, sections 6.1 and 6.2).
/// </summary>
public static class Mpu6050SelfTest
{
    /// <summary>Most deviation of a good chip.</summary>
    public const double Limit = 0.14;

    const int Averaged = 32;
    static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(250);

    /// <summary>The factory's accelerometer response in LSB at ±8 g: 4096 · 0.34 · (0.92/0.34)^((code − 1)/(2⁵ − 2)).</summary>
    public static double AccelerometerTrim(int code) => code == 0 ? 0 : 4096 * 0.34 * Math.Pow(0.92 / 0.34, (code - 1) / 30.0);

    /// <summary>The factory's gyroscope response in LSB at ±250 °/s: 25 · 131 · 1.046^(code − 1), negative on the y axis.</summary>
    public static double GyroscopeTrim(int axis, int code) => code == 0 ? 0 : (axis == 1 ? -25 : 25) * 131 * Math.Pow(1.046, code - 1);

    /// <summary>Runs the test; the chip must lie still. The chip has to be started anew afterwards.</summary>
    /// <returns>Deviations (response − trim) / trim of ax, ay, az, gx, gy, gz; NaN where the factory left no trim.</returns>
    /// <exception cref="Buses.DeviceException">The chip does not answer, or is another one.</exception>
    public static double[] Run(IRegisters registers, MonotonicClock clock)
    {
        registers.Identify("MPU-6050", Register.WhoAmI, Register.Identity);
        registers.Write(Register.PowerManagement1, Register.ClockFromGyroscope);
        registers.Write(Register.Config, Register.LowPass184Hz);
        registers.Write(Register.SampleRateDivider, 0);
        double[] rest = Measure(registers, clock, 0), driven = Measure(registers, clock, Register.SelfTestAll);
        byte[] codes = new byte[4];
        registers.Read(Register.SelfTestX, codes);
        double[] deviations = new double[6];
        for (int axis = 0; axis < 3; axis++)
        {
            int low = codes[3] >> (4 - 2 * axis) & 3;
            double accelerometer = AccelerometerTrim(codes[axis] >> 3 & 0x1C | low), gyroscope = GyroscopeTrim(axis, codes[axis] & 0x1F);
            deviations[axis] = Deviation(driven[axis] - rest[axis], accelerometer);
            deviations[3 + axis] = Deviation(driven[3 + axis] - rest[3 + axis], gyroscope);
        }
        return deviations;
    }

    static double Deviation(double response, double trim) => trim == 0 ? double.NaN : (response - trim) / trim;

    static double[] Measure(IRegisters registers, MonotonicClock clock, byte selfTest)
    {
        registers.Write(Register.GyroscopeConfig, selfTest);                   // ±250 °/s
        registers.Write(Register.AccelerometerConfig, (byte)(selfTest | 0x10)); // ±8 g
        clock.WaitUntil(clock.Now + Settling);
        double[] mean = new double[6];
        byte[] bytes = new byte[14]; // with the temperature in the middle
        for (int n = 0; n < Averaged; n++)
        {
            clock.WaitUntil(clock.Now + TimeSpan.FromMilliseconds(1));
            registers.Read(Register.AccelerometerX, bytes);
            for (int axis = 0; axis < 6; axis++) mean[axis] += BinaryPrimitives.ReadInt16BigEndian(bytes.AsSpan(2 * axis + (axis < 3 ? 0 : 2))) / (double)Averaged;
        }
        return mean;
    }
}
