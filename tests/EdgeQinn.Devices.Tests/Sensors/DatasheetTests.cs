using EdgeQinn.Devices.Sensors;
using EdgeQinn.Devices.Sensors.Ads1115;
using EdgeQinn.Devices.Sensors.Ads1292r;
using EdgeQinn.Devices.Sensors.Adxl345;
using EdgeQinn.Devices.Sensors.Adxl357;
using EdgeQinn.Devices.Sensors.Ina2xx;
using EdgeQinn.Devices.Sensors.Lis3dh;
using EdgeQinn.Devices.Sensors.Mcp3x08;
using EdgeQinn.Devices.Sensors.Mpu6050;
using EdgeQinn.Devices.Sensors.Registers;
using EdgeQinn.Devices.Sensors.Simulation;
using EdgeQinn.Devices.Sources;
using Xunit;

namespace EdgeQinn.Devices.Tests.Sensors;

/// <summary>The data sheets' own examples: codes and what they mean, register values, bytes on the bus.</summary>
public sealed class DatasheetTests
{
    readonly ManualClock _clock = new();
    readonly SampleBlock _block = new(6, 64);

    /// <summary>A chip of nothing but bytes that a test puts there, and that keeps what was sent.</summary>
    sealed class ScriptedRegisters : IRegisters
    {
        public Dictionary<byte, byte[]> Answers { get; } = [];

        public List<(int Register, int Value)> Written { get; } = [];

        public string Name => "script";

        public void Read(byte register, Span<byte> values) => ReadRepeatedly(register, values, values.Length);

        public void ReadRepeatedly(byte register, Span<byte> values, int length) => Answers[register].AsSpan(0, values.Length).CopyTo(values);

        public void Write(byte register, byte value) => Written.Add((register, value));

        public void Dispose() { }
    }

    sealed class ScriptedSpi(params byte[][] answers) : Buses.ISpiDevice
    {
        public List<byte[]> Sent { get; } = [];

        public string Name => "script";

        public void Transfer(Span<byte> bytes, int frame)
        {
            Sent.Add(bytes.ToArray());
            byte[] answer = answers.Length == 0 ? new byte[bytes.Length] : answers[Math.Min(Sent.Count, answers.Length) - 1];
            answer.AsSpan(0, bytes.Length).CopyTo(bytes);
        }

        public void Dispose() { }
    }

    sealed class ScriptedI2c(params byte[] answer) : Buses.II2cBus
    {
        public List<byte[]> Sent { get; } = [];

        public string Name => "script";

        public int MaxMessages => 42;

        public void Transfer(byte address, ReadOnlySpan<Buses.I2cMessage> messages, Span<byte> bytes)
        {
            foreach (Buses.I2cMessage m in messages)
            {
                Span<byte> part = bytes.Slice(m.Offset, m.Length);
                if (m.IsRead) answer.AsSpan(0, m.Length).CopyTo(part);
                else Sent.Add(part.ToArray());
            }
        }

        public void Dispose() { }
    }

    float First(Sensor sensor, int channel = 0)
    {
        Assert.True(sensor.Read(_block).Count > 0);
        return _block.Buffer(channel)[0];
    }

    // SBAS444D, table 3 (ideal output code versus input signal) at ±2.048 V, and table 2 (LSB sizes).
    [Theory]
    [InlineData(0x7FFF, 2.048 * 32767 / 32768)]
    [InlineData(0x0001, 62.5e-6)]
    [InlineData(0x0000, 0)]
    [InlineData(0xFFFF, -62.5e-6)]
    [InlineData(0x8000, -2.048)]
    public void ADS1115_codes(int code, double volts)
    {
        var bus = new ScriptedI2c((byte)(code >> 8), (byte)code);
        Assert.Equal(volts, First(new Ads1115Sensor(new I2cWords(bus, 0x48), 4, 4, 2)), Math.Abs(volts) * 1e-6);
        Assert.Equal([0x00], bus.Sent.Single());
    }

