using EdgeQinn.Devices.Buses;

namespace EdgeQinn.Devices.Alarms;

/// <summary>An output line that is active while the alarm is on: a lamp, a relay, another controller's input. Inactive when the program ends.</summary>
public sealed class LineAlarm : AlarmAction
{
    readonly IGpioLines _line;
    bool _wanted, _done = true;

    /// <param name="line">One output line; closed together with this.</param>
    /// <exception cref="DeviceException">It cannot be written.</exception>
    public LineAlarm(IGpioLines line)
    {
        _line = line;
        _line.Write(0);
    }

    /// <inheritdoc/>
    public override void Set(in AlarmChange change)
    {
        (_wanted, _done) = (change.IsOn, false);
        Tick();
    }

    /// <inheritdoc/>
    public override void Tick()
    {
        if (_done) return;
        try
        {
            _line.Write(_wanted ? 1UL : 0UL);
            (_done, Fault) = (true, null);
        }
        catch (DeviceException e)
        {
            Fault = e.Message; // tried again at the next opportunity
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        Set(default);
        _line.Dispose();
    }
}
