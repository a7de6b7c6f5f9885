using EdgeQinn.Devices.Buses;
using EdgeQinn.Devices.Sources;

namespace EdgeQinn.Devices.Sensors.Ad8232;

/// <summary>
/// AD8232, single-lead ECG front end (Analog Devices, data sheet rev. D), before any converter: turns its output volts into millivolts at the
/// electrodes and reports electrodes that are off by its pins LO+ and LO−.
/// </summary>
public sealed class Ad8232FrontEnd : Sensor
{
    /// <summary>Gain of the usual breakout boards: 100 of the instrumentation amplifier, 11 of the low-pass stage (data sheet, "Cardiac monitor").</summary>
    public const double Gain = 1100;

    /// <summary>Volts of REFOUT there: half of 3.3 V.</summary>
    public const double Middle = 1.65;

    /// <summary>The options of source strings that belong to it.</summary>
    internal static string[] Options { get; } = ["frontend", "gain", "middle", "leadoff"];

    readonly Sensor _converter;
    readonly IGpioLines? _leadOff;
    readonly float _scale, _middle;

    /// <param name="converter">Gives volts on channel 0; closed together with this.</param>
    /// <param name="leadOff">The lines of LO+ and LO−, high while an electrode is off, or null; closed together with this.</param>
    /// <param name="gain">From electrodes to output.</param>
    /// <param name="middle">Output in V at 0 mV.</param>
    public Ad8232FrontEnd(Sensor converter, IGpioLines? leadOff, double gain = Gain, double middle = Middle)
    {
        (_converter, _leadOff) = (converter, leadOff);
        (_scale, _middle) = ((float)(1000 / gain), (float)middle);
        Info = converter.Info with { Name = $"{converter.Info.Name}+ad8232", Channels = [new("ECG", "mV"), .. converter.Info.Channels.Skip(1)] };
    }

    /// <inheritdoc/>
    public override SourceInfo Info { get; }

    /// <inheritdoc/>
    public override SampleTiming Timing => _converter.Timing;

    /// <inheritdoc/>
    public override int Batch => _converter.Batch;

    /// <summary>The converter's ends; the amplifier's own, near its supply, lie inside them or not, as the wiring has it.</summary>
    public override (float Low, float High) Range(int channel)
    {
        (float low, float high) = _converter.Range(channel);
        return channel == 0 ? ((low - _middle) * _scale, (high - _middle) * _scale) : (low, high);
    }

    /// <inheritdoc/>
    public override void Start() => _converter.Start();

    /// <inheritdoc/>
    public override SensorReading Read(SampleBlock block)
    {
        SensorReading reading = _converter.Read(block);
        foreach (ref float x in block.Buffer(0)[..reading.Count]) x = (x - _middle) * _scale;
        return _leadOff is not null && _leadOff.Read() != 0 ? reading with { Status = reading.Status | SampleStatus.LeadOff } : reading;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _converter.Dispose();
        _leadOff?.Dispose();
    }

    /// <summary>What puts the front end before a converter, where a source string says frontend=ad8232; else nothing.</summary>
    /// <exception cref="SourceAddressException">The front end is another one, or its options are there without it.</exception>
    internal static Func<Sensor, Sensor> Wrapper(SourceAddress address, SensorBus bus)
    {
        string? kind = address.Option("frontend");
        if (kind is null or "none")
        {
            if (Options.Skip(1).FirstOrDefault(o => address.Option(o) is not null) is { } option)
                throw new SourceAddressException($"'{address.Text}': {option}= belongs to frontend=ad8232");
            return converter => converter;
        }
        if (kind != "ad8232") throw new SourceAddressException($"'{address.Text}': frontend '{kind}' is unknown; there are none and ad8232");
        double gain = address.Number("gain", Gain, 1, 1e5), middle = address.Number("middle", Middle, 0, 5);
        return converter => new Ad8232FrontEnd(converter, bus.OpenInputs("leadoff", 2), gain, middle);
    }
}