    [Fact]
    public void ADS1115_starts_continuous_conversion()
    {
        // Section 9.5.1 (quick start): the config register 8483h less its one-shot start bit: AIN0-AIN1, ±2.048 V, continuous, 128 SPS, comparator off.
        var bus = new ScriptedI2c(0x84, 0x83);
        new Ads1115Sensor(new I2cWords(bus, 0x48), input: 0, rate: 4, range: 2).Start();
        Assert.Contains(bus.Sent, s => s.SequenceEqual(new byte[] { 0x01, 0x04, 0x83 }));
        // Section 9.3.8: thresholds whose highest bits are 1 and 0 make the pin a conversion-ready pin.
        Assert.Contains(bus.Sent, s => s.SequenceEqual(new byte[] { 0x03, 0x80, 0x00 }));
        Assert.Contains(bus.Sent, s => s.SequenceEqual(new byte[] { 0x02, 0x00, 0x00 }));
        double[] lsb = [187.5, 125, 62.5, 31.25, 15.625, 7.8125];
        for (int range = 0; range < lsb.Length; range++)
            Assert.Equal(lsb[range] * 1e-6, First(new Ads1115Sensor(new I2cWords(new ScriptedI2c(0, 1), 0x48), 4, 4, range)), 1e-9);
    }

    // DS21295 figure 6-1 and DS21298 figure 6-1: bytes as 8-bit controllers send them.
    [Theory]
    [InlineData(10, 0, 0x01, 0x80)]
    [InlineData(10, 7, 0x01, 0xF0)]
    [InlineData(12, 0, 0x06, 0x00)]
    [InlineData(12, 3, 0x06, 0xC0)]
    [InlineData(12, 4, 0x07, 0x00)]
    public void MCP3x08_requests_and_codes(int bits, int input, byte first, byte second)
    {
        int full = (1 << bits) - 1;
        var device = new ScriptedSpi([0xFF, (byte)(0xFF << (bits - 7) | full >> 8), 0xFF]);
        float volts = First(new Mcp3x08Sensor(device, bits, 5.0, 100, input));
        Assert.Equal([first, second, 0x00], device.Sent.Single());
        Assert.Equal(5.0 * full / (full + 1), volts, 1e-6); // equations 4-1 and 4-2
    }

    // SBAS502, table "Ideal output code versus input signal": full scale is ±VREF / gain.
    [Theory]
    [InlineData(0x7FFFFF, 2420.0 / 6)]
    [InlineData(0x000001, 2420.0 / 6 / 0x7FFFFF)]
    [InlineData(0x000000, 0)]
    [InlineData(0xFFFFFF, -2420.0 / 6 / 0x7FFFFF)]
    [InlineData(0x800000, -2420.0 / 6 * 0x800000 / 0x7FFFFF)]
    public void ADS1292R_codes_and_status(int code, double millivolts)
    {
        var chip = new Ads1292rSimulator(_clock, new ChipFaults(_clock), (_, _) => 0);
        using var sampling = new SimulatedSpiDevice(chip);
        sampling.Transfer([0x08], 1);
        byte[] answer = [0xC0, 0x00, 0x00, (byte)(code >> 16), (byte)(code >> 8), (byte)code, 0, 0, 0];
        var sensor = new Ads1292rSensor(new ScriptedSpi(answer), new SimulatedReadyLine(chip, _clock), 0, 0);
        SensorReading reading = sensor.Read(_block);
        Assert.Equal((1, SampleStatus.None), (reading.Count, reading.Status));
        Assert.Equal(millivolts, _block.Buffer(0)[0], Math.Abs(millivolts) * 1e-6);
        for (int bit = 0; bit < 5; bit++) // each of the five lead-off bits of the status word
        {
            (answer[0], answer[1]) = ((byte)(0xC0 | 1 << bit >> 1), (byte)(bit == 0 ? 0x80 : 0));
            Assert.Equal(SampleStatus.LeadOff, sensor.Read(_block).Status);
        }
    }

    // ADXL345 rev. G, table 1: 256 LSB/g in full resolution; register formats of DATAX0 on: low byte first.
    [Fact]
    public void ADXL345_codes_and_setup()
    {
        var registers = new ScriptedRegisters { Answers = { [0x00] = [0xE5], [0x39] = [1], [0x32] = [0x00, 0x01, 0x00, 0xFF, 0xFF, 0x0F] } };
        var sensor = new Adxl345Sensor(registers, rate: 9, range: 3);
        sensor.Start();
        Assert.Equal(1.0f, First(sensor));
        Assert.Equal(-1.0f, First(sensor, 1));
        Assert.Equal(4095 / 256f, First(sensor, 2));
        Assert.Contains((0x2C, 0x0F), registers.Written); // 3200 Hz (table 7)
        Assert.Contains((0x31, 0x0B), registers.Written); // full resolution, ±16 g
        Assert.Contains((0x38, 0x80), registers.Written); // stream mode
        Assert.Equal((0x2D, 0x08), registers.Written[^1]); // measure, last of all
    }

