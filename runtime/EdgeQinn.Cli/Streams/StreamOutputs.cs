using EdgeQinn.Cli.Output;
using EdgeQinn.Devices.Alarms;
using EdgeQinn.Devices.Results;
using EdgeQinn.Devices.Sources;

namespace EdgeQinn.Cli.Streams;

/// <summary>Where results and alarms go.</summary>
sealed class StreamOutputs(ResultSink[] sinks, AlarmAction[] actions, AlarmState? alarm, TextWriter error) : IDisposable
{
    readonly string?[] _told = new string?[sinks.Length + actions.Length];

    /// <summary>The alarm; null where none is wanted.</summary>
    public AlarmState? Alarm => alarm;

    /// <summary>Lines that could not be delivered.</summary>
    public long Dropped
    {
        get
        {
            long sum = 0;
            foreach (var sink in sinks) sum += sink.Target.Dropped;
            return sum;
        }
    }

    /// <summary>Hands out a result.</summary>
    /// <returns>Whether an alarm went on or off by it.</returns>
    public bool Write(StreamResult result)
    {
        foreach (var sink in sinks) sink.Write(result);
        if (alarm?.Update(result) != true) return false;
        Ring(result.Labels[result.Label], result.Time + result.Span, result.Last);
        return true;
    }

    /// <summary>Hands out an event.</summary>
    public void Write(in StreamEvent e)
    {
        foreach (var sink in sinks) sink.Write(e);
    }

    /// <summary>What is wrong with the signal now, for alarms that ring on faults.</summary>
    public void Watch(SampleStatus status, TimeSpan time, long sample)
    {
        if (alarm?.Update(status, time) == true) Ring("fault", time, sample);
    }

    /// <summary>Resets a latched alarm.</summary>
    public void ResetAlarm(TimeSpan time, long sample)
    {
        if (alarm?.Reset() == true) Ring("reset", time, sample);
    }

    void Ring(string label, TimeSpan time, long sample)
    {
        var change = new AlarmChange(alarm!.IsOn, label, alarm.Level, time);
        foreach (var action in actions) action.Set(change);
        Write(new StreamEvent("alarm", time, sample, $"{(change.IsOn ? "on" : "off")}: {label}"));
    }

    /// <summary>Whether results go nowhere: standard output was all there is, and its reader has gone.</summary>
    public bool HasNothingToDo => alarm is null && Array.TrueForAll(sinks, s => s.Target is WriterTarget { IsReaderGone: true });

    /// <summary>Does what is due, and tells once of each thing that does not work.</summary>
    public void Tick()
    {
        foreach (var sink in sinks) sink.Target.Tick();
        foreach (var action in actions) action.Tick();
        TellFaults();
    }

    void TellFaults()
    {
        for (int i = 0; i < _told.Length; i++)
        {
            string? fault = i < sinks.Length ? sinks[i].Target.Fault : actions[i - sinks.Length].Fault;
            if (fault is not null && fault != _told[i]) error.WriteLine($"edgeqinn: {fault}");
            _told[i] = fault;
        }
    }

    public void Dispose()
    {
        foreach (var sink in sinks) sink.Dispose();
        foreach (var action in actions) action.Dispose();
        TellFaults();
    }
}
