using EdgeQinn.Devices.Linux.Iio;
using EdgeQinn.Devices.Recordings;
using EdgeQinn.Devices.Recordings.Csv;
using EdgeQinn.Devices.Recordings.Matlab;
using EdgeQinn.Devices.Recordings.Wfdb;
using EdgeQinn.Devices.Sensors.Ads1115;
using EdgeQinn.Devices.Sensors.Ads1292r;
using EdgeQinn.Devices.Sensors.Adxl345;
using EdgeQinn.Devices.Sensors.Adxl357;
using EdgeQinn.Devices.Sensors.Ina2xx;
using EdgeQinn.Devices.Sensors.Lis3dh;
using EdgeQinn.Devices.Sensors.Mcp3x08;
using EdgeQinn.Devices.Sensors.Mpu6050;
using EdgeQinn.Devices.Sources.Synthetic;

namespace EdgeQinn.Devices.Sources;

/// <summary>One kind of source.</summary>
/// <param name="Name">The scheme: what stands before the colon.</param>
/// <param name="Usage">How to write it, for help texts.</param>
/// <param name="Open">Opens it.</param>
public sealed record SourceScheme(string Name, string Usage, Func<SourceAddress, ISampleSource> Open);

/// <summary>The one list of source kinds; help, parsing and error messages read it.</summary>
public static class SourceCatalog
{
    /// <summary>All kinds of sources.</summary>
    public static IReadOnlyList<SourceScheme> Schemes { get; } =
    [
        new("wfdb", "wfdb:DIR/RECORD[?annotator=atr&from=S&to=S]", OpenWfdb),
        new("mat", "mat:FILE[#VARIABLE][?rate=HZ&unit=U&from=S&to=S]", a => MatSource.Open(Recording(a).Path, a.Fragment, a.Rate, a.Option("unit") ?? "", a.Part)),
        new("csv", "csv:FILE|-[?rate=HZ&unit=U&from=S&to=S]\n"
            + "  a column called time, t, seconds or timestamp tells the rate and where samples are missing; without one, losses cannot be seen", OpenCsv),
        new("npy", "npy:FILE[#ARRAY][?rate=HZ&unit=U&from=S&to=S]", a => NpySource.Open(Recording(a).Path, a.Fragment, a.Rate, a.Option("unit") ?? "", a.Part)),
        new("synthetic", "synthetic:ecg[?hr=72&noise=0.015&seed=1&seconds=S&pvc=0.08&apb=0.06&wander=0.05]\n"
            + "synthetic:bearing[?fault=none|inner|outer|ball&size=7&rpm=1797&load=0&noise=0.03&seed=1&seconds=S&axes=1]\n"
            + "recordings and synthetic signals: &faults=KIND@SECONDS[+LENGTH][/EVERY],… with lost, missing, twice, late, down, leadoff, saturated;\n"
            + "  &drift=PPM for a clock that runs so much too fast", OpenSynthetic),
        new("ads1115", $"ads1115:BUS|sim[?address=0x48&input=0&rate=250&range=4.096&ready=CHIP/LINE{FrontEnd}]", Ads1115Sensor.Open),
        new("mcp3008", $"mcp3008:BUS.SELECT|sim[?input=0+1&rate=360&vref=3.3{FrontEnd}]", Mcp3x08Sensor.Open),
        new("mcp3208", $"mcp3208:BUS.SELECT|sim[?input=0+1&rate=360&vref=3.3{FrontEnd}]", Mcp3x08Sensor.Open),
        new("ads1292r", "ads1292r:BUS.SELECT|sim?ready=CHIP/LINE[&rate=500&gain=6]", Ads1292rSensor.Open),
        new("adxl345", "adxl345:BUS|BUS.SELECT|sim[?address=0x53&rate=800&range=16]", Adxl345Sensor.Open),
        new("adxl357", "adxl357:BUS|BUS.SELECT|sim[?address=0x1D&rate=1000&range=10]", Adxl357Sensor.Open),
        new("lis3dh", "lis3dh:BUS|BUS.SELECT|sim[?address=0x18&rate=400&range=4]", Lis3dhSensor.Open),
        new("mpu6050", "mpu6050:BUS|sim[?address=0x68&rate=500&range=4&gyro=500]", Mpu6050Sensor.Open),
        new("ina219", "ina219:BUS|sim[?address=0x40&rate=100&shunt=0.1&max=3.2768]", InaSensor.Open),
        new("ina226", "ina226:BUS|sim[?address=0x40&rate=100&shunt=0.1&max=3.2768]", InaSensor.Open),
        new("iio", "iio:NUMBER[?rate=HZ&trigger=NAME]\n"
            + "sim is a simulated chip, in real time: &faults=KIND@SECONDS[+LENGTH],… with nack, hang, gone, identity (found when it is opened again: with gone), stuck,\n"
            + "  saturated, leadoff, silent, denied, missing", IioSensor.Open),
    ];