    // ADXL357 rev. A, table 2: 51200, 25600, 12800 LSB/g; FIFO entries left-justified with markers in the lowest bits.
    [Theory]
    [InlineData(0, 1.0)]
    [InlineData(1, 2.0)]
    [InlineData(2, 4.0)]
    public void ADXL357_codes_and_markers(int range, double g)
    {
        static byte[] Entry(int code, bool x) => [(byte)(code >> 12), (byte)(code >> 4), (byte)(code << 4 | (x ? 1 : 0))];
        // A frame whose beginning was read before: y and z entries lead, and must be skipped.
        byte[] fifo = [.. Entry(7, false), .. Entry(7, false), .. Entry(51200, true), .. Entry(-51200, false), .. Entry(0, false), .. Entry(9, true)];
        var registers = new ScriptedRegisters { Answers = { [0x00] = [0xAD], [0x02] = [0xED], [0x04] = [0x01, 6], [0x11] = fifo } };
        var sensor = new Adxl357Sensor(registers, 0, range);
        Assert.Equal(1, sensor.Read(_block).Count);
        Assert.Equal((g, -g, 0.0), (_block.Buffer(0)[0], _block.Buffer(1)[0], _block.Buffer(2)[0]));
    }

    // AN3308, table "Output data registers content vs. acceleration (FS = ±2 g)", little endian: 350 mg is E0h 15h, −350 mg 20h EAh.
    [Fact]
    public void LIS3DH_codes()
    {
        var registers = new ScriptedRegisters { Answers = { [0x0F] = [0x33], [0x2F] = [1], [0x28] = [0xE0, 0x15, 0x20, 0xEA, 0x00, 0x00] } };
        var sensor = new Lis3dhSensor(registers, rate: 6, range: 0);
        Assert.Equal(0.350f, First(sensor), 1e-6f);
        Assert.Equal(-0.350f, First(sensor, 1), 1e-6f);
        Assert.Equal(0f, First(sensor, 2));
        sensor.Start();
        Assert.Contains((0x20, 0x77), registers.Written); // 400 Hz, three axes (table 31)
        Assert.Contains((0x23, 0x88), registers.Written); // block update, ±2 g, high resolution
    }

    // RM-MPU-6000A-00, registers 59 to 72: high byte first; sensitivities of PS-MPU-6000A-00, sections 6.1 and 6.2.
    [Fact]
    public void MPU6050_codes()
    {
        double[] lsbPerG = [16384, 8192, 4096, 2048], lsbPerDegree = [131, 65.5, 32.8, 16.4];
        for (int range = 0; range < 4; range++)
        {
            var registers = new ScriptedRegisters { Answers = { [0x72] = [0, 12], [0x74] = [0x40, 0, 0xC0, 0, 0, 0, 0x03, 0xE8, 0xFC, 0x18, 0, 0] } };
            var sensor = new Mpu6050Sensor(registers, 1000, range, range);
            Assert.Equal(0x4000 / lsbPerG[range], First(sensor), 1e-6);
            Assert.Equal(-0x4000 / lsbPerG[range], First(sensor, 1), 1e-6);
            Assert.Equal(1000 / lsbPerDegree[range], First(sensor, 3), 1e-5);
            Assert.Equal(-1000 / lsbPerDegree[range], First(sensor, 4), 1e-5);
        }
    }

