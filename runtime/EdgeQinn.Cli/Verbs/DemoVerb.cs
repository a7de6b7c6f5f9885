using System.Diagnostics;
using EdgeQinn.Cli.CommandLine;
using EdgeQinn.Cli.Demo;
using EdgeQinn.Cli.Output;
using EdgeQinn.Cli.Streams;
using EdgeQinn.Devices.Evaluation;
using EdgeQinn.Devices.Results;
using EdgeQinn.Devices.Signals.Windows;
using EdgeQinn.Devices.Sources;
using EdgeQinn.Devices.Sources.Synthetic;

namespace EdgeQinn.Cli.Verbs;

/// <summary><c>edgeqinn demo</c>: the bundled network over a synthetic ECG; needs nothing.</summary>
static class DemoVerb
{
    static readonly Option Seconds = new("--seconds", "S", "length of the signal (default 40)");
    static readonly Option Speed = new("--speed", "2x|max", "pace (default 2x real time)");
    static readonly Option Seed = new("--seed", "N", "seed of the signal (default 1)");

    public static readonly Verb Verb = new("demo", "a bundled ECG network over a synthetic ECG; needs no file and no board", [], [Seconds, Speed, Seed],
        () => "In a terminal the trace scrolls by; otherwise there is a line per beat. Ctrl-C stops.\n"
        + "The ECG is McSharry's dynamical model with atrial (S) and ventricular (V) premature beats.", Run);

    const double BlockSeconds = 0.01, FrameSeconds = 1.0 / 30;

    static int Run(Invocation call)
    {
        double seconds = call.Number(Seconds, 40, 2, 3600);
        string pace = call.Text(Speed) ?? "2x";
        var settings = new SyntheticEcgSettings(Seed: call.Int(Seed, 1, 0), Seconds: seconds);
        using var source = new PacedSource(new SyntheticEcg(settings), PacedSource.ParseSpeed(pace));
        var allowed = IsaChoice.Allowed();
        using var classifier = StreamClassifier.Create(BundledModel.Load(allowed), BundledModel.Name);
        var windower = (BeatWindower)Windower.Create(classifier.Contract, source.Info, BeatTrigger.Qrs);
        var detection = new DetectionRecord(windower, source.Info);
        var run = new StreamRun(classifier, source, windower, (int)(source.Info.SampleRate * BlockSeconds));
        var state = new DemoState(classifier, source.Info.SampleRate);

        using (var stop = new StopSignal())
        {
            if (!call.Json && ReferenceEquals(call.Output, StandardStreams.Out) && Terminal.IsInteractive)
                RunLive(call, run, state, detection, stop, $"ecg-beat-gru on {IsaChoice.Name(allowed[0])}, synthetic ECG at {pace} speed; Ctrl-C stops");
            else
                RunPlain(call, run, state, detection, stop, classifier);
        }

        var matcher = new BeatMatcher();
        detection.CompareInto(matcher);
        if (call.Json) JsonOutput.Write(call.Output, false, json => DemoSummary.WriteJson(json, state, run, matcher));
        else DemoSummary.WriteText(call.Output, state, run, matcher);
        return 0;
    }

    static void RunLive(Invocation call, StreamRun run, DemoState state, DetectionRecord detection, StopSignal stop, string title)
    {
        var view = new LiveView(call.Output, state, run, title, new Paint(Terminal.HasColour));
        long lastFrame = 0;
        call.Output.Write(Paint.Enter);
        try
        {
            run.Run(() =>
            {
                if (Stopwatch.GetElapsedTime(lastFrame).TotalSeconds < FrameSeconds) return stop.Requested;
                lastFrame = Stopwatch.GetTimestamp();
                view.Draw();
                return stop.Requested;
            },
            block => Take(state, detection, block),
            result => Take(state, result, stop));
        }
        finally
        {
            call.Output.Write(Paint.Leave);
            call.Output.Flush();
        }
    }

    static void RunPlain(Invocation call, StreamRun run, DemoState state, DetectionRecord detection, StopSignal stop, StreamClassifier classifier)
    {
        using var sink = new ResultSink(call.Json ? ResultFormat.JsonLines : ResultFormat.Text, new WriterTarget(call.Output));
        var shown = new StreamResult(classifier.Contract.Decision.Labels, isScore: false) { Scores = classifier.ScoreMemory };
        run.Run(() => stop.Requested, block => Take(state, detection, block), result =>
        {
            shown.Take(result.Window);
            (shown.Label, shown.Latency, shown.Network) = (result.Label, result.Latency, classifier.LastInference);
            sink.Write(shown);
            shown.Number++;
            return Take(state, result, stop);
        });
    }

    static void Take(DemoState state, DetectionRecord detection, SampleBlock block)
    {
        state.Add(block);
        detection.Add(block.Annotations);
    }

    static bool Take(DemoState state, Result result, StopSignal stop)
    {
        state.Add(result);
        return !stop.Requested;
    }
}
