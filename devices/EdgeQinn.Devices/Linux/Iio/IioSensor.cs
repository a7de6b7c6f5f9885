using System.Globalization;
using EdgeQinn.Devices.Buses;
using EdgeQinn.Devices.Sensors;
using EdgeQinn.Devices.Sources;

namespace EdgeQinn.Devices.Linux.Iio;

/// <summary>
/// Any converter or sensor the kernel drives itself, through the buffer of its IIO device: scan elements in sysfs, frames from
/// <c>/dev/iio:deviceN</c>. The driver or its trigger must be able to fill a buffer.
/// </summary>
public sealed class IioSensor : Sensor
{
    const int BufferFrames = 4096, MostFramesPerRead = 256;

    /// <summary>One element of a frame.</summary>
    sealed record Element(string Name, int Index, IioScanType Type, float Scale, float Offset);

    readonly string _folder, _file;
    readonly string? _trigger;
    readonly SystemCalls _kernel;
    readonly List<Element> _elements = [];
    readonly int[] _offsets;
    readonly int _timestamp = -1; // index of the timestamp among the elements
    readonly byte[] _bytes;
    readonly int _frame;
    readonly TimeSpan _silence;
    DeviceFile? _device;
    TimeSpan _last;
    int _partial;

    /// <summary>Opens <c>iio:device</c><paramref name="number"/>.</summary>
    /// <param name="number">Number of the device.</param>
    /// <param name="rate">Sampling frequency to set, or NaN to keep the driver's.</param>
    /// <param name="trigger">Name of the trigger that makes the device sample, where the driver brings none of its own; else null.</param>
    /// <exception cref="DeviceException">The device is missing, closed to us, or has no buffer.</exception>
    public IioSensor(int number, double rate, string? trigger = null)
        : this($"/sys/bus/iio/devices/iio:device{number}", $"/dev/iio:device{number}", rate, SystemCalls.Kernel, trigger) { }

    internal IioSensor(string folder, string file, double rate, SystemCalls kernel, string? trigger = null)
    {
        (_folder, _file, _kernel, _trigger) = (folder, file, kernel, trigger);
        if (!Directory.Exists(folder)) throw DeviceKind.Iio.Exception(2, file, "open");
        string scan = Path.Combine(folder, "scan_elements");
        if (!Directory.Exists(scan))
            throw new DeviceException(DeviceFault.NotSupported,
                $"{file}: the driver fills no buffer (there is no scan_elements); use one that does, or read the chip over its bus");
        Write("buffer/enable", "0");
        foreach (string type in Directory.GetFiles(scan, "*_type").Order(StringComparer.Ordinal))
        {
            string name = Path.GetFileName(type)[..^"_type".Length];
            Write($"scan_elements/{name}_en", "1");
            _elements.Add(new(name, (int)Number($"scan_elements/{name}_index", 0), Parse(type), (float)Attribute(name, "scale", 1), (float)Attribute(name, "offset", 0)));
        }
        _elements.Sort((a, b) => a.Index.CompareTo(b.Index));
        _timestamp = _elements.FindIndex(e => e.Name == "in_timestamp");
        if (_elements.Count <= (_timestamp >= 0 ? 1 : 0))
            throw new DeviceException(DeviceFault.NotSupported, $"{file}: the device has no channels to read");

        _offsets = new int[_elements.Count];
        int at = 0, widest = 1;
        for (int i = 0; i < _elements.Count; i++) // each element is aligned to its own size, the frame to the widest
        {
            int bytes = _elements[i].Type.Bytes;
            at = (at + bytes - 1) / bytes * bytes;
            _offsets[i] = at;
            at += bytes;
            widest = Math.Max(widest, bytes);
        }
        _frame = (at + widest - 1) / widest * widest;
        _bytes = new byte[_frame * MostFramesPerRead];

        if (!double.IsNaN(rate)) Write(RateFile, rate.ToString(CultureInfo.InvariantCulture));
        double actual = Number(RateFile, rate);
        if (!(actual > 0))
            throw new DeviceException(DeviceFault.NotSupported, $"{file}: the driver does not say its sampling frequency; add rate=HZ");
        string chip = File.Exists(Path.Combine(folder, "name")) ? File.ReadAllText(Path.Combine(folder, "name")).Trim() : Path.GetFileName(file);
        Info = new(chip, actual, [.. _elements.Where(e => e.Name != "in_timestamp").Select(e => new Channel(e.Name["in_".Length..], Unit(e.Name)))]);
        _silence = TimeSpan.FromSeconds(Math.Max(0.5, 20 / actual));
    }

    /// <inheritdoc/>
    public override SourceInfo Info { get; }

    /// <inheritdoc/>
    public override SampleTiming Timing => SampleTiming.DataReady;

    /// <inheritdoc/>
    public override void Start()
    {
        _device?.Dispose();
        _partial = 0;
        _last = default;
        Write("buffer/enable", "0");
        if (File.Exists(Path.Combine(_folder, "current_timestamp_clock"))) Write("current_timestamp_clock", "monotonic");
        if (_trigger is not null) Write("trigger/current_trigger", _trigger);
        Write("buffer/length", BufferFrames.ToString(CultureInfo.InvariantCulture));
        Write("buffer/enable", "1");
        _device = new(_file, DeviceKind.Iio, SystemCalls.ReadOnly | SystemCalls.NonBlocking, _kernel);
    }

