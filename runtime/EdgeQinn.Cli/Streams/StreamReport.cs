using System.Text.Json;
using EdgeQinn.Cli.Output;
using EdgeQinn.Cli.Verbs;
using EdgeQinn.Devices.Results;
using EdgeQinn.Devices.Signals.Windows;
using EdgeQinn.Devices.Sources;
using EdgeQinn.Runtime.Diagnostics;

namespace EdgeQinn.Cli.Streams;

/// <summary>The figures of a running or finished stream, for people and as JSON.</summary>
sealed class StreamReport(StreamService service, StreamOutputs outputs, TimeSpan? deadline)
{
    StreamFigures Figures => service.Figures;

    IReadOnlyList<string> Labels => service.Classifier.Contract.Decision.Labels;

    ContinuityCounts Continuity
    {
        get
        {
            var sum = new ContinuityCounts();
            sum.Add(Figures.Before);
            sum.Add(service.Windower.Continuity);
            return sum;
        }
    }

    /// <summary>One line, for a service manager.</summary>
    public string Line => Figures.Fault is { } fault ? $"down for {service.Silence.TotalSeconds:0} s: {fault}"
        : $"{ResultFormat.Name(Figures.Status)}; {Units.Count(Figures.Latency.Count)} results, {Units.Count(Continuity.Lost)} samples lost, p99 {Units.Time(Figures.Latency.Percentile(99))}";

    /// <summary>Everything, as lines.</summary>
    public void WriteText(TextWriter output)
    {
        var c = Continuity;
        var info = service.Source;
        output.WriteLine($"{Units.Count(Figures.Latency.Count)} results: {string.Join(", ", Labels.Select((l, i) => $"{l} {Figures.Counts[i]}"))}");
        string rate = info.IsLive && !double.IsNaN(Figures.Rate.Rate) ? $", {Figures.Rate.Rate:0.00} measured ({(Figures.Rate.Rate / info.SampleRate - 1) * 1e6:+0;-0;0} ppm)" : "";
        output.WriteLine($"signal      {ResultFormat.Name(Figures.Status)}{(Figures.Fault is { } fault ? $" for {service.Silence.TotalSeconds:0.0} s: {fault}" : "")}; {info.SampleRate:0.##} Hz{rate}, {Figures.Outages} outages");
        output.WriteLine($"samples     {Units.Count(Figures.Samples)} read, {Units.Count(c.Lost)} lost{(info.TellsLosses ? "" : " as far as can be seen without a column of times")}, {Units.Count(c.Filled)} made up in {c.FilledGaps} gaps; begun anew {c.Resets} times; "
            + $"{c.DuplicateBlocks} blocks double, {c.LateBlocks} late; clock jumped {c.TimeJumps} times, jitter at most {c.MostJitter.TotalMilliseconds:0.000} ms");
        if (c.Stretched != 0 || c.DriftResets != 0) output.WriteLine($"drift       {c.DriftPpm:+0;-0;0} ppm; {Units.Count(Math.Abs(c.Stretched))} samples {(c.Stretched < 0 ? "taken out" : "put in")} by resampling, begun anew {c.DriftResets} times");
        output.WriteLine($"latency     {Timing.Line(Figures.Latency)}  (last sample → result{(info.IsLive ? "" : "; from its block being there")})");
        output.WriteLine($"network     {Timing.Line(Figures.Network)}");
        if (deadline is { } d) output.WriteLine($"deadline    {Units.Time(d.TotalNanoseconds)}: {Units.Count(Figures.DeadlineMisses)} of {Units.Count(Figures.Latency.Count)} missed");
        if (service.Queue is { } queue)
            output.WriteLine($"queue       {queue.Depth} blocks wait, {queue.MostDepth} of {queue.Capacity} at most; {Units.Count(queue.Dropped)} samples dropped, {Units.Count(Figures.Skipped)} windows skipped");
        if (outputs.Alarm is { } alarm) output.WriteLine($"alarm       {(alarm.IsOn ? "on" : "off")}, raised {alarm.Raised} times");
        if (service.Recorder is { } recorder) output.WriteLine($"recording   {recorder.Fault ?? recorder.Path}");
        if (outputs.Dropped > 0) output.WriteLine($"output      {Units.Count(outputs.Dropped)} lines could not be delivered");
        output.WriteLine($"allocation  {Figures.Allocated / Math.Max(1, Figures.Latency.Count)} B per result");
        output.WriteLine($"memory      {Units.Bytes(SystemFacts.PeakResidentBytes())} peak resident");
    }

