using System.Text.Json;
using EdgeQinn.Cli.Output;
using EdgeQinn.Cli.Streams;
using EdgeQinn.Cli.Verbs;
using EdgeQinn.Devices.Evaluation;
using EdgeQinn.Runtime.Diagnostics;

namespace EdgeQinn.Cli.Demo;

/// <summary>What the demo tells at its end.</summary>
static class DemoSummary
{
    public static void WriteText(TextWriter output, DemoState state, StreamRun run, BeatMatcher detection)
    {
        output.WriteLine($"{state.Count / state.SampleRate:0.0} s of synthetic ECG, {state.Beats.Count} beats labelled, {state.Agreeing} as the generator made them\n");
        EvaluationOutput.WriteMatrix(output, state.Matrix);
        long unknown = state.Beats.Count(b => b.Truth < 0);
        if (unknown > 0) output.WriteLine($"{unknown} labelled where the generator made no beat");
        output.WriteLine($"\nQRS detector  {detection.TruePositives} of {detection.TruePositives + detection.FalseNegatives} beats found, {detection.FalsePositives} false");
        output.WriteLine($"latency       {Short(state.Latency)}  (last sample there → label)");
        output.WriteLine($"network       {Short(state.Network)}  (inputs → scores)");
        output.WriteLine($"allocation    {run.Allocated / Math.Max(1, state.Beats.Count)} B per beat");
        output.WriteLine($"memory        {Units.Bytes(SystemFacts.PeakResidentBytes())} peak resident");
        output.WriteLine("\nThe network was trained on people's ECGs (MIT-BIH, 22 records), never on this generator's.");
    }

    static string Short(LatencyHistogram h) => $"p50 {Units.Time(h.Percentile(50))}  p99 {Units.Time(h.Percentile(99))}  max {Units.Time(h.Max)}";

    public static void WriteJson(Utf8JsonWriter json, DemoState state, StreamRun run, BeatMatcher detection)
    {
        json.WriteStartObject("summary");
        json.WriteNumber("beats", state.Beats.Count);
        json.WriteNumber("agreeing", state.Agreeing);
        json.WriteRounded("signalSeconds", state.Count / state.SampleRate);
        json.WriteStartArray("confusion");
        for (int t = 0; t < state.Labels.Count; t++)
        {
            json.WriteStartArray();
            for (int p = 0; p < state.Labels.Count; p++) json.WriteNumberValue(state.Matrix[t, p]);
            json.WriteEndArray();
        }
        json.WriteEndArray();
        json.WriteNumber("qrsFound", detection.TruePositives);
        json.WriteNumber("qrsMissed", detection.FalseNegatives);
        json.WriteNumber("qrsFalse", detection.FalsePositives);
        Timing.Write(json, "latencyMicroseconds", state.Latency);
        Timing.Write(json, "networkMicroseconds", state.Network);
        json.WriteNumber("allocatedBytesPerBeat", run.Allocated / Math.Max(1, state.Beats.Count));
        json.WriteNumber("peakResidentBytes", SystemFacts.PeakResidentBytes());
        json.WriteEndObject();
    }
}