    [Fact]
    public void MPU6050_self_test_compares_with_the_factory_trim()
    {
        // Section 4.1: the equations at their ends, and 0 for no trim.
        Assert.Equal(4096 * 0.34, Mpu6050SelfTest.AccelerometerTrim(1), 1e-9);
        Assert.Equal(4096 * 0.92, Mpu6050SelfTest.AccelerometerTrim(31), 1e-9);
        Assert.Equal(3275, Mpu6050SelfTest.GyroscopeTrim(0, 1), 1e-9);
        Assert.Equal(-3275 * 1.046, Mpu6050SelfTest.GyroscopeTrim(1, 2), 1e-9);
        Assert.Equal(0, Mpu6050SelfTest.AccelerometerTrim(0));

        var chip = new Mpu6050Simulator(_clock, new ChipFaults(_clock), (_, c) => c == 2 ? 1 : 0);
        double[] deviations = Mpu6050SelfTest.Run(new I2cRegisters(new SimulatedI2cBus(chip, 0x68), 0x68), _clock);
        Assert.All(deviations, d => Assert.InRange(d, -0.01, 0.01));
        chip.Faults.Current = ChipFault.Stuck; // masses that do not move
        Assert.All(Mpu6050SelfTest.Run(new I2cRegisters(new SimulatedI2cBus(chip, 0x68), 0x68), _clock), d => Assert.True(Math.Abs(d) > Mpu6050SelfTest.Limit));
    }

    [Fact]
    public void ADXL345_self_test_is_judged_by_the_limits_of_its_supply()
    {
        // Rev. E, page 22: table 15 at 2.5 V, table 14's factors at 3.3 V and 2.0 V.
        Assert.Equal([(50.0, 540.0), (-540.0, -50.0), (75.0, 875.0)], Enumerable.Range(0, 3).Select(axis => Adxl345SelfTest.Limits(axis, 2.5)));
        Assert.Equal((50 * 1.77, 540 * 1.77), Adxl345SelfTest.Limits(0, 3.3));
        Assert.Equal((75 * 0.8, 875 * 0.8), Adxl345SelfTest.Limits(2, 2.0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Adxl345SelfTest.Limits(0, 5));

        var chip = new Adxl345Simulator(_clock, new ChipFaults(_clock), (_, c) => c == 2 ? 1 : 0);
        var registers = new I2cRegisters(new SimulatedI2cBus(chip, 0x53), 0x53);
        bool[] Good() => [.. Adxl345SelfTest.Run(registers, _clock).Select((change, axis) => Adxl345SelfTest.Limits(axis, 3.3) is var limits && change >= limits.Least && change <= limits.Most)];
        Assert.Equal([true, true, true], Good());
        chip.Faults.Current = ChipFault.Stuck;
        Assert.Equal([false, false, false], Good());
    }

    // INA219 (SBOS448) table 8 and INA226 (SBOS547) table 1: 2 mΩ, 10 A, 11.98 V, 1 mA per LSB.
    [Theory]
    [InlineData("INA219", 0x5000, 0x5D98, 0x2710, 0x1766, 119.82)]
    [InlineData("INA226", 0x0A00, 0x2570, 0x2710, 0x12B8, 119.82)]
    public void INA219_and_INA226_design_example(string name, int calibration, int bus, int current, int power, double watts)
    {
        InaModel model = name == "INA219" ? InaModel.Ina219 : InaModel.Ina226;
        Assert.Equal(calibration, model.Calibration(0.001, 0.002));

        var chip = new InaSimulator(_clock, new ChipFaults(_clock), model, 0.002, (_, c) => c == 0 ? 11.98 : 10);
        var registers = new I2cWords(new SimulatedI2cBus(chip, 0x40), 0x40);
        var sensor = new InaSensor(registers, model, 0.002, 32.768);
        sensor.Start();
        Assert.Equal(calibration, registers.Read(5));
        Assert.Equal(bus, registers.Read(2) & ~(name == "INA219" ? 7 : 0));
        Assert.Equal(current, registers.Read(4));
        Assert.InRange(registers.Read(3), power - 1, power + 1);
        PowerReading reading = sensor.Measure();
        Assert.Equal(11.98, reading.Volts, 1e-9);
        Assert.Equal(10.0, reading.Amperes, 1e-9);
        Assert.Equal(watts, reading.Watts, 0.03);
    }

    [Fact]
    public void MCP3x08_without_a_chip_is_told_by_the_null_bit()
    {
        var e = Assert.Throws<Buses.DeviceException>(() => new Mcp3x08Sensor(new ScriptedSpi([0xFF, 0xFF, 0xFF]), 12, 3.3, 100, 0).Start());
        Assert.Equal(Buses.DeviceFault.NoAcknowledge, e.Fault);
    }
}
