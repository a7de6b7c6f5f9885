using EdgeQinn.Devices.Buses;

namespace EdgeQinn.Devices.Linux;

/// <summary>A kind of device file: what to do where it is missing or closed to us, and what its errors mean.</summary>
/// <param name="Noun">What it is, for messages.</param>
/// <param name="Enable">The way out where the file is missing.</param>
/// <param name="Permit">The way out where we may not open it.</param>
sealed record DeviceKind(string Noun, string Enable, string Permit)
{
    // Error numbers of <errno.h>, the same on every Linux architecture .NET runs on.
    const int NotPermitted = 1, NoEntry = 2, InputOutput = 5, NoSuchAddress = 6, Again = 11, Denied = 13, IsBusy = 16, NoDevice = 19, Invalid = 22,
        NotTypewriter = 25, NoMessage = 61, BadMessage = 74, NotSupportedError = 95, TimedOut = 110, RemoteIo = 121;

    public static DeviceKind I2c { get; } = new(
        "I²C bus",
        "enable I²C with 'dtparam=i2c_arm=on' in /boot/firmware/config.txt (or raspi-config, Interface Options), load the module i2c-dev and reboot; 'ls /dev/i2c-*' lists the buses there are",
        "join the group i2c with 'sudo usermod -aG i2c $USER' and log in again");

    public static DeviceKind Spi { get; } = new(
        "SPI device",
        "enable SPI with 'dtparam=spi=on' in /boot/firmware/config.txt (or raspi-config, Interface Options) and reboot; 'ls /dev/spidev*' lists the devices there are",
        "join the group spi with 'sudo usermod -aG spi $USER' and log in again");

    public static DeviceKind Gpio { get; } = new(
        "GPIO chip",
        "'gpiodetect' or 'ls /dev/gpiochip*' lists the chips there are; the kernel must be 5.10 or newer",
        "join the group gpio with 'sudo usermod -aG gpio $USER' and log in again");

    public static DeviceKind Iio { get; } = new(
        "IIO device",
        "load the chip's driver (a dtoverlay in /boot/firmware/config.txt, as a rule); 'ls /sys/bus/iio/devices' lists the devices there are",
        "IIO devices belong to root: run as root, or add a udev rule such as SUBSYSTEM==\"iio\", GROUP=\"plugdev\", MODE=\"0660\"");

    /// <summary>The exception for an error number.</summary>
    /// <param name="error">A positive error number.</param>
    /// <param name="device">The device file, with the address where one is meant.</param>
    /// <param name="doing">What failed, such as <c>open</c>.</param>
    public DeviceException Exception(int error, string device, string doing) => error switch
    {
        NoEntry => new(DeviceFault.Missing, $"{device}: there is no such {Noun}; {Enable}"),
        NoDevice => new(DeviceFault.Missing, $"{device}: the {Noun} is gone; check power and wiring, then {Enable}"),
        Denied or NotPermitted => new(DeviceFault.PermissionDenied, $"{device}: no permission to {doing} the {Noun}; {Permit}"),
        IsBusy => new(DeviceFault.Busy, $"{device}: somebody else holds the {Noun}; stop the other program, or unload the kernel's driver for this chip"),
        RemoteIo or NoSuchAddress => new(DeviceFault.NoAcknowledge,
            $"{device}: no chip acknowledges; check wiring, power, pull-ups and address ('i2cdetect -y N' lists the addresses that answer)"),
        TimedOut or Again => new(DeviceFault.Timeout,
            $"{device}: the {Noun} hangs: to {doing} it took longer than allowed; a chip may hold a line low: cycle its power, lower the clock, check the pull-ups"),
        NotTypewriter or NotSupportedError or Invalid => new(DeviceFault.NotSupported,
            $"{device}: cannot {doing} it (error {error}): not a {Noun}, or its driver cannot do this"),
        InputOutput or NoMessage or BadMessage => new(DeviceFault.BusError,
            $"{device}: to {doing} it failed on the bus (error {error}); check wiring, length of the leads and clock rate"),
        _ => new(DeviceFault.BusError, $"{device}: cannot {doing} it (error {error})"),
    };
}
