using System.Globalization;
using EdgeQinn.Devices.Buses;
using EdgeQinn.Devices.Linux;
using EdgeQinn.Devices.Sensors.Registers;
using EdgeQinn.Devices.Sensors.Simulation;
using EdgeQinn.Devices.Sources;

namespace EdgeQinn.Devices.Sensors;

/// <summary>
/// Where a source string says a chip sits: <c>1</c> is I²C bus 1, <c>0.1</c> SPI bus 0 with chip select 1, <c>sim</c> a simulated chip, whose
/// option <c>faults=nack@10,gone@30+5</c> makes it fail. Opens it, as often as recovery needs.
/// </summary>
sealed class SensorBus
{
    readonly SourceAddress _address;
    readonly int _bus, _chipSelect = -1;
    SimulatedChip? _chip;

    /// <exception cref="SourceAddressException">The path is none of the three.</exception>
    public SensorBus(SourceAddress address, bool i2c, bool spi)
    {
        _address = address;
        if (address.Path == "sim")
        {
            IsSimulated = true;
            Faults = ChipFaults.Parse(address.Option("faults") ?? "");
            return;
        }
        if (address.Option("faults") is not null)
            throw new SourceAddressException($"'{address.Text}': faults= is for simulated chips, {address.Scheme}:sim");
        string[] parts = address.Path.Split('.');
        bool valid = int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out _bus);
        if (parts.Length == 2) valid &= spi && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out _chipSelect);
        else valid &= i2c && parts.Length == 1;
        if (valid) return;
        string[] ways = [.. new[] { i2c ? "a number for an I²C bus (1)" : "", spi ? "BUS.SELECT for an SPI device (0.0)" : "", "sim" }.Where(w => w.Length > 0)];
        throw new SourceAddressException($"'{address.Text}': '{address.Path}' is no place of a chip; write {string.Join(", or ", ways)}");
    }

    /// <summary>Whether the chip is a simulated one.</summary>
    public bool IsSimulated { get; }

    /// <summary>The faults of the simulated chip.</summary>
    public ChipFaults Faults { get; } = new();

    /// <summary>Makes the simulated chip; it lives on when its bus is closed and opened again.</summary>
    public void Simulate(Func<SimulatedChip> create) => _chip = IsSimulated ? create() : null;

    /// <summary>The chip's registers, on whichever bus it sits.</summary>
    /// <exception cref="DeviceException">The bus cannot be opened.</exception>
    public IRegisters OpenRegisters(byte i2cAddress, byte i2cIncrement, SpiCommand command, int mode, int speed, int gap = 0) => _chipSelect < 0
        ? new I2cRegisters(OpenI2c(i2cAddress), I2cAddress(i2cAddress), i2cIncrement)
        : new SpiRegisters(OpenSpi(mode, speed, gap), command);

    /// <summary>The bus of the chip.</summary>
    /// <exception cref="DeviceException">The bus cannot be opened.</exception>
    public II2cBus OpenI2c(byte absentAddress)
    {
        byte address = I2cAddress(absentAddress); // before anything is opened: a wrong one is wrong usage
        return _chip is null ? new LinuxI2cBus(_bus) : new SimulatedI2cBus(_chip, address);
    }

    /// <summary>The option address=, decimal or as 0x48.</summary>
    /// <exception cref="SourceAddressException">It is no 7-bit address.</exception>
    public byte I2cAddress(byte absent)
    {
        if (_address.Option("address") is not { } text) return absent;
        bool hexadecimal = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        return byte.TryParse(hexadecimal ? text[2..] : text, hexadecimal ? NumberStyles.AllowHexSpecifier : NumberStyles.None, CultureInfo.InvariantCulture, out byte value)
            && value is >= 0x08 and <= 0x77
            ? value : throw new SourceAddressException($"'{_address.Text}': address must be from 0x08 to 0x77, not '{text}'");
    }

    /// <summary>The SPI device of the chip.</summary>
    /// <exception cref="DeviceException">The device cannot be opened.</exception>
    public ISpiDevice OpenSpi(int mode, int speed, int gap = 0) => _chip is null
        ? new LinuxSpiDevice(_bus, _chipSelect, mode, (int)_address.Number("speed", speed, 1e4, 5e7), gap) : new SimulatedSpiDevice(_chip);

    /// <summary>The data-ready line of an option such as ready=0/17: chip 0, line 17. The simulated chip always has one.</summary>
    /// <exception cref="DeviceException">The line cannot be had.</exception>
    public IGpioLines? OpenReady(string option)
    {
        if (_chip is not null) return new SimulatedReadyLine(_chip, MonotonicClock.System);
        return Lines(option, 1) is var (chip, lines) ? new LinuxGpioLines(chip, GpioRequest.Input | GpioRequest.FallingEdges, lines) : null;
    }

    /// <summary>Input lines of an option such as leadoff=0/22+23.</summary>
    /// <exception cref="DeviceException">The lines cannot be had.</exception>
    public IGpioLines? OpenInputs(string option, int most)
    {
        if (_chip is not null) return new SimulatedLines(() => Faults.Current == ChipFault.LeadOff ? 1UL : 0UL);
        return Lines(option, most) is var (chip, lines) ? new LinuxGpioLines(chip, GpioRequest.Input, lines) : null;
    }

    (int Chip, int[] Lines)? Lines(string option, int most)
    {
        if (_address.Option(option) is not { } text) return null;
        string[] parts = text.Split('/');
        string[] lines = parts[^1].Split('+');
        int[] numbers = [.. lines.Select(l => int.TryParse(l, NumberStyles.None, CultureInfo.InvariantCulture, out int n) ? n : -1)];
        if (parts.Length != 2 || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int chip) || lines.Length > most || numbers.Contains(-1))
            throw new SourceAddressException($"'{_address.Text}': {option} must be CHIP/LINE{(most > 1 ? "[+LINE]" : "")}, such as 0/17, not '{text}'");
        return (chip, numbers);
    }

    /// <summary>
    /// Hands a resource on to what is made with it, or closes it where that fails: a stream that is opened again and again for weeks must not keep
    /// a file, or hold a line, of an attempt that failed half way.
    /// </summary>
    public static TMade Own<T, TMade>(T resource, Func<T, TMade> make) where T : IDisposable
    {
        try
        {
            return make(resource);
        }
        catch
        {
            resource.Dispose();
            throw;
        }
    }

    /// <summary>An option's value out of those a chip offers: its index.</summary>
    /// <exception cref="SourceAddressException">It is none of them.</exception>
    public int Choose(string option, double absent, ReadOnlySpan<double> choices)
    {
        double value = _address.Number(option, absent, 0, 1e9);
        int index = choices.IndexOf(value);
        return index >= 0 ? index
            : throw new SourceAddressException($"'{_address.Text}': {_address.Scheme} has {option} {string.Join(", ", choices.ToArray())}, not {value}");
    }
}
