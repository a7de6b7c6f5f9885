using EdgeQinn.Cli.CommandLine;
using EdgeQinn.Cli.Streams;
using EdgeQinn.Devices.Evaluation;
using EdgeQinn.Devices.Signals.Windows;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Cli.Verbs;

/// <summary><c>edgeqinn evaluate</c>: labels against the truth that recordings bring along.</summary>
static class EvaluateVerb
{
    const int BlockSamples = 512;

    static readonly Option Labels = new("--labels", "A,B,…", "labels the macro-F1 is taken over (default: all that occur)");

    public static readonly Verb Verb = new("evaluate", "confusion matrix and figures against annotated recordings", ["MODEL.eqn"],
        [StreamOptions.Sources, StreamOptions.Trigger, StreamOptions.Window, StreamOptions.Gap, StreamOptions.Repeats, StreamOptions.Drift, Labels],
        () => $"{StreamOptions.Notes}\n\nThe truth is in the recording's annotations, or in its name where the contract maps names to labels.\n"
        + "Beats are those annotated unless --trigger qrs: then a beat's truth is the annotation within 150 ms, and the detector's own\n"
        + "figures by that window (ANSI/AAMI EC57) are told too. Windows whose truth is unknown are counted but not compared.", Run);

    static int Run(Invocation call)
    {
        var sources = call.Texts(StreamOptions.Sources);
        if (sources.Count == 0) throw call.Fail("--source is missing");
        using var classifier = StreamClassifier.Load(call.Operand(0), contract => StreamOptions.Adapt(call, contract));
        var labels = classifier.Contract.Decision.Labels;
        var trigger = StreamOptions.BeatTrigger(call, classifier.Contract, BeatTrigger.Annotations);
        int[] macro = MacroLabels(call, labels);

        var scores = classifier.Contract.Decision is AnomalyDecision ? new AnomalyScores() : null;
        var total = new Evaluation("all", labels);
        var each = new List<Evaluation>();
        foreach (string text in sources) each.Add(Evaluate(call, classifier, text, trigger, total, scores));
        if (total.Matrix.Total == 0)
            throw new GraphException("no window has a known truth: the sources have no annotations, or none the contract maps, and their names are none of its sourceLabels");

        if (call.Json) EvaluationOutput.WriteJson(call.Output, each, total, macro, scores, classifier.Inference);
        else EvaluationOutput.WriteText(call.Output, each, total, macro, scores, classifier.Inference);
        return 0;
    }

    static Evaluation Evaluate(Invocation call, StreamClassifier classifier, string text, BeatTrigger trigger, Evaluation total, AnomalyScores? scores)
    {
        var (source, hop) = StreamOptions.Open(call, text, classifier.Contract);
        using (source)
        {
            var evaluation = new Evaluation(source.Info.Name, classifier.Contract.Decision.Labels);
            var windower = Windower.Create(classifier.Contract, source.Info, trigger, hop);
            var detection = trigger == BeatTrigger.Qrs && windower is BeatWindower beats && source.Info.IsAnnotated ? new DetectionRecord(beats, source.Info) : null;
            var run = new StreamRun(classifier, source, windower, BlockSamples);
            run.Run(() => false, block => detection?.Add(block.Annotations), result =>
            {
                int truth = result.Window.Label;
                if (truth >= 0) evaluation.Matrix.Add(truth, result.Label);
                else evaluation.Unknown++;
                if (truth >= 0 && scores is not null) scores.Add(truth, classifier.Scores[0]);
                return true;
            });
            total.Matrix.Add(evaluation.Matrix);
            total.Unknown += evaluation.Unknown;
            detection?.CompareInto(evaluation.Detection ??= new BeatMatcher());
            detection?.CompareInto(total.Detection ??= new BeatMatcher());
            return evaluation;
        }
    }

    static int[] MacroLabels(Invocation call, IReadOnlyList<string> labels)
    {
        if (call.Text(Labels) is not { } text) return [];
        return [.. text.Split(',').Select(wanted => labels.ToList().IndexOf(wanted) is var i and >= 0 ? i
            : throw call.Fail($"--labels: '{wanted}' is no label of the model; it has {string.Join(", ", labels)}"))];
    }
}
