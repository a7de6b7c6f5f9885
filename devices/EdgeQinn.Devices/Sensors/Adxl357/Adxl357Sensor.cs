using EdgeQinn.Devices.Sensors.Registers;
using EdgeQinn.Devices.Sensors.Simulation;
using EdgeQinn.Devices.Sources;

namespace EdgeQinn.Devices.Sensors.Adxl357;

/// <summary>
/// ADXL357, 3-axis accelerometer of 20 bits and low noise up to 4000 Hz with a FIFO of 32 samples, counted as 96 single axes
/// (Analog Devices, ADXL356/ADXL357 data sheet rev. A).
/// </summary>
public sealed class Adxl357Sensor : Sensor
{
    /// <summary>Output data rates in Hz, by code (register FILTER).</summary>
    public static ReadOnlySpan<double> Rates => [4000, 2000, 1000, 500, 250, 125, 62.5, 31.25, 15.625, 7.8125, 3.90625];

    /// <summary>Ranges in g, by code minus 1 (register RANGE).</summary>
    public static ReadOnlySpan<double> Ranges => [10, 20, 40];

    const int MostEntries = 96, EntryBytes = 3, Axes = 3;

    readonly IRegisters _registers;
    readonly int _rate, _range;
    readonly float _scale;
    readonly byte[] _bytes = new byte[MostEntries * EntryBytes];
    readonly byte[] _status = new byte[2];

    /// <param name="registers">The chip's registers; closed together with this.</param>
    /// <param name="rate">Index into <see cref="Rates"/>.</param>
    /// <param name="range">Index into <see cref="Ranges"/>.</param>
    public Adxl357Sensor(IRegisters registers, int rate, int range)
    {
        (_registers, _rate, _range) = (registers, rate, range);
        _scale = 1f / (51_200 >> range); // LSB/g: 51200, 25600, 12800 (table 2, digital output)
        Info = new("adxl357", Rates[rate], [new("x", "g"), new("y", "g"), new("z", "g")]);
    }

    /// <inheritdoc/>
    public override SourceInfo Info { get; }

    /// <inheritdoc/>
    public override SampleTiming Timing => SampleTiming.Fifo;

    /// <summary>Half the FIFO, but no more than 20 ms.</summary>
    public override int Batch => (int)Math.Clamp(Info.SampleRate * 0.02, 1, 16);

    /// <summary>The last codes of 20 bits.</summary>
    public override (float Low, float High) Range(int channel) => (-(1 << 19) * _scale, ((1 << 19) - 1) * _scale);

    /// <inheritdoc/>
    public override void Start()
    {
        _registers.Identify("ADXL357", Register.AnalogDevices, Register.AnalogDevicesIdentity);
        _registers.Identify("ADXL357", Register.Part, Register.PartIdentity);
        _registers.Write(Register.PowerControl, Register.Standby); // filter and range may only change in standby
        _registers.Write(Register.Filter, (byte)_rate);
        _registers.Write(Register.Range, (byte)(Register.FastI2c | (_range + 1)));
        _registers.Write(Register.FifoSamples, MostEntries);
        Drain();
        _registers.Write(Register.PowerControl, Register.TemperatureOff);
    }

    /// <summary>Empties the FIFO of samples at another range or rate.</summary>
    void Drain()
    {
        _registers.Read(Register.Status, _status);
        int entries = Math.Min((int)_status[1], MostEntries);
        if (entries > 0) _registers.Read(Register.FifoData, _bytes.AsSpan(0, entries * EntryBytes));
    }

    /// <inheritdoc/>
    public override SensorReading Read(SampleBlock block)
    {
        _registers.Read(Register.Status, _status); // STATUS and FIFO_ENTRIES in one burst
        bool overrun = (_status[0] & Register.Overrun) != 0;
        if (_status[1] > MostEntries) throw _registers.Impossible("ADXL357", _status[1]);
        int count = Math.Min(_status[1] / Axes, block.Capacity);
        if (count == 0) return new(0, overrun ? SampleStatus.Overrun : SampleStatus.None);
        Span<byte> bytes = _bytes.AsSpan(0, count * Axes * EntryBytes);
        _registers.Read(Register.FifoData, bytes);

        // The lowest bit marks an x entry, the next one a read from the empty FIFO (data sheet, "FIFO").
        int entry = 0, stored = 0;
        while (entry < count * Axes && (bytes[entry * EntryBytes + 2] & Register.XMarker) == 0) entry++;
        for (; entry + Axes <= count * Axes; entry += Axes, stored++)
        {
            if ((bytes[(entry + 2) * EntryBytes + 2] & Register.Empty) != 0) break;
            for (int axis = 0; axis < Axes; axis++) block.Buffer(axis)[stored] = Decode(bytes[((entry + axis) * EntryBytes)..]) * _scale;
        }
        return new(stored, overrun ? SampleStatus.Overrun : SampleStatus.None);
    }

    /// <summary>Two's complement of 20 bits, left-justified in three bytes.</summary>
    static int Decode(ReadOnlySpan<byte> b) => (b[0] << 24 | b[1] << 16 | (b[2] & 0xF0) << 8) >> 12;

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _registers.Dispose();

    /// <summary>Opens <c>adxl357:BUS|BUS.SELECT|sim</c> with options address, rate, range.</summary>
    /// <exception cref="Buses.DeviceException">The chip does not answer, or is another one.</exception>
    public static ISampleSource Open(SourceAddress address)
    {
        address.AllowOnly("address", "rate", "range", "speed", "faults");
        var bus = new SensorBus(address, i2c: true, spi: true);
        int rate = bus.Choose("rate", 1000, Rates), range = bus.Choose("range", 10, Ranges);
        bus.Simulate(() => new Adxl357Simulator(MonotonicClock.System, bus.Faults, Stimuli.Vibration()));
        return SensorSource.OpenRecovering(
            () => new Adxl357Sensor(bus.OpenRegisters(0x1D, 0, SpiCommand.ReadLow, mode: 0, speed: 5_000_000), rate, range));
    }

    /// <summary>Registers and bits (data sheet, "Register map").</summary>
    internal static class Register
    {
        public const byte AnalogDevices = 0x00, Part = 0x02, Status = 0x04, FifoEntries = 0x05, FifoData = 0x11, Filter = 0x28,
            FifoSamples = 0x29, Range = 0x2C,
            PowerControl = 0x2D;

        public const byte AnalogDevicesIdentity = 0xAD, PartIdentity = 0xED, Standby = 0x01, TemperatureOff = 0x02, FastI2c = 0x80,
            Overrun = 0x04, Full = 0x02,
            DataReady = 0x01, XMarker = 0x01, Empty = 0x02;
    }
}
