using System.Text.Json;
using EdgeQinn.Cli.CommandLine;
using EdgeQinn.Cli.Output;
using EdgeQinn.Cli.Streams;
using EdgeQinn.Devices.Signals.Windows;
using EdgeQinn.Devices.Sources;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Cli.Verbs;

/// <summary><c>edgeqinn run</c>: a live source through the network, one line per result.</summary>
static class RunVerb
{
    static readonly Option Speed = new("--speed", "1x|10x|max", "pace of a recording (default 1x)");
    static readonly Option Limit = new("--limit", "N", "stop after N results");

    public static readonly Verb Verb = new("run", "classify a live source or a recording, one line per result", ["MODEL.eqn"],
        [StreamOptions.Source, StreamOptions.Trigger, Speed, StreamOptions.Window, Limit],
        () => $"{StreamOptions.Notes}\n\nThe model's signal contract says the rest: rate, filters, window, labels. Beats are found by the QRS detector unless --trigger says otherwise.\n"
        + "Ctrl-C stops; the summary goes to standard error, or with --json is the last object.", Run);

    /// <summary>Samples are read in blocks of this many seconds: what a sensor's FIFO would hand over.</summary>
    const double BlockSeconds = 0.01;

    static int Run(Invocation call)
    {
        string text = call.Text(StreamOptions.Source) ?? throw call.Fail("--source is missing");
        double speed = PacedSource.ParseSpeed(call.Text(Speed) ?? "1x");
        int limit = call.Int(Limit, int.MaxValue, 1);
        using var classifier = StreamClassifier.Load(call.Operand(0), contract => StreamOptions.WithWindow(call, contract));
        var contract = classifier.Contract;
        var trigger = StreamOptions.BeatTrigger(call, contract, BeatTrigger.Qrs);
        var (opened, hop) = StreamOptions.Open(call, text, contract);
        using var source = new PacedSource(opened, speed);
        var windower = Windower.Create(contract, source.Info, trigger, hop);
        var run = new StreamRun(classifier, source, windower, Math.Max(1, (int)(source.Info.SampleRate * BlockSeconds)));

        using var stop = new StopSignal();
        int results = 0;
        run.Run(() => stop.Requested, null, result =>
        {
            if (call.Json) JsonOutput.Write(call.Output, false, json => WriteJson(json, classifier, result));
            else WriteText(call.Output, classifier, result);
            call.Output.Flush();
            return ++results < limit && !stop.Requested;
        });

        if (call.Json) JsonOutput.Write(call.Output, false, json => WriteSummary(json, contract, classifier, run));
        else WriteSummary(call.Error, contract, classifier, run);
        return 0;
    }

    /// <summary>A result as a line.</summary>
    public static void WriteText(TextWriter output, StreamClassifier classifier, Result result)
    {
        var decision = classifier.Contract.Decision;
        var labels = decision.Labels;
        output.Write($"{result.Window.Time.TotalSeconds,10:0.000} s  {labels[result.Label]}");
        if (decision is AnomalyDecision) output.Write($"  score {classifier.Scores[0]:g4}");
        else
            for (int i = 0; i < labels.Count; i++) output.Write($"  {labels[i]} {classifier.Scores[i]:0.00}");
        output.WriteLine($"  window +{(result.Window.Ready - result.Window.Time).TotalSeconds:0.000} s  latency {Units.Time(result.Latency)} (network {Units.Time(classifier.LastInference)})");
    }

    /// <summary>A result as members of a JSON object.</summary>
    public static void WriteJson(Utf8JsonWriter json, StreamClassifier classifier, Result result)
    {
        var decision = classifier.Contract.Decision;
        var labels = decision.Labels;
        json.WriteRounded("time", result.Window.Time.TotalSeconds, 9);
        json.WriteNumber("sample", result.Window.Sample);
        json.WriteString("label", labels[result.Label]);
        if (decision is AnomalyDecision) json.WriteRounded("score", classifier.Scores[0]);
        else
        {
            json.WriteStartObject("probabilities");
            for (int i = 0; i < labels.Count; i++) json.WriteRounded(labels[i], classifier.Scores[i]);
            json.WriteEndObject();
        }
        if (result.Window.Label >= 0) json.WriteString("truth", labels[result.Window.Label]);
        json.WriteRounded("windowSeconds", (result.Window.Ready - result.Window.Time).TotalSeconds);
        json.WriteRounded("latencyMicroseconds", result.Latency / 1e3);
        json.WriteRounded("networkMicroseconds", classifier.LastInference / 1e3);
    }

    static void WriteSummary(TextWriter output, SignalContract contract, StreamClassifier classifier, StreamRun run)
    {
        var labels = contract.Decision.Labels;
        output.WriteLine($"{Units.Count(run.Latency.Count)} results: {string.Join(", ", labels.Select((l, i) => $"{l} {run.Counts[i]}"))}");
        output.WriteLine($"latency     {Timing.Line(run.Latency)}  (last sample there → label)");
        output.WriteLine($"network     {Timing.Line(classifier.Inference)}");
        output.WriteLine($"allocation  {run.Allocated / Math.Max(1, run.Latency.Count)} B per result");
        output.WriteLine($"memory      {Units.Bytes(SystemFacts.PeakResidentBytes())} peak resident");
    }

    static void WriteSummary(Utf8JsonWriter json, SignalContract contract, StreamClassifier classifier, StreamRun run)
    {
        var labels = contract.Decision.Labels;
        json.WriteStartObject("summary");
        json.WriteNumber("results", run.Latency.Count);
        json.WriteNumber("samples", run.Samples);
        json.WriteStartObject("counts");
        for (int i = 0; i < labels.Count; i++) json.WriteNumber(labels[i], run.Counts[i]);
        json.WriteEndObject();
        Timing.Write(json, "latencyMicroseconds", run.Latency);
        Timing.Write(json, "networkMicroseconds", classifier.Inference);
        json.WriteNumber("allocatedBytesPerResult", run.Allocated / Math.Max(1, run.Latency.Count));
        json.WriteNumber("peakResidentBytes", SystemFacts.PeakResidentBytes());
        json.WriteEndObject();
    }
}
