using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using EdgeQinn.Cli.CommandLine;
using EdgeQinn.Cli.Output;
using EdgeQinn.Runtime.Kernels;

namespace EdgeQinn.Cli.Verbs;

/// <summary><c>edgeqinn doctor</c>: what this machine offers, and what may disturb timing.</summary>
static class DoctorVerb
{
    public static readonly Verb Verb = new("doctor", "what this machine offers and what may disturb timing", [], [], null, Run);

    static int Run(Invocation call)
    {
        var findings = Findings().ToList();
        if (call.Json)
        {
            JsonOutput.Write(call.Output, true, json =>
            {
                foreach (var (name, value) in findings) json.WriteString(name, value);
            });
            return 0;
        }
        int width = findings.Max(f => f.Name.Length);
        foreach (var (name, value) in findings) call.Output.WriteLine($"{name.PadRight(width)}  {value}");
        return 0;
    }

    static IEnumerable<(string Name, string Value)> Findings()
    {
        yield return ("edgeqinn", ProgramVersion.Text);
        yield return (".NET", $"{RuntimeInformation.FrameworkDescription}, {(RuntimeFeature.IsDynamicCodeCompiled ? "JIT" : "ahead of time")}");
        yield return ("system", $"{RuntimeInformation.OSDescription}, {RuntimeInformation.RuntimeIdentifier}");
        yield return ("processor", SystemFacts.Processor() ?? "unknown");
        yield return ("cores", $"{Environment.ProcessorCount} usable");
        yield return ("instructions", string.Join(", ", IsaChoice.Allowed().Select(IsaChoice.Name)) + (Environment.GetEnvironmentVariable(Cpu.OverrideVariable) is { Length: > 0 } cap ? $" (capped by {Cpu.OverrideVariable}={cap})" : ""));
        yield return ("frequency governor", SystemFacts.ReadLine("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor") ?? "not exposed");
        yield return ("temperature", SystemFacts.ReadLine("/sys/class/thermal/thermal_zone0/temp") is { } text && double.TryParse(text, out double milli) ? $"{milli / 1000:0.0} °C" : "not exposed");
        yield return ("memory", SystemFacts.Line("/proc/meminfo", "MemTotal") ?? "unknown");
        yield return ("memory available", SystemFacts.Line("/proc/meminfo", "MemAvailable") ?? "unknown");
        yield return ("locked memory limit", SystemFacts.Limit("Max locked memory") ?? "unknown");
        yield return ("real-time priority limit", SystemFacts.Limit("Max realtime priority") ?? "unknown");
        yield return ("open files limit", SystemFacts.Limit("Max open files") ?? "unknown");
        yield return ("kernel preemption", SystemFacts.ReadLine("/sys/kernel/realtime") == "1" ? "real-time kernel" : "ordinary kernel");
        yield return ("buses", SystemFacts.Devices("i2c-*", "spidev*", "gpiochip*"));
    }
}
