using EdgeQinn.Cli.CommandLine;
using EdgeQinn.Cli.Output;
using EdgeQinn.Cli.Streams;
using EdgeQinn.Devices.Alarms;
using EdgeQinn.Devices.Linux;
using EdgeQinn.Devices.Recordings;
using EdgeQinn.Devices.Results;
using EdgeQinn.Devices.Signals.Windows;
using EdgeQinn.Devices.Sources;
using EdgeQinn.Runtime.Format;
using System.Runtime.InteropServices;

namespace EdgeQinn.Cli.Verbs;

/// <summary><c>edgeqinn run</c>: a live source through the network, one line per result.</summary>
static class RunVerb
{
    static readonly Option Speed = new("--speed", "1x|10x|max", "pace of a recording (default 1x)");
    static readonly Option Limit = new("--limit", "N", "stop after N results");
    static readonly Option Deadline = new("--deadline", "DURATION", "a result later than this after its last sample is late, and counted");
    static readonly Option Overload = new("--overload", "wait|drop-oldest|skip-windows", "where the network cannot keep up (default drop-oldest; recordings at full speed wait)");
    static readonly Option Queue = new("--queue", "DURATION", "signal that may wait for the network (default 2s)");
    static readonly Option Stall = new("--stall", "DURATION", "a source from which nothing comes for so long is down (default 10s)");
    static readonly Option Output = new("--output", "FORMAT[:TARGET]", "where results go (see below); several may be given", Repeats: true);
    static readonly Option Alarm = new("--alarm", "gpio:CHIP/LINE|exec:COMMAND", "what an alarm does; several may be given", Repeats: true);
    static readonly Option AlarmWhen = new("--alarm-when", "RULE", "when it goes on and off (see below)");
    static readonly Option Record = new("--record", "FILE", "keep what came in: FILE.csv, or a WFDB record; {time} in it becomes the time in UTC");
    static readonly Option Status = new("--status-file", "FILE", "the latest figures as JSON, replaced in one step each second");

    public static readonly Verb Verb = new("run", "classify a live source or a recording, one line per result", ["MODEL.eqn"],
        [StreamOptions.Source, StreamOptions.Trigger, Speed, StreamOptions.Window, Limit, StreamOptions.Gap, StreamOptions.Repeats, StreamOptions.Drift, Deadline, Overload, Queue, Stall, Output, Alarm, AlarmWhen, Record, Status],
        () => $"{StreamOptions.Notes}\n\nThe model's signal contract says the rest: rate, filters, window, labels. Beats are found by the QRS detector unless --trigger says otherwise.\n"
        + "Ctrl-C stops; the summary goes to standard error, or with --json is the last object.\n\n"
        + $"Outputs: {ResultSinks.Usage}\n"
        + "  Lines are written at once; sync= says when they are forced to the disk (default within 5s). A socket is connected to, and again when it is lost.\n\n"
        + $"Alarms: --alarm-when {AlarmRule.Usage}, any of these parts.\n"
        + "  Without when= all labels but the first count, without on= the decision itself does; for= is how long it must last, hold= how long the alarm\n"
        + "  stays at the least, latch until SIGUSR1 resets it, fault rings where the signal fails, too. A command gets on|off, label, level and time as $1 to $4.\n\n"
        + "Recordings replay to the bit with --source csv:FILE.csv or wfdb:FILE, annotations included. WFDB keeps samples rounded to 2^-17 of their unit, which are then\n"
        + "  what is classified, too; CSV keeps times and what was wrong with the signal. A recording that was cut off is whole up to its last record.\n\n"
        + "Signals: SIGTERM and SIGINT stop with everything written; SIGHUP reads the model again without losing a sample; SIGUSR1 resets a latched alarm.\n"
        + "Under systemd (Type=notify, WatchdogSec=) readiness, status and signs of life are told.", Run);

    /// <summary>Samples are read in blocks of this many seconds: what a sensor's FIFO would hand over.</summary>
    const double BlockSeconds = 0.01;

    static readonly TimeSpan StatusInterval = TimeSpan.FromSeconds(1), ManagerInterval = TimeSpan.FromSeconds(10);

