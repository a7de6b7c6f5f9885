using System.Buffers.Binary;
using EdgeQinn.Devices.Sensors.Registers;
using EdgeQinn.Devices.Sensors.Simulation;
using EdgeQinn.Devices.Sources;

namespace EdgeQinn.Devices.Sensors.Mpu6050;

/// <summary>
/// MPU-6050, accelerometer and gyroscope of 16 bits up to 1 kHz with a FIFO of 1024 bytes (InvenSense, product specification
/// PS-MPU-6000A-00 rev. 3.4 and register map RM-MPU-6000A-00 rev. 4.2).
/// </summary>
public sealed class Mpu6050Sensor : Sensor
{
    /// <summary>Accelerometer ranges in g, by code AFS_SEL: 16384 … 2048 LSB/g.</summary>
    public static ReadOnlySpan<double> Ranges => [2, 4, 8, 16];

    /// <summary>Gyroscope ranges in °/s, by code FS_SEL: 131 … 16.4 LSB/(°/s).</summary>
    public static ReadOnlySpan<double> GyroscopeRanges => [250, 500, 1000, 2000];

    const int FifoBytes = 1024, FrameBytes = 12, MostFrames = FifoBytes / FrameBytes, Axes = 6;

    readonly IRegisters _registers;
    readonly int _divider, _range, _gyroscopeRange;
    readonly byte[] _bytes = new byte[MostFrames * FrameBytes];
    readonly byte[] _count = new byte[2];

    /// <param name="registers">The chip's registers; closed together with this.</param>
    /// <param name="rate">Samples per second, a divisor of 1000 from 4 on.</param>
    /// <param name="range">Index into <see cref="Ranges"/>.</param>
    /// <param name="gyroscopeRange">Index into <see cref="GyroscopeRanges"/>.</param>
    public Mpu6050Sensor(IRegisters registers, double rate, int range, int gyroscopeRange)
    {
        _divider = (int)Math.Clamp(Math.Round(1000 / rate), 1, 256);
        (_registers, _range, _gyroscopeRange) = (registers, range, gyroscopeRange);
        Info = new("mpu6050", 1000.0 / _divider, [new("ax", "g"), new("ay", "g"), new("az", "g"), new("gx", "°/s"), new("gy", "°/s"), new("gz", "°/s")]);
    }

    /// <summary>LSB per g (product specification, section 6.2).</summary>
    internal static double LsbPerG(int range) => 16384 >> range;

    /// <summary>LSB per °/s (product specification, section 6.1).</summary>
    internal static double LsbPerDegree(int range) => range switch { 0 => 131, 1 => 65.5, 2 => 32.8, _ => 16.4 };

    /// <inheritdoc/>
    public override SourceInfo Info { get; }

    /// <inheritdoc/>
    public override SampleTiming Timing => SampleTiming.Fifo;

    /// <summary>A quarter of the FIFO, but no more than 20 ms.</summary>
    public override int Batch => (int)Math.Clamp(Info.SampleRate * 0.02, 1, 20);


    /// <summary>The last codes of 16 bits.</summary>
    public override (float Low, float High) Range(int channel) => (short.MinValue * Scale(channel), short.MaxValue * Scale(channel));

    float Scale(int axis) => (float)(1 / (axis < 3 ? LsbPerG(_range) : LsbPerDegree(_gyroscopeRange)));

    /// <inheritdoc/>
    public override void Start()
    {
        _registers.Identify("MPU-6050", Register.WhoAmI, Register.Identity);
        _registers.Write(Register.PowerManagement1, Register.ClockFromGyroscope); // wakes it up, too
        _registers.Write(Register.Config, Register.LowPass184Hz);                 // the gyroscope's own rate is 1 kHz then
        _registers.Write(Register.SampleRateDivider, (byte)(_divider - 1));
        _registers.Write(Register.GyroscopeConfig, (byte)(_gyroscopeRange << 3));
        _registers.Write(Register.AccelerometerConfig, (byte)(_range << 3));
        _registers.Write(Register.FifoEnable, Register.AllAxes);
        ResetFifo();
    }

    void ResetFifo()
    {
        _registers.Write(Register.UserControl, Register.FifoReset);
        _registers.Write(Register.UserControl, Register.FifoOn);
    }

    /// <inheritdoc/>
    public override SensorReading Read(SampleBlock block)
    {
        _registers.Read(Register.FifoCountHigh, _count);
        int bytesThere = BinaryPrimitives.ReadUInt16BigEndian(_count);
        if (bytesThere > MostFrames * FrameBytes)
        {
            // 1024 is no multiple of 12: once the FIFO has run over, nobody knows where a frame begins.
            ResetFifo();
            return new(0, SampleStatus.Overrun);
        }
        int count = Math.Min(bytesThere / FrameBytes, block.Capacity);
        if (count == 0) return default;
        Span<byte> bytes = _bytes.AsSpan(0, count * FrameBytes);
        _registers.Read(Register.FifoData, bytes);
        for (int axis = 0; axis < Axes; axis++) // in the FIFO as in the registers: accelerometer, then gyroscope, high byte first
        {
            Span<float> samples = block.Buffer(axis);
            float scale = Scale(axis);
            for (int i = 0; i < count; i++) samples[i] = BinaryPrimitives.ReadInt16BigEndian(bytes[(i * FrameBytes + 2 * axis)..]) * scale;
        }
        return new(count);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _registers.Dispose();

    /// <summary>Opens <c>mpu6050:BUS|sim</c> with options address, rate, range, gyro.</summary>
    /// <exception cref="Buses.DeviceException">The chip does not answer, or is another one.</exception>
    public static ISampleSource Open(SourceAddress address)
    {
        address.AllowOnly("address", "rate", "range", "gyro", "faults");
        var bus = new SensorBus(address, i2c: true, spi: false);
        double rate = address.Number("rate", 500, 4, 1000);
        if (1000 % rate != 0) throw new SourceAddressException($"'{address.Text}': rate must divide 1000: 1000, 500, 250, 200, 125, 100, …");
        int range = bus.Choose("range", 4, Ranges), gyroscope = bus.Choose("gyro", 500, GyroscopeRanges);
        bus.Simulate(() => new Mpu6050Simulator(MonotonicClock.System, bus.Faults, Stimuli.Vibration()));
        return SensorSource.OpenRecovering(
            () => new Mpu6050Sensor(new I2cRegisters(bus.OpenI2c(0x68), bus.I2cAddress(0x68)), rate, range, gyroscope));
    }

    /// <summary>Registers and bits (register map, section 3).</summary>
    internal static class Register
    {
        public const byte SelfTestX = 0x0D, SampleRateDivider = 0x19, Config = 0x1A, GyroscopeConfig = 0x1B, AccelerometerConfig = 0x1C,
            FifoEnable = 0x23,
            AccelerometerX = 0x3B, GyroscopeX = 0x43, UserControl = 0x6A, PowerManagement1 = 0x6B, FifoCountHigh = 0x72, FifoCountLow = 0x73, FifoData = 0x74,
            WhoAmI = 0x75;

        public const byte Identity = 0x68, ClockFromGyroscope = 0x01, Sleep = 0x40, LowPass184Hz = 0x01, AllAxes = 0x78, FifoReset = 0x04,
            FifoOn = 0x40,
            SelfTestAll = 0xE0;
    }
}
