using EdgeQinn.Devices.Buses;
using EdgeQinn.Devices.Sensors.Ad8232;
using EdgeQinn.Devices.Sensors.Simulation;
using EdgeQinn.Devices.Sources;

namespace EdgeQinn.Devices.Sensors.Mcp3x08;

/// <summary>
/// MCP3008 and MCP3208, ADCs of 10 and 12 bits with 8 inputs over SPI (Microchip, DS21295 and DS21298). They convert when they are asked:
/// all wanted inputs in one transfer per sample.
/// </summary>
public sealed class Mcp3x08Sensor : Sensor
{
    const int FrameBytes = 3;

    readonly ISpiDevice _device;
    readonly int[] _inputs;
    readonly byte[] _bytes;
    readonly float _voltsPerLsb;
    readonly int _bits;

    /// <param name="device">SPI mode 0 or 3; closed together with this.</param>
    /// <param name="bits">10 for the MCP3008, 12 for the MCP3208.</param>
    /// <param name="reference">Volts at the pin VREF.</param>
    /// <param name="rate">Samples per second.</param>
    /// <param name="inputs">The inputs to convert, 0 … 7, against ground.</param>
    public Mcp3x08Sensor(ISpiDevice device, int bits, double reference, double rate, params int[] inputs)
    {
        if (bits is not (10 or 12)) throw new ArgumentOutOfRangeException(nameof(bits), bits, "10 or 12");
        if (inputs.Length == 0 || inputs.Any(i => i is < 0 or > 7)) throw new ArgumentException("one or more inputs from 0 to 7", nameof(inputs));
        (_device, _inputs, _bits) = (device, inputs, bits);
        _voltsPerLsb = (float)(reference / (1 << bits)); // equations 4-1 and 4-2: code = 2^bits · VIN / VREF
        _bytes = new byte[FrameBytes * inputs.Length];
        Info = new(bits == 10 ? "mcp3008" : "mcp3208", rate, [.. inputs.Select(i => new Channel($"CH{i}", "V"))]);
    }

    /// <inheritdoc/>
    public override SourceInfo Info { get; }

    /// <inheritdoc/>
    public override SampleTiming Timing => SampleTiming.Host;

    /// <summary>The first and the last code.</summary>
    public override (float Low, float High) Range(int channel) => (0, ((1 << _bits) - 1) * _voltsPerLsb);

    /// <summary>A quiet input may well rest on one code of so few bits for a while.</summary>
    public override TimeSpan StuckAfter => TimeSpan.FromSeconds(5);

    /// <summary>There is nothing to set up; a conversion shows whether the chip is there.</summary>
    public override void Start() => Convert();

    /// <inheritdoc/>
    public override SensorReading Read(SampleBlock block)
    {
        Convert();
        for (int i = 0; i < _inputs.Length; i++) block.Buffer(i)[0] = Code(i) * _voltsPerLsb;
        return new(1);
    }

    void Convert()
    {
        for (int i = 0; i < _inputs.Length; i++) Request(_bits, _inputs[i], _bytes.AsSpan(i * FrameBytes));
        _device.Transfer(_bytes, FrameBytes);
        for (int i = 0; i < _inputs.Length; i++)
        {
            // The chip drives a 0 before the first bit (figure 5-1): where nothing drives the line its pull-up gives a 1.
            if ((_bytes[i * FrameBytes + 1] >> (_bits - 8) & 1) != 0)
                throw new DeviceException(DeviceFault.NoAcknowledge,
                    $"{_device.Name}: no {Info.Name} answers (its null bit reads 1); check power, wiring and chip select");
        }
    }

    int Code(int i) => (_bytes[i * FrameBytes + 1] << 8 | _bytes[i * FrameBytes + 2]) & ((1 << _bits) - 1);

    /// <summary>The three bytes that ask for a conversion (figures 6-1): start bit, single-ended, input; the code comes back in the lowest bits.</summary>
    internal static void Request(int bits, int input, Span<byte> bytes)
    {
        int request = 0b11000 | input; // start, single-ended, D2 D1 D0
        int word = bits == 10 ? request << 12 : request << 14;
        (bytes[0], bytes[1], bytes[2]) = ((byte)(word >> 16), (byte)(word >> 8), (byte)word);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _device.Dispose();

    /// <summary>Opens <c>mcp3008:</c> or <c>mcp3208:BUS.SELECT|sim</c> with options input (0+1+…), rate, vref, speed and those of the AD8232.</summary>
    /// <exception cref="DeviceException">The chip does not answer.</exception>
    public static ISampleSource Open(SourceAddress address)
    {
        address.AllowOnly(["input", "rate", "vref", "speed", "faults", .. Ad8232FrontEnd.Options]);
        var bus = new SensorBus(address, i2c: false, spi: true);
        int bits = address.Scheme == "mcp3008" ? 10 : 12;
        double rate = address.Number("rate", 360, 0.1, 5000), reference = address.Number("vref", 3.3, 0.25, 7);
        int[] inputs = [.. (address.Option("input") ?? "0").Split('+').Select(t => t.Length == 1 && t[0] is >= '0' and <= '7' ? t[0] - '0'
            : throw new SourceAddressException($"'{address.Text}': {address.Scheme} has inputs 0 to 7, joined by +, not '{t}'"))];
        Func<Sensor, Sensor> frontEnd = Ad8232FrontEnd.Wrapper(address, bus);
        bus.Simulate(
            () => new Mcp3x08Simulator(MonotonicClock.System, bus.Faults, bits, reference, Stimuli.AmplifiedEcg(Ad8232FrontEnd.Gain, Ad8232FrontEnd.Middle)));
        // 1 MHz is what both take at 2.7 V (tables "Timing"); at 5 V they take 3.6 and 2 MHz.
        return SensorSource.OpenRecovering(() => SensorBus.Own<Sensor, Sensor>(
            new Mcp3x08Sensor(bus.OpenSpi(mode: 0, speed: 1_000_000), bits, reference, rate, inputs), frontEnd));
    }
}
