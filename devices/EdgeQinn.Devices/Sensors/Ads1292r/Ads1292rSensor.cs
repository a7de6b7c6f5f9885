using EdgeQinn.Devices.Buses;
using EdgeQinn.Devices.Sensors.Registers;
using EdgeQinn.Devices.Sensors.Simulation;
using EdgeQinn.Devices.Sources;

namespace EdgeQinn.Devices.Sensors.Ads1292r;

/// <summary>
/// ADS1292R, ECG front end with two ADCs of 24 bits up to 8 kHz over SPI (Texas Instruments, SBAS502C). Runs in continuous read mode: after each
/// edge of its data-ready line one transfer takes status and both channels.
/// </summary>
public sealed class Ads1292rSensor : Sensor
{
    /// <summary>Data rates in Hz, by code (register CONFIG1).</summary>
    public static ReadOnlySpan<double> Rates => [125, 250, 500, 1000, 2000, 4000, 8000];

    /// <summary>Gains, by code (register CH1SET).</summary>
    public static ReadOnlySpan<double> Gains => [6, 1, 2, 3, 4, 8, 12];

    /// <summary>Volts of the internal reference.</summary>
    public const double Reference = 2.42;

    const int FrameBytes = 9, FullScale = (1 << 23) - 1;

    readonly ISpiDevice _device;
    readonly IGpioLines _lines;
    readonly DataReadyLine _ready;
    readonly int _rate, _gain;
    readonly float _millivoltsPerLsb;
    readonly byte[] _bytes = new byte[FrameBytes];

    /// <param name="device">SPI mode 1, up to 1 MHz or so: commands want 8 µs per byte. Closed together with this.</param>
    /// <param name="ready">The line of DRDY, watched for falling edges; closed together with this.</param>
    /// <param name="rate">Index into <see cref="Rates"/>.</param>
    /// <param name="gain">Index into <see cref="Gains"/>.</param>
    public Ads1292rSensor(ISpiDevice device, IGpioLines ready, int rate, int gain)
    {
        (_device, _lines, _rate, _gain) = (device, ready, rate, gain);
        _millivoltsPerLsb = (float)(Reference * 1000 / Gains[gain] / FullScale); // table "Ideal output code versus input signal"
        Info = new("ads1292r", Rates[rate], [new("CH1", "mV"), new("CH2", "mV")]);
        _ready = new(ready, Info.Name, TimeSpan.FromSeconds(Math.Max(0.25, 10 / Info.SampleRate)));
    }

    /// <inheritdoc/>
    public override SourceInfo Info { get; }

    /// <inheritdoc/>
    public override SampleTiming Timing => SampleTiming.DataReady;

    /// <summary>The codes 800000h and 7FFFFFh.</summary>
    public override (float Low, float High) Range(int channel) => (-(1 << 23) * _millivoltsPerLsb, FullScale * _millivoltsPerLsb);

    /// <inheritdoc/>
    public override void Start()
    {
        Command(Ads1292rCommand.StopContinuous); // registers answer in no other mode
        Command(Ads1292rCommand.Stop);
        RegisterExtensions.Require(_device.Name, "ADS1292R", ReadRegister(Register.Id), Register.Identity);
        WriteRegister(Register.Config1, (byte)_rate);
        WriteRegister(Register.Config2, Register.LeadOffComparators | Register.ReferenceBuffer | 0x80);
        WriteRegister(Register.LeadOff, 0x10);      // 95 % threshold, 6 nA, direct current
        WriteRegister(Register.Channel1, (byte)(_gain << 4));
        WriteRegister(Register.Channel2, (byte)(_gain << 4));
        WriteRegister(Register.RightLegDrive, 0x2C); // on, from both inputs of channel 2
        WriteRegister(Register.LeadOffSense, 0x0F);  // currents into all four inputs
        WriteRegister(Register.Respiration1, 0x02);  // respiration off; this bit must be 1
        WriteRegister(Register.Respiration2, 0x03);  // right-leg reference inside; bit 0 must be 1
        RegisterExtensions.Require(_device.Name, "ADS1292R", ReadRegister(Register.Channel2), _gain << 4);
        Command(Ads1292rCommand.Start);
        Command(Ads1292rCommand.ReadContinuously);
        _ready.Restart();
    }

