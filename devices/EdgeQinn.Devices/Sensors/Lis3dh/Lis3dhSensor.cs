using System.Buffers.Binary;
using EdgeQinn.Devices.Sensors.Registers;
using EdgeQinn.Devices.Sensors.Simulation;
using EdgeQinn.Devices.Sources;

namespace EdgeQinn.Devices.Sensors.Lis3dh;

/// <summary>
/// LIS3DH, 3-axis accelerometer of 12 bits up to 1344 Hz with a FIFO of 32 samples (STMicroelectronics, data sheet DocID17530 and
/// application note AN3308). Runs in high-resolution mode, FIFO in stream mode.
/// </summary>
public sealed class Lis3dhSensor : Sensor
{
    /// <summary>Output data rates in Hz of the high-resolution mode; codes in the same order are 1 … 7 and 9 (data sheet table 31).</summary>
    public static ReadOnlySpan<double> Rates => [1, 10, 25, 50, 100, 200, 400, 1344];

    /// <summary>Ranges in g, by code (register CTRL_REG4).</summary>
    public static ReadOnlySpan<double> Ranges => [2, 4, 8, 16];

    const int Depth = 32, FrameBytes = 6;

    readonly IRegisters _registers;
    readonly int _rate, _range;
    readonly float _scale;
    readonly byte[] _bytes = new byte[Depth * FrameBytes];

    /// <param name="registers">The chip's registers; closed together with this.</param>
    /// <param name="rate">Index into <see cref="Rates"/>.</param>
    /// <param name="range">Index into <see cref="Ranges"/>.</param>
    public Lis3dhSensor(IRegisters registers, int rate, int range)
    {
        (_registers, _rate, _range) = (registers, rate, range);
        _scale = Sensitivity(range);
        Info = new("lis3dh", Rates[rate], [new("x", "g"), new("y", "g"), new("z", "g")]);
    }

    /// <summary>g per digit in high-resolution mode: 1, 2, 4, 12 mg (data sheet table 4).</summary>
    internal static float Sensitivity(int range) => range switch { 0 => 0.001f, 1 => 0.002f, 2 => 0.004f, _ => 0.012f };

    /// <inheritdoc/>
    public override SourceInfo Info { get; }

    /// <inheritdoc/>
    public override SampleTiming Timing => SampleTiming.Fifo;

    /// <summary>Half the FIFO, but no more than 20 ms.</summary>
    public override int Batch => (int)Math.Clamp(Info.SampleRate * 0.02, 1, 16);

    /// <summary>The last codes of 12 bits.</summary>
    public override (float Low, float High) Range(int channel) => (-2048 * _scale, 2047 * _scale);

    /// <inheritdoc/>
    public override void Start()
    {
        _registers.Identify("LIS3DH", Register.WhoAmI, Register.Identity);
        _registers.Write(Register.Control4, (byte)(Register.BlockUpdate | _range << 4 | Register.HighResolution));
        _registers.Write(Register.Control5, Register.FifoEnable);
        _registers.Write(Register.FifoControl, 0); // bypass empties it
        _registers.Write(Register.FifoControl, Register.Stream);
        _registers.Write(Register.Control1, (byte)((_rate == 7 ? 9 : _rate + 1) << 4 | Register.AllAxes));
    }

    /// <inheritdoc/>
    public override SensorReading Read(SampleBlock block)
    {
        byte source = _registers.Read(Register.FifoSource);
        if ((source & Register.Empty) != 0 && (source & Register.Count) != 0) throw _registers.Impossible("LIS3DH", source);
        // The count has five bits: a full FIFO says 31 and sets the overrun bit (AN3308, "FIFO_SRC_REG").
        bool overrun = (source & Register.Overrun) != 0;
        int entries = overrun ? Depth : source & Register.Count;
        int count = Math.Min(entries, block.Capacity);
        if (count == 0) return default;
        Span<byte> bytes = _bytes.AsSpan(0, count * FrameBytes);
        _registers.Read(Register.OutXLow, bytes); // the address wraps from OUT_Z_H to OUT_X_L: one burst for all (AN3308)
        for (int axis = 0; axis < 3; axis++)
        {
            Span<float> samples = block.Buffer(axis);
            for (int i = 0; i < count; i++) samples[i] = (BinaryPrimitives.ReadInt16LittleEndian(bytes[(i * FrameBytes + 2 * axis)..]) >> 4) * _scale;
        }
        return new(count, overrun ? SampleStatus.Overrun : SampleStatus.None);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _registers.Dispose();

    /// <summary>Opens <c>lis3dh:BUS|BUS.SELECT|sim</c> with options address, rate, range.</summary>
    /// <exception cref="Buses.DeviceException">The chip does not answer, or is another one.</exception>
    public static ISampleSource Open(SourceAddress address)
    {
        address.AllowOnly("address", "rate", "range", "speed", "faults");
        var bus = new SensorBus(address, i2c: true, spi: true);
        int rate = bus.Choose("rate", 400, Rates), range = bus.Choose("range", 4, Ranges);
        bus.Simulate(() => new Lis3dhSimulator(MonotonicClock.System, bus.Faults, Stimuli.Vibration()));
        return SensorSource.OpenRecovering(
            () => new Lis3dhSensor(bus.OpenRegisters(0x18, 0x80, SpiCommand.ReadHigh, mode: 3, speed: 5_000_000), rate, range));
    }

    /// <summary>Registers and bits (data sheet table 21).</summary>
    internal static class Register
    {
        public const byte WhoAmI = 0x0F, Control1 = 0x20, Control4 = 0x23, Control5 = 0x24, OutXLow = 0x28, OutZHigh = 0x2D,
            FifoControl = 0x2E, FifoSource = 0x2F;

        public const byte Identity = 0x33, AllAxes = 0x07, BlockUpdate = 0x80, HighResolution = 0x08, FifoEnable = 0x40, Stream = 0x80,
            Watermark = 0x80,
            Overrun = 0x40, Empty = 0x20, Count = 0x1F;
    }
}
