using System.Buffers.Binary;
using EdgeQinn.Devices.Sensors.Registers;
using EdgeQinn.Devices.Sources;
using Register = EdgeQinn.Devices.Sensors.Adxl345.Adxl345Sensor.Register;

namespace EdgeQinn.Devices.Sensors.Adxl345;

/// <summary>
/// The chip's self-test: it deflects its own mass, and the change must lie within limits that grow with the supply's square (data sheet rev. E, page 22: tables 14
/// and 15). Wrong wiring of an axis, a broken mass and a wrong scale show; the limits are too wide to calibrate with.
/// </summary>
public static class Adxl345SelfTest
{
    const int Averaged = 32, RateCode = 0x0D; // 800 Hz: the test holds from 100 to 800 Hz
    static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(20);

    // Table 14: scale factors of the limits by supply voltage; x and y, then z.
    static ReadOnlySpan<double> Volts => [2.0, 2.5, 3.3, 3.6];
    static ReadOnlySpan<double> PlaneFactors => [0.64, 1, 1.77, 2.11];
    static ReadOnlySpan<double> NormalFactors => [0.8, 1, 1.47, 1.69];

    // Table 15: LSB of full resolution at 2.5 V.
    static ReadOnlySpan<double> Least => [50, -540, 75];
    static ReadOnlySpan<double> Most => [540, -50, 875];

    /// <summary>The change a good chip shows on an axis, in LSB of full resolution (256 per g), at a supply of 2.0 to 3.6 V; between the table's voltages by a line.</summary>
    public static (double Least, double Most) Limits(int axis, double supply)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(supply, 2.0);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(supply, 3.6);
        ReadOnlySpan<double> factors = axis < 2 ? PlaneFactors : NormalFactors;
        int at = 0;
        while (at < Volts.Length - 2 && supply > Volts[at + 1]) at++;
        double share = (supply - Volts[at]) / (Volts[at + 1] - Volts[at]), factor = factors[at] + share * (factors[at + 1] - factors[at]);
        return (Least[axis] * factor, Most[axis] * factor);
    }

    /// <summary>Runs the test; the chip must lie still. It has to be started anew afterwards.</summary>
    /// <returns>The change of x, y and z in LSB, to be compared with <see cref="Limits"/>.</returns>
    /// <exception cref="Buses.DeviceException">The chip does not answer, or is another one.</exception>
    public static double[] Run(IRegisters registers, MonotonicClock clock)
    {
        registers.Identify("ADXL345", Register.DeviceId, Register.Identity);
        registers.Write(Register.PowerControl, 0);
        registers.Write(Register.FifoControl, 0); // bypass: the registers hold the latest sample
        registers.Write(Register.Rate, RateCode);
        const byte Range16 = 3;
        registers.Write(Register.DataFormat, Register.FullResolution | Range16);
        registers.Write(Register.PowerControl, Register.Measure);
        double[] rest = Measure(registers, clock);
        registers.Write(Register.DataFormat, Register.SelfTest | Register.FullResolution | Range16);
        double[] driven = Measure(registers, clock);
        registers.Write(Register.DataFormat, Register.FullResolution | Range16);
        return [driven[0] - rest[0], driven[1] - rest[1], driven[2] - rest[2]];
    }

    static double[] Measure(IRegisters registers, MonotonicClock clock)
    {
        clock.WaitUntil(clock.Now + Settling);
        double[] mean = new double[3];
        byte[] bytes = new byte[6];
        for (int n = 0; n < Averaged; n++)
        {
            clock.WaitUntil(clock.Now + TimeSpan.FromMilliseconds(1.25));
            registers.Read(Register.DataX0, bytes);
            for (int axis = 0; axis < 3; axis++) mean[axis] += BinaryPrimitives.ReadInt16LittleEndian(bytes.AsSpan(2 * axis)) / (double)Averaged;
        }
        return mean;
    }
}