    static int Run(Invocation call)
    {
        string text = call.Text(StreamOptions.Source) ?? throw call.Fail("--source is missing");
        double speed = PacedSource.ParseSpeed(call.Text(Speed) ?? "1x");
        TimeSpan? deadline = call.Text(Deadline) is null ? null : call.Duration(Deadline, default);
        int limit = call.Int(Limit, int.MaxValue, 1);
        var classifier = Load(call);
        using var outputs = OpenOutputs(call, classifier);
        var settings = new StreamSettings(deadline, SkipWindows: false, limit, call.Duration(Stall, TimeSpan.FromSeconds(10)));
        var statusFile = call.Text(Status) is { } path ? new StatusFile(path, StatusInterval, call.Operand(0), text, call.Error) : null;
        using var manager = new ServiceManager();
        using var stop = new StopSignal();
        using var hangup = Terminal.IsInteractive ? null : new RequestSignal(PosixSignal.SIGHUP); // a closed terminal ends the program, as ever
        using var reset = new RequestSignal(RequestSignal.User1);
        Func<SignalContract, Windower> makeWindower = null!;
        StreamService OpenStream() => Open(call, classifier, text, speed, settings, outputs, out makeWindower);
        using var service = text.StartsWith("csv:", StringComparison.Ordinal) ? new PipeWait(manager, stop, outputs, statusFile, settings.Stall).Await(text, OpenStream) : OpenStream();
        if (service is null)
        {
            manager.Stopping();
            call.Error.WriteLine($"edgeqinn: stopped before the first line of {text} came");
            return 0;
        }
        var report = new StreamReport(service, outputs, deadline);

        manager.Ready();
        var nextStatus = TimeSpan.Zero;
        service.Run(() => stop.Requested || outputs.HasNothingToDo && service.Recorder is null, () =>
        {
            if (hangup?.Take() == true) Reload(call, service, manager, makeWindower);
            if (reset.Take()) service.ResetAlarm();
            statusFile?.Tick(report);
            if (service.IsAlive) manager.SignOfLife();
            if (!manager.IsPresent || MonotonicClock.System.Now < nextStatus) return;
            nextStatus = MonotonicClock.System.Now + ManagerInterval;
            manager.Status(report.Line);
        });
        manager.Stopping();
        statusFile?.Tick(report, "stopped");
        if (call.Json) JsonOutput.Write(call.Output, false, json =>
        {
            json.WriteStartObject("summary");
            report.WriteJson(json);
            json.WriteEndObject();
        });
        else report.WriteText(call.Error);
        return 0;
    }

    static StreamClassifier Load(Invocation call) => StreamClassifier.Load(call.Operand(0), contract => StreamOptions.Adapt(call, contract));

    static StreamService Open(Invocation call, StreamClassifier classifier, string text, double speed, StreamSettings settings, StreamOutputs outputs,
        out Func<SignalContract, Windower> makeWindower)
    {
        ISampleSource? source = null;
        try
        {
            var contract = classifier.Contract;
            var trigger = StreamOptions.BeatTrigger(call, contract, BeatTrigger.Qrs);
            (source, int? hop) = StreamOptions.Open(call, text, contract);
            source = new PacedSource(source, speed);
            var info = source.Info;
            makeWindower = wanted => Windower.Create(wanted, info, trigger, hop);
            var windower = makeWindower(contract);
            if (call.Text(Record) is { } recording) source = new RecordingSource(source, Recorder.Create(recording, info));
            bool waits = !info.IsLive && double.IsPositiveInfinity(speed);
            int overload = call.Choice(Overload, waits ? 0 : 1, "wait", "drop-oldest", "skip-windows");
            if (overload == 0 && info.IsLive) throw call.Fail("--overload wait: a sensor does not wait; choose drop-oldest or skip-windows");
            int blocks = (int)Math.Clamp(Math.Ceiling(call.Duration(Queue, TimeSpan.FromSeconds(2)).TotalSeconds / BlockSeconds), 2, 100_000);
            if (waits && overload == 0 && !text.StartsWith("csv:", StringComparison.Ordinal)) blocks = 0; // a pipe may keep us waiting: signals are heeded meanwhile
            var feed = new StreamFeed(source, Math.Max(1, (int)(info.SampleRate * BlockSeconds)), blocks, overload == 0 ? Backlog.Wait : Backlog.DropOldest);
            return new StreamService(feed, classifier, windower, outputs, settings with { SkipWindows = overload == 2 });
        }
        catch
        {
            source?.Dispose();
            classifier.Dispose();
            throw;
        }
    }

    static StreamOutputs OpenOutputs(Invocation call, StreamClassifier classifier)
    {
        try
        {
            var decision = classifier.Contract.Decision;
            string[] sinks = [.. call.Texts(Output)], actions = [.. call.Texts(Alarm)];
            if (sinks.Length == 0) sinks = [call.Json ? "jsonl" : "text"];
            if (actions.Length == 0 && call.Text(AlarmWhen) is not null) throw call.Fail("--alarm-when without --alarm");
            var rule = AlarmRule.Parse(call.Text(AlarmWhen) ?? "", decision.Labels);
            return new([.. sinks.Select(t => ResultSinks.Open(t, () => new WriterTarget(call.Output)))], [.. actions.Select(AlarmAction.Open)],
                actions.Length > 0 ? new AlarmState(rule, decision.Labels, decision is AnomalyDecision) : null, call.Error);
        }
        catch
        {
            classifier.Dispose();
            throw;
        }
    }

    static void Reload(Invocation call, StreamService service, ServiceManager manager, Func<SignalContract, Windower> makeWindower)
    {
        manager.Reloading();
        StreamClassifier? classifier = null;
        try
        {
            classifier = Load(call);
            service.Replace(classifier, makeWindower);
            call.Error.WriteLine($"edgeqinn: {call.Operand(0)} was read again");
        }
        catch (Exception e) when (e is EdgeQinnException or IOException or UnauthorizedAccessException)
        {
            classifier?.Dispose();
            call.Error.WriteLine($"edgeqinn: {call.Operand(0)} could not be read again, the model before goes on: {e.Message}");
        }
        manager.Ready();
    }
}