    /// <inheritdoc/>
    public override SensorReading Read(SampleBlock block)
    {
        TimeSpan time = _ready.Wait(out long missed);
        Array.Clear(_bytes); // a command in the zeros would end the mode
        _device.Transfer(_bytes, FrameBytes);
        // Status: 1100, lead-off bits 4 … 0, two GPIO bits, 13 zeros (section "Status word").
        if ((_bytes[0] & 0xF0) != 0xC0)
            throw new DeviceException(DeviceFault.BusError,
                $"{_device.Name}: the ADS1292R's status word begins with 0x{_bytes[0]:X2}, not 0xC_; the chip lost its supply, or the clock slipped a bit");
        int leadOff = (_bytes[0] & 0x0F) << 1 | _bytes[1] >> 7;
        for (int c = 0; c < 2; c++)
            block.Buffer(c)[0] = ((_bytes[3 + 3 * c] << 24 | _bytes[4 + 3 * c] << 16 | _bytes[5 + 3 * c] << 8) >> 8) * _millivoltsPerLsb;
        return new(1, leadOff != 0 ? SampleStatus.LeadOff : SampleStatus.None, missed, time);
    }

    void Command(byte command)
    {
        _bytes[0] = command;
        _device.Transfer(_bytes.AsSpan(0, 1), 1);
    }

    byte ReadRegister(byte register)
    {
        (_bytes[0], _bytes[1], _bytes[2]) = ((byte)(Ads1292rCommand.ReadRegisters | register), 0, 0);
        _device.Transfer(_bytes.AsSpan(0, 3), 3);
        return _bytes[2];
    }

    void WriteRegister(byte register, byte value)
    {
        (_bytes[0], _bytes[1], _bytes[2]) = ((byte)(Ads1292rCommand.WriteRegisters | register), 0, value);
        _device.Transfer(_bytes.AsSpan(0, 3), 3);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _device.Dispose();
        _lines.Dispose();
    }

    /// <summary>Opens <c>ads1292r:BUS.SELECT|sim</c> with options ready=CHIP/LINE (needed), rate, gain, speed.</summary>
    /// <exception cref="DeviceException">The chip does not answer, or is another one.</exception>
    public static ISampleSource Open(SourceAddress address)
    {
        address.AllowOnly("ready", "rate", "gain", "speed", "faults");
        var bus = new SensorBus(address, i2c: false, spi: true);
        if (!bus.IsSimulated && address.Option("ready") is null)
            throw new SourceAddressException($"'{address.Text}': ads1292r needs its data-ready line; add ready=CHIP/LINE, such as ready=0/17");
        int rate = bus.Choose("rate", 500, Rates), gain = bus.Choose("gain", 6, Gains);
        bus.Simulate(() => new Ads1292rSimulator(MonotonicClock.System, bus.Faults, Stimuli.Ecg()));
        return SensorSource.OpenRecovering(() => SensorBus.Own(
            bus.OpenSpi(mode: 1, speed: 1_000_000), spi => new Ads1292rSensor(spi, bus.OpenReady("ready")!, rate, gain)));
    }

    /// <summary>Registers and bits (table "Register assignments").</summary>
    internal static class Register
    {
        public const byte Id = 0x00, Config1 = 0x01, Config2 = 0x02, LeadOff = 0x03, Channel1 = 0x04, Channel2 = 0x05,
            RightLegDrive = 0x06, LeadOffSense = 0x07,
            LeadOffStatus = 0x08, Respiration1 = 0x09, Respiration2 = 0x0A, Gpio = 0x0B;

        public const byte Identity = 0x73, LeadOffComparators = 0x40, ReferenceBuffer = 0x20;
    }
}

/// <summary>Command bytes (table "Command definitions").</summary>
static class Ads1292rCommand
{
    public const byte Wakeup = 0x02, Standby = 0x04, Reset = 0x06, Start = 0x08, Stop = 0x0A, ReadContinuously = 0x10,
        StopContinuous = 0x11, ReadRegisters = 0x20,
        WriteRegisters = 0x40;
}
