using System.Globalization;
using EdgeQinn.Devices.Linux;
using EdgeQinn.Devices.Sources;

namespace EdgeQinn.Devices.Alarms;

/// <summary>An alarm that went on or off.</summary>
/// <param name="IsOn">Which of both.</param>
/// <param name="Label">The label decided on.</param>
/// <param name="Level">The probability or score that counted.</param>
/// <param name="Time">When, on the source's clock.</param>
public readonly record struct AlarmChange(bool IsOn, string Label, double Level, TimeSpan Time);

/// <summary>What an alarm does. It must not hold up the stream.</summary>
public abstract class AlarmAction : IDisposable
{
    /// <summary>How to write one, for help texts.</summary>
    public const string Usage = "gpio:CHIP/LINE[?low]|exec:COMMAND";

    /// <summary>Why it did not work the last time; null where all is well.</summary>
    public string? Fault { get; protected set; }

    /// <summary>Goes on or off.</summary>
    public abstract void Set(in AlarmChange change);

    /// <summary>Called now and then: does what is due.</summary>
    public virtual void Tick() { }

    /// <summary>Opens the action a string describes.</summary>
    /// <exception cref="SourceAddressException">It describes none.</exception>
    /// <exception cref="Buses.DeviceException">The line cannot be had.</exception>
    public static AlarmAction Open(string text)
    {
        if (text.StartsWith("exec:", StringComparison.Ordinal) && text.Length > 5) return new CommandAlarm(text[5..]);
        if (!text.StartsWith("gpio:", StringComparison.Ordinal)) throw Fail(text);
        string place = text[5..];
        bool low = place.EndsWith("?low", StringComparison.Ordinal);
        string[] parts = (low ? place[..^4] : place).Split('/');
        if (parts.Length != 2 || !int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int chip)
            || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out int line)) throw Fail(text);
        return new LineAlarm(new LinuxGpioLines(chip, GpioRequest.Output | (low ? GpioRequest.ActiveLow : 0), line));
    }

    static SourceAddressException Fail(string text) => new($"'{text}' is no alarm: write {Usage}");

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Leaves things as they are without an alarm, and closes.</summary>
    protected abstract void Dispose(bool disposing);
}