    /// <summary>Everything, as members of a JSON object.</summary>
    public void WriteJson(Utf8JsonWriter json)
    {
        var c = Continuity;
        var info = service.Source;
        json.WriteNumber("results", Figures.Latency.Count);
        json.WriteNumber("samples", Figures.Samples);
        json.WriteStartObject("counts");
        for (int i = 0; i < Labels.Count; i++) json.WriteNumber(Labels[i], Figures.Counts[i]);
        json.WriteEndObject();

        json.WriteStartObject("signal");
        json.WriteString("status", ResultFormat.Name(Figures.Status));
        json.WriteString("fault", Figures.Fault);
        json.WriteRounded("secondsSinceSample", service.Silence.TotalSeconds);
        json.WriteRounded("nominalRate", info.SampleRate);
        json.WriteRounded("measuredRate", info.IsLive ? Figures.Rate.Rate : double.NaN, 9);
        json.WriteNumber("outages", Figures.Outages);
        json.WriteNumber("lostSamples", c.Lost);
        json.WriteBoolean("tellsLosses", info.TellsLosses);
        json.WriteNumber("filledSamples", c.Filled);
        json.WriteNumber("filledGaps", c.FilledGaps);
        json.WriteNumber("resets", c.Resets);
        json.WriteNumber("duplicateBlocks", c.DuplicateBlocks);
        json.WriteNumber("lateBlocks", c.LateBlocks);
        json.WriteNumber("timeJumps", c.TimeJumps);
        json.WriteRounded("driftPpm", c.DriftPpm);
        json.WriteNumber("stretchedSamples", c.Stretched);
        json.WriteNumber("driftResets", c.DriftResets);
        json.WriteRounded("mostJitterMicroseconds", c.MostJitter.TotalMicroseconds);
        json.WriteEndObject();

        Timing.Write(json, "latencyMicroseconds", Figures.Latency);
        Timing.Write(json, "networkMicroseconds", Figures.Network);
        if (deadline is { } d)
        {
            json.WriteRounded("deadlineMicroseconds", d.TotalMicroseconds);
            json.WriteNumber("deadlineMisses", Figures.DeadlineMisses);
        }
        if (service.Queue is { } queue) WriteQueue(json, queue);
        if (outputs.Alarm is { } alarm)
        {
            json.WriteBoolean("alarm", alarm.IsOn);
            json.WriteNumber("alarmsRaised", alarm.Raised);
        }
        if (service.Recorder is { } recorder)
        {
            json.WriteString("recording", recorder.Path);
            json.WriteString("recordingFault", recorder.Fault);
        }
        json.WriteNumber("droppedLines", outputs.Dropped);
        json.WriteNumber("reloads", Figures.Reloads);
        json.WriteNumber("allocatedBytesPerResult", Figures.Allocated / Math.Max(1, Figures.Latency.Count));
        json.WriteNumber("peakResidentBytes", SystemFacts.PeakResidentBytes());
    }

    void WriteQueue(Utf8JsonWriter json, SourcePump queue)
    {
        json.WriteStartObject("queue");
        json.WriteNumber("depth", queue.Depth);
        json.WriteNumber("mostDepth", queue.MostDepth);
        json.WriteNumber("capacity", queue.Capacity);
        json.WriteNumber("droppedSamples", queue.Dropped);
        json.WriteNumber("skippedWindows", Figures.Skipped);
        json.WriteEndObject();
    }
}