    /// <inheritdoc/>
    public override SensorReading Read(SampleBlock block)
    {
        while (true)
        {
            if (!_device!.WaitReadable(_silence))
                throw new DeviceException(DeviceFault.NoData,
                    $"{_file}: no sample for {_silence.TotalMilliseconds:0} ms; the device may need a trigger: add trigger=NAME, one of /sys/bus/iio/devices/trigger*/name");
            int room = Math.Min(block.Capacity, MostFramesPerRead) * _frame;
            int got = _device.Read(_bytes.AsSpan(_partial, room - _partial));
            if (got < 0) continue;
            if (got == 0)
            {
                throw new DeviceException(DeviceFault.NoData,
                    $"{_file}: the buffer has been closed; the driver was unloaded, or another program took the device");
            }
            int bytes = _partial + got, count = bytes / _frame;
            if (count == 0)
            {
                _partial = bytes;
                continue;
            }
            SensorReading reading = Store(block, count);
            _partial = bytes - count * _frame;
            _bytes.AsSpan(count * _frame, _partial).CopyTo(_bytes);
            return reading;
        }
    }

    SensorReading Store(SampleBlock block, int count)
    {
        for (int e = 0, channel = 0; e < _elements.Count; e++)
        {
            if (e == _timestamp) continue;
            Element element = _elements[e];
            Span<float> samples = block.Buffer(channel++);
            for (int i = 0; i < count; i++) samples[i] = (element.Type.Decode(_bytes.AsSpan(i * _frame + _offsets[e])) + element.Offset) * element.Scale;
        }
        if (_timestamp < 0) return new(count);
        TimeSpan first = Time(0), last = Time(count - 1), interval = TimeSpan.FromSeconds(1 / Info.SampleRate);
        // Half an interval of jitter is no loss; a sample missing between reads leaves a whole one.
        long lost = _last == default ? 0 : Math.Max(0, (long)Math.Round((first - _last) / interval - 1));
        _last = last;
        return new(count, lost > 0 ? SampleStatus.Overrun : SampleStatus.None, lost, first);
    }

    TimeSpan Time(int frame) => TimeSpan.FromTicks(_elements[_timestamp].Type.Decode(_bytes.AsSpan(frame * _frame + _offsets[_timestamp])) / 100);

    string RateFile =>
        Directory.GetFiles(_folder, "*sampling_frequency").Order(StringComparer.Ordinal).Select(Path.GetFileName).FirstOrDefault() ?? "sampling_frequency";

    /// <summary>The attribute of a channel, or that of all channels of its kind: in_accel_x_scale, in_accel_scale.</summary>
    double Attribute(string channel, string attribute, double absent)
    {
        string kind = channel;
        while (true)
        {
            if (File.Exists(Path.Combine(_folder, $"{kind}_{attribute}"))) return Number($"{kind}_{attribute}", absent);
            int cut = kind.LastIndexOf('_');
            if (cut > 2)
            {
                kind = kind[..cut];
                continue;
            }
            string digitless = kind.TrimEnd('0', '1', '2', '3', '4', '5', '6', '7', '8', '9'); // in_voltage0 shares in_voltage_scale
            if (digitless == kind) return absent;
            kind = digitless;
        }
    }

    /// <summary>Units of the IIO interface after scale and offset.</summary>
    static string Unit(string channel) => channel.Split('_')[1].TrimEnd('0', '1', '2', '3', '4', '5', '6', '7', '8', '9') switch
    {
        "accel" => "m/s²",
        "anglvel" => "rad/s",
        "voltage" => "mV",
        "current" => "mA",
        "power" => "mW",
        "magn" => "Gs",
        _ => "",
    };

    static IioScanType Parse(string file)
    {
        try
        {
            return IioScanType.Parse(File.ReadAllText(file));
        }
        catch (FormatException e)
        {
            throw new DeviceException(DeviceFault.NotSupported, $"{file}: {e.Message}");
        }
    }

    double Number(string attribute, double absent)
    {
        string path = Path.Combine(_folder, attribute);
        return File.Exists(path) && double.TryParse(File.ReadAllText(path), NumberStyles.Float, CultureInfo.InvariantCulture, out double value) ? value : absent;
    }

    void Write(string attribute, string value)
    {
        string path = Path.Combine(_folder, attribute);
        if (!File.Exists(path)) throw DeviceKind.Iio.Exception(19, path, "write");
        try
        {
            File.WriteAllText(path, value);
        }
        catch (UnauthorizedAccessException)
        {
            throw DeviceKind.Iio.Exception(13, path, "write");
        }
        catch (IOException e)
        {
            throw new DeviceException(DeviceFault.NotSupported, $"{path}: the driver refuses '{value}': {e.Message}");
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _device?.Dispose();

    /// <summary>Opens <c>iio:N</c> with options rate, trigger.</summary>
    /// <exception cref="DeviceException">The device is missing, closed to us, or has no buffer.</exception>
    public static ISampleSource Open(SourceAddress address)
    {
        address.AllowOnly("rate", "trigger");
        if (!int.TryParse(address.Path, NumberStyles.None, CultureInfo.InvariantCulture, out int number))
            throw new SourceAddressException($"'{address.Text}': write iio:N, where N is the number of /sys/bus/iio/devices/iio:deviceN");
        return SensorSource.OpenRecovering(() => new IioSensor(number, address.Rate, address.Option("trigger")));
    }
}
