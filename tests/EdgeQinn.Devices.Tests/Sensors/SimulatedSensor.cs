using EdgeQinn.Devices.Buses;
using EdgeQinn.Devices.Sensors;
using EdgeQinn.Devices.Sensors.Ad8232;
using EdgeQinn.Devices.Sensors.Ads1115;
using EdgeQinn.Devices.Sensors.Ads1292r;
using EdgeQinn.Devices.Sensors.Adxl345;
using EdgeQinn.Devices.Sensors.Adxl357;
using EdgeQinn.Devices.Sensors.Ina2xx;
using EdgeQinn.Devices.Sensors.Lis3dh;
using EdgeQinn.Devices.Sensors.Mcp3x08;
using EdgeQinn.Devices.Sensors.Mpu6050;
using EdgeQinn.Devices.Sensors.Registers;
using EdgeQinn.Devices.Sensors.Simulation;
using EdgeQinn.Devices.Sources;

namespace EdgeQinn.Devices.Tests.Sensors;

/// <summary>A driver over its simulated chip, on a clock of its own.</summary>
sealed class SimulatedSensor
{
    SimulatedSensor(string name, ManualClock clock, ChipFaults faults, SimulatedChip chip, Func<SimulatedSensor, Sensor> create, double lsb, int channels)
    {
        (Name, Clock, Faults, Chip, Lsb, Channels) = (name, clock, faults, chip, lsb, channels);
        Create = () => create(this);
    }

    /// <summary>All drivers; the same chip on both of its buses where it has two.</summary>
    public static string[] Names { get; } =
        ["ads1115", "ads1115 polled", "mcp3008", "mcp3208", "ads1292r", "adxl345 i2c", "adxl345 spi", "adxl357 i2c", "adxl357 spi", "lis3dh i2c", "lis3dh spi", "mpu6050", "ina219", "ina226"];

    public static IEnumerable<object[]> All => Names.Select(n => new object[] { n });

    public string Name { get; }

    public ManualClock Clock { get; }

    public ChipFaults Faults { get; }

    public SimulatedChip Chip { get; }

    /// <summary>Value of a step of the converter.</summary>
    public double Lsb { get; }

    /// <summary>Channels that follow the stimulus.</summary>
    public int Channels { get; }

    public Func<Sensor> Create { get; }

    /// <summary>System calls so far, as each transfer is one.</summary>
    public long Transfers => _transfers.Sum(t => t());

    readonly List<Func<long>> _transfers = [];

    public SensorSource Open() => new(Create(), Clock);

    public RecoveringSource OpenRecovering() => SensorSource.OpenRecovering(Create, Clock);

    II2cBus I2c(byte address)
    {
        var bus = new SimulatedI2cBus(Chip, address);
        _transfers.Add(() => bus.Transactions);
        return bus;
    }

    ISpiDevice Spi()
    {
        var device = new SimulatedSpiDevice(Chip);
        _transfers.Add(() => device.Transfers);
        return device;
    }

    IRegisters Registers(string name, byte address, byte increment, SpiCommand command) =>
        name.EndsWith("spi", StringComparison.Ordinal) ? new SpiRegisters(Spi(), command) : new I2cRegisters(I2c(address), address, increment);

    public static SimulatedSensor Make(string name, Stimulus stimulus, double oscillatorError = 0, bool fast = false)
    {
        var clock = new ManualClock();
        var faults = new ChipFaults(clock);
        SimulatedSensor New(SimulatedChip chip, double lsb, int channels, Func<SimulatedSensor, Sensor> create) => new(name, clock, faults, chip, create, lsb, channels);
        switch (name)
        {
            case "ads1115":
                return New(new Ads1115Simulator(clock, faults, stimulus, oscillatorError), 4.096 / 32768, 1,
                    s => new Ads1115Sensor(new I2cWords(s.I2c(0x48), 0x48), 4, 7, 1, new SimulatedReadyLine(s.Chip, clock)));
            case "ads1115 polled":
                return New(new Ads1115Simulator(clock, faults, stimulus, oscillatorError), 4.096 / 32768, 1, s => new Ads1115Sensor(new I2cWords(s.I2c(0x48), 0x48), 4, 7, 1));
            case "mcp3008" or "mcp3208":
                int bits = name == "mcp3008" ? 10 : 12;
                return New(new Mcp3x08Simulator(clock, faults, bits, 4.096, stimulus), 4.096 / (1 << bits), 2, s => new Mcp3x08Sensor(s.Spi(), bits, 4.096, 1000, 0, 1));
            case "ads1292r":
                return New(new Ads1292rSimulator(clock, faults, stimulus, oscillatorError), 2420.0 / 6 / (1 << 23), 2,
                    s => new Ads1292rSensor(s.Spi(), new SimulatedReadyLine(s.Chip, clock), fast ? 6 : 3, 0));
            case "adxl345 i2c" or "adxl345 spi":
                return New(new Adxl345Simulator(clock, faults, stimulus, oscillatorError), fast ? 2 / 256.0 : 1 / 256.0, 3,
                    s => new Adxl345Sensor(s.Registers(name, 0x53, 0, SpiCommand.ReadHigh), fast ? 9 : 7, 3));
            case "adxl357 i2c" or "adxl357 spi":
                return New(new Adxl357Simulator(clock, faults, stimulus, oscillatorError), 1 / 51200.0, 3,
                    s => new Adxl357Sensor(s.Registers(name, 0x1D, 0, SpiCommand.ReadLow), fast ? 0 : 2, 0));
            case "lis3dh i2c" or "lis3dh spi":
                return New(new Lis3dhSimulator(clock, faults, stimulus, oscillatorError), 0.002, 3,
                    s => new Lis3dhSensor(s.Registers(name, 0x18, 0x80, SpiCommand.ReadHigh), fast ? 7 : 6, 1));
            case "mpu6050":
                return New(new Mpu6050Simulator(clock, faults, stimulus, oscillatorError), 1 / 65.5, 6, s => new Mpu6050Sensor(new I2cRegisters(s.I2c(0x68), 0x68), fast ? 1000 : 500, 1, 1));
            case "ina219" or "ina226":
                InaModel model = name == "ina219" ? InaModel.Ina219 : InaModel.Ina226;
                return New(new InaSimulator(clock, faults, model, 0.1, stimulus), model.BusVolts, 2, s => new InaSensor(new I2cWords(s.I2c(0x40), 0x40), model));
            default: throw new ArgumentException(name);
        }
    }

    public SimulatedSensor WithFrontEnd(Func<ulong> leadOff) =>
        new(Name, Clock, Faults, Chip, _ => new Ad8232FrontEnd(Create(), new SimulatedLines(leadOff)), Lsb, 1);
}
