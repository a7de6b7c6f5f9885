using System.Globalization;
using EdgeQinn.Soak;

if (Options.Parse(args) is not { } options)
{
    Console.Error.WriteLine(Options.Usage);
    return 2;
}
var checks = new Checks();
if (options.Ecg is not null) Ecg(options.Ecg);
if (options.Vibration is not null) Vibration(options.Vibration);
Console.WriteLine($"{checks.Passed} passed, {checks.Failed} failed");
return checks.Failed == 0 ? 0 : 1;

// A synthetic ECG, undisturbed and with faults: beats are found by the detector, which must settle after each gap.
void Ecg(string model)
{
    const double Rate = 360, Settle = 20; // the detector's levels go back eight beats, the mean of intervals ten
    var plan = new FaultPlan(Period(), Settle);
    Outcome Run(string more) => ProgramRun.Run(options.Binary, "run", model, "--source", $"synthetic:ecg?seconds={Seconds()}&hr=72{more}", "--speed", "max", "--json", "--gap", "interpolate:max=100ms");
    Outcome clean = Run(""), faulty = Run($"&faults={plan.Text}");
    Report("ecg", faulty);
    checks.Numbered("ecg", faulty.Results);
    checks.Equal("ecg", clean.Results, faulty.Results, plan, Rate);
    checks.Steady("ecg", faulty);
}

// Vibration on three axes, of which the network takes one: windows lie hop by hop, so that each can be told to be there exactly once.
void Vibration(string model)
{
    const int Length = 2048;
    var plan = new FaultPlan(Period(), 0);
    var run = ProgramRun.Run(options.Binary, "run", model, "--source", $"synthetic:bearing?axes=3&fault=inner&size=14&seconds={Seconds()}&faults={plan.Text}&hop={Length}", "--speed", "max", "--json", "--gap", "interpolate:max=100ms");
    Report("vibration", run);
    checks.Numbered("vibration", run.Results);
    checks.Contiguous("vibration", run.Results, Length, Length);
    long lost = run.Summary.GetProperty("signal").GetProperty("lostSamples").GetInt64(), told = run.Results.Sum(r => r.LostBefore);
    checks.That(lost == told, $"vibration: {lost:#,0} samples lost, {told:#,0} of them told with results");
    checks.Steady("vibration", run);
}

double Period() => Math.Max(300, options.Minutes * 60 / 24);

string Seconds() => (options.Minutes * 60).ToString(CultureInfo.InvariantCulture);

void Report(string name, Outcome run)
{
    var signal = run.Summary.GetProperty("signal");
    var latency = run.Summary.GetProperty("latencyMicroseconds");
    Console.WriteLine($"{name}: {options.Minutes / 60:0.##} h of signal in {run.Seconds:0.0} s ({options.Minutes * 60 / run.Seconds:#,0} times real time, {run.CpuSeconds:0.0} s of CPU)");
    Console.WriteLine($"{name}: {signal.GetProperty("lostSamples")} samples lost, {signal.GetProperty("filledSamples")} made up, {signal.GetProperty("resets")} resets, "
        + $"{signal.GetProperty("duplicateBlocks")} blocks double, {signal.GetProperty("lateBlocks")} late, {signal.GetProperty("outages")} outages");
    Console.WriteLine($"{name}: latency p50 {latency.GetProperty("p50")} µs, p99 {latency.GetProperty("p99")} µs, p99.9 {latency.GetProperty("p999")} µs, max {latency.GetProperty("max")} µs");
}
