using EdgeQinn.Devices.Linux;
using EdgeQinn.Devices.Sensors.Ina2xx;
using EdgeQinn.Devices.Sensors.Registers;

namespace EdgeQinn.Devices.Examples;

/// <summary>An INA226 on I²C bus 1 with a shunt of 10 mΩ: what the board draws now.</summary>
static class PowerOfABoard
{
    public static void Run()
    {
        using var monitor = new InaSensor(new I2cWords(new LinuxI2cBus(1), 0x40), InaModel.Ina226, shuntOhms: 0.01, mostAmperes: 8);
        monitor.Start();
        PowerReading power = monitor.Measure();
        Console.WriteLine($"{power.Volts:0.00} V, {power.Amperes:0.000} A, {power.Watts:0.00} W");
    }
}