    const string FrontEnd = "&frontend=ad8232&gain=1100&middle=1.65&leadoff=CHIP/LINE+LINE";

    internal static string SchemeNames => string.Join(", ", Schemes.Select(s => s.Name));

    /// <summary>Opens the source a string describes.</summary>
    /// <exception cref="SourceAddressException">The scheme or an option is unknown, or a value is out of range.</exception>
    /// <exception cref="RecordingException">The recording is missing or broken.</exception>
    /// <exception cref="Buses.DeviceException">The sensor is missing, closed to us, or another one.</exception>
    public static ISampleSource Open(string text)
    {
        SourceAddress address = SourceAddress.Parse(text);
        SourceScheme scheme = Schemes.FirstOrDefault(s => s.Name == address.Scheme)
            ?? throw new SourceAddressException($"'{text}': the scheme '{address.Scheme}' is unknown; there are {SchemeNames}");
        return Suffer(address, scheme.Open(address));
    }

    /// <summary>Recordings and synthetic signals drift and fail by plan where drift= and faults= say so; simulated chips see to theirs themselves.</summary>
    static ISampleSource Suffer(SourceAddress address, ISampleSource source)
    {
        if (source.Info.IsLive) return source;
        try
        {
            if (address.Option("drift") is not null) source = new DriftingSource(source, address.Number("drift", 0, -20_000, 20_000));
            if (address.Option("faults") is not { } plan) return source;
            return new FaultySource(source, PlannedFault.Parse(plan));
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    static WfdbSource OpenWfdb(SourceAddress address)
    {
        address.AllowOnly("annotator", "from", "to", "faults", "drift");
        return WfdbSource.Open(address.Path, address.Option("annotator") ?? "atr", address.Part);
    }

    static ISampleSource OpenCsv(SourceAddress a)
    {
        string path = Recording(a).Path;
        return CsvRecording.Recognises(path) ? CsvRecordingSource.Open(path, a.Part) : CsvSource.Open(path, a.Rate, a.Option("unit") ?? "", a.Part);
    }

    static SourceAddress Recording(SourceAddress address)
    {
        address.AllowOnly("rate", "unit", "from", "to", "faults", "drift");
        return address;
    }

    static RecordedSource OpenSynthetic(SourceAddress a)
    {
        double seconds = a.Number("seconds", double.PositiveInfinity, 0.01, 1e9);
        int seed = (int)a.Number("seed", 1, 0, int.MaxValue);
        switch (a.Path)
        {
            case "ecg":
                a.AllowOnly("hr", "noise", "seed", "seconds", "pvc", "apb", "wander", "faults", "drift");
                var ecg = new SyntheticEcgSettings();
                return new SyntheticEcg(new(
                    a.Number("hr", ecg.BeatsPerMinute, 30, 180), a.Number("noise", ecg.Noise, 0, 1), seed, seconds,
                    a.Number("pvc", ecg.VentricularShare, 0, 0.1), a.Number("apb", ecg.AtrialShare, 0, 0.1), a.Number("wander", ecg.Wander, 0, 1)));
            case "bearing":
                a.AllowOnly("fault", "size", "rpm", "load", "noise", "seed", "seconds", "axes", "faults", "drift");
                var bearing = new SyntheticBearingSettings();
                return new SyntheticBearing(new(
                    Fault(a), a.Number("size", bearing.Size, 1, 100), a.Number("rpm", bearing.Rpm, 60, 10_000), a.Number("load", bearing.Load, 0, 10),
                    a.Number("noise", bearing.Noise, 0, 100), seed, seconds, (int)a.Number("axes", bearing.Axes, 1, 3)));
            default:
                throw new SourceAddressException($"'{a.Text}': there is no generator '{a.Path}'; there are ecg and bearing");
        }
    }

    static BearingFault Fault(SourceAddress a) => a.Option("fault") switch
    {
        null or "none" => BearingFault.None,
        "inner" => BearingFault.Inner,
        "outer" => BearingFault.Outer,
        "ball" => BearingFault.Ball,
        string other => throw new SourceAddressException($"'{a.Text}': fault '{other}' is unknown; there are none, inner, outer, ball"),
    };
}
