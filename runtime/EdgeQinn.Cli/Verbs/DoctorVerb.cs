using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using EdgeQinn.Cli.CommandLine;
using EdgeQinn.Cli.Output;
using EdgeQinn.Devices.Linux;
using EdgeQinn.Devices.Results;
using EdgeQinn.Devices.Sources;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;

namespace EdgeQinn.Cli.Verbs;

/// <summary><c>edgeqinn doctor</c>: what this machine offers, what does not work, and what to mend.</summary>
static class DoctorVerb
{
    static readonly Option Source = new("--source", "SOURCE", "try this sensor, too: open it and read it for two seconds");

    public static readonly Verb Verb = new("doctor", "what this machine offers, what does not work, and what to mend", [], [Source],
        () => "Exit code 1 where something does not work. A bus that is not there is no fault unless --source needs it.", Run);

    static readonly TimeSpan TrialTime = TimeSpan.FromSeconds(2), OpeningTime = TimeSpan.FromSeconds(5);

    static int Run(Invocation call)
    {
        var facts = Facts().ToList();
        List<CheckResult> checks = [.. BoardCheck.Run()];
        if (call.Text(Source) is { } source) checks.Add(Try(source));
        int failed = checks.Count(c => c.State == CheckState.Bad);
        if (call.Json) WriteJson(call.Output, facts, checks);
        else WriteText(call.Output, facts, checks);
        return failed == 0 ? 0 : 1;
    }

    /// <summary>Opens a source and reads it for a while.</summary>
    static CheckResult Try(string text)
    {
        try
        {
            var opening = Task.Run(() => SourceCatalog.Open(text));
            if (!((IAsyncResult)opening).AsyncWaitHandle.WaitOne(OpeningTime)) // what Open throws comes out below
                return new("source", CheckState.Bad, $"{text} has not opened in {OpeningTime.TotalSeconds:0} s", "nothing comes from it: see whether what writes to it, or the device, still runs");
            var source = opening.GetAwaiter().GetResult();
            using var pump = new SourcePump(source, 4096, 16, Backlog.Wait); // a read may wait for ever
            var meter = new RateMeter();
            var status = SampleStatus.None;
            long samples = 0, lost = 0;
            string? fault = null;
            var heard = MonotonicClock.System.Now;
            for (var end = heard + TrialTime; end - MonotonicClock.System.Now is var left && left > TimeSpan.Zero && pump.Take(left) is { } block;)
            {
                (samples, lost, status, fault) = (samples + block.Count, lost + block.Lost, status | block.Status, block.Fault ?? fault);
                meter.Add(block);
                if (block.Count > 0) heard = block.Arrived;
            }
            string found = $"{text}: {source.Info.Name}, {samples} samples, {lost} lost, {ResultFormat.Name(status)}"
                + (double.IsNaN(meter.Rate) ? "" : $", {meter.Rate:0.0} Hz of {source.Info.SampleRate:0.##}");
            var silence = MonotonicClock.System.Now - heard;
            if (!pump.IsFinished && silence > TrialTime / 2) fault ??= $"nothing has come from it for {silence.TotalSeconds:0.0} s: see whether what writes to it, or the sensor, still runs";
            return fault is not null || samples == 0 ? new("source", CheckState.Bad, found, fault)
                : status != SampleStatus.None || lost > 0 ? new("source", CheckState.Notice, found, "the signal is not what it should be: check electrodes, range, wiring and the load of the machine")
                : new("source", CheckState.Good, found);
        }
        catch (EdgeQinnException e)
        {
            return new("source", CheckState.Bad, $"{text} cannot be read", e.Message);
        }
    }

    static void WriteText(TextWriter output, List<(string Name, string Value)> facts, List<CheckResult> checks)
    {
        int width = facts.Max(f => f.Name.Length);
        foreach (var (name, value) in facts) output.WriteLine($"{name.PadRight(width)}  {value}");
        output.WriteLine();
        foreach (var check in checks)
        {
            output.WriteLine($"{(check.State switch { CheckState.Good => "ok", CheckState.Notice => "note", _ => "BAD" }),-5} {check.Name,-11} {check.Text}");
            if (check.Mend is not null) output.WriteLine($"{"",18}→ {check.Mend}");
        }
    }

    static void WriteJson(TextWriter output, List<(string Name, string Value)> facts, List<CheckResult> checks) => JsonOutput.Write(output, true, json =>
    {
        foreach (var (name, value) in facts) json.WriteString(name, value);
        json.WriteStartArray("checks");
        foreach (var check in checks)
        {
            json.WriteStartObject();
            json.WriteString("name", check.Name);
            json.WriteString("state", check.State switch { CheckState.Good => "good", CheckState.Notice => "notice", _ => "bad" });
            json.WriteString("text", check.Text);
            json.WriteString("mend", check.Mend);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });

    static IEnumerable<(string Name, string Value)> Facts()
    {
        yield return ("edgeqinn", ProgramVersion.Text);
        yield return (".NET", $"{RuntimeInformation.FrameworkDescription}, {(RuntimeFeature.IsDynamicCodeCompiled ? "JIT" : "ahead of time")}");
        yield return ("system", $"{RuntimeInformation.OSDescription}, {RuntimeInformation.RuntimeIdentifier}");
        yield return ("processor", SystemFacts.Processor() ?? "unknown");
        yield return ("cores", $"{Environment.ProcessorCount} usable");
        yield return ("instructions", string.Join(", ", IsaChoice.Allowed().Select(IsaChoice.Name)) + (Environment.GetEnvironmentVariable(Cpu.OverrideVariable) is { Length: > 0 } cap ? $" (capped by {Cpu.OverrideVariable}={cap})" : ""));
        yield return ("temperature", SystemFacts.ReadLine("/sys/class/thermal/thermal_zone0/temp") is { } text && double.TryParse(text, out double milli) ? $"{milli / 1000:0.0} °C" : "not exposed");
        yield return ("memory", SystemFacts.Line("/proc/meminfo", "MemTotal") ?? "unknown");
        yield return ("memory available", SystemFacts.Line("/proc/meminfo", "MemAvailable") ?? "unknown");
        yield return ("locked memory limit", SystemFacts.Limit("Max locked memory") ?? "unknown");
        yield return ("real-time priority limit", SystemFacts.Limit("Max realtime priority") ?? "unknown");
        yield return ("open files limit", SystemFacts.Limit("Max open files") ?? "unknown");
        yield return ("kernel preemption", SystemFacts.ReadLine("/sys/kernel/realtime") == "1" ? "real-time kernel" : "ordinary kernel");
    }
}
