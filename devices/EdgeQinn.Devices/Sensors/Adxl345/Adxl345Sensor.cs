using System.Buffers.Binary;
using EdgeQinn.Devices.Sensors.Registers;
using EdgeQinn.Devices.Sensors.Simulation;
using EdgeQinn.Devices.Sources;

namespace EdgeQinn.Devices.Sensors.Adxl345;

/// <summary>
/// ADXL345, 3-axis accelerometer of 13 bits up to 3200 Hz with a FIFO of 32 samples (Analog Devices, data sheet rev. G). Runs in full
/// resolution, 256 LSB/g in every range (table 1), FIFO in stream mode.
/// </summary>
public sealed class Adxl345Sensor : Sensor
{
    /// <summary>Output data rates from code 0110 on, in Hz (table 7).</summary>
    public static ReadOnlySpan<double> Rates => [6.25, 12.5, 25, 50, 100, 200, 400, 800, 1600, 3200];

    /// <summary>Ranges in g, by code (table 21).</summary>
    public static ReadOnlySpan<double> Ranges => [2, 4, 8, 16];

    const int FirstRateCode = 6;
    const float GPerLsb = 1 / 256f;
    // FIFO of 32, and one sample more at the output filter (data sheet, "FIFO_STATUS").
    const int MostEntries = 33, FrameBytes = 6;

    readonly IRegisters _registers;
    readonly int _rate, _range;
    readonly byte[] _bytes = new byte[MostEntries * FrameBytes];

    /// <param name="registers">The chip's registers; closed together with this.</param>
    /// <param name="rate">Index into <see cref="Rates"/>; above 800 Hz only SPI is fast enough.</param>
    /// <param name="range">Index into <see cref="Ranges"/>.</param>
    public Adxl345Sensor(IRegisters registers, int rate, int range)
    {
        (_registers, _rate, _range) = (registers, rate, range);
        Info = new("adxl345", Rates[rate], [new("x", "g"), new("y", "g"), new("z", "g")]);
    }

    /// <inheritdoc/>
    public override SourceInfo Info { get; }

    /// <inheritdoc/>
    public override SampleTiming Timing => SampleTiming.Fifo;

    /// <summary>Half the FIFO, but no more than 20 ms.</summary>
    public override int Batch => (int)Math.Clamp(Info.SampleRate * 0.02, 1, 16);

    /// <summary>The last codes of the range; at 1600 and 3200 Hz the lowest bit is always 0.</summary>
    public override (float Low, float High) Range(int channel) => (-(512 << _range) * GPerLsb, ((512 << _range) - 2) * GPerLsb);

    /// <inheritdoc/>
    public override void Start()
    {
        _registers.Identify("ADXL345", Register.DeviceId, Register.Identity);
        _registers.Write(Register.PowerControl, 0); // standby: settings change at once
        _registers.Write(Register.DataFormat, (byte)(Register.FullResolution | _range));
        _registers.Write(Register.Rate, (byte)(FirstRateCode + _rate));
        _registers.Write(Register.FifoControl, 0); // bypass empties it
        _registers.Write(Register.FifoControl, Register.Stream);
        _registers.Write(Register.PowerControl, Register.Measure);
    }

    /// <inheritdoc/>
    public override SensorReading Read(SampleBlock block)
    {
        byte status = _registers.Read(Register.FifoStatus);
        int entries = status & Register.EntriesMask;
        if (entries > MostEntries) throw _registers.Impossible("ADXL345", status);
        if (entries == 0) return default;
        // The overrun bit stands until data are read, so it is asked for first, and only where it can be set.
        bool overrun = entries >= 32 && (_registers.Read(Register.InterruptSource) & Register.Overrun) != 0;
        int count = Math.Min(entries, block.Capacity);
        Span<byte> bytes = _bytes.AsSpan(0, count * FrameBytes);
        _registers.ReadRepeatedly(Register.DataX0, bytes, FrameBytes); // each burst of six takes one entry off the FIFO
        for (int axis = 0; axis < 3; axis++)
        {
            Span<float> samples = block.Buffer(axis);
            for (int i = 0; i < count; i++) samples[i] = BinaryPrimitives.ReadInt16LittleEndian(bytes[(i * FrameBytes + 2 * axis)..]) * GPerLsb;
        }
        return new(count, overrun ? SampleStatus.Overrun : SampleStatus.None);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _registers.Dispose();

    /// <summary>Opens <c>adxl345:BUS|BUS.SELECT|sim</c> with options address, rate, range.</summary>
    /// <exception cref="Buses.DeviceException">The chip does not answer, or is another one.</exception>
    public static ISampleSource Open(SourceAddress address)
    {
        address.AllowOnly("address", "rate", "range", "speed", "faults");
        var bus = new SensorBus(address, i2c: true, spi: true);
        int rate = bus.Choose("rate", 800, Rates), range = bus.Choose("range", 16, Ranges);
        bus.Simulate(() => new Adxl345Simulator(MonotonicClock.System, bus.Faults, Stimuli.Vibration()));
        // SPI up to 5 MHz in mode 3; 5 µs between FIFO reads (data sheet, "Retrieving data from the FIFO").
        return SensorSource.OpenRecovering(
            () => new Adxl345Sensor(bus.OpenRegisters(0x53, 0, SpiCommand.ReadHigh, mode: 3, speed: 5_000_000, gap: 5), rate, range));
    }

    /// <summary>Registers and bits (table 19).</summary>
    internal static class Register
    {
        public const byte DeviceId = 0x00, Rate = 0x2C, PowerControl = 0x2D, InterruptSource = 0x30, DataFormat = 0x31, DataX0 = 0x32,
            FifoControl = 0x38,
            FifoStatus = 0x39;

        public const byte Identity = 0xE5, Measure = 0x08, FullResolution = 0x08, Stream = 0x80, EntriesMask = 0x3F, Overrun = 0x01, SelfTest = 0x80;
    }
}
