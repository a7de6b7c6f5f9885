using System.Text.Json;
using EdgeQinn.Cli.Output;
using EdgeQinn.Runtime.Diagnostics;
using EdgeQinn.Runtime.Diagnostics.Timing;
using EdgeQinn.Runtime.Execution;

namespace EdgeQinn.Cli.Verbs;

/// <summary>What one of several inputs per run takes, beside one at a time.</summary>
/// <param name="Inputs">Independent inputs per run.</param>
/// <param name="Together">The median of a run, in ns.</param>
/// <param name="Single">The median of a run of one input, in ns, in the same minute.</param>
/// <param name="SessionBytes">The session's working memory.</param>
sealed record BatchTiming(int Inputs, long Together, long Single, long SessionBytes)
{
    const int Rounds = 10;

    double PerInput => (double)Together / Inputs;

    double Ratio => PerInput / Math.Max(1, Single);

    /// <summary>Runs of <paramref name="inputs"/> and of one, alternating, about <paramref name="iterations"/> inputs each.</summary>
    public static BatchTiming Measure(Model model, int inputs, int iterations)
    {
        using var together = model.CreateSession(new SessionOptions { Batch = inputs });
        using var single = model.CreateSession();
        LayerTimer.FillInputs(together);
        LayerTimer.FillInputs(single);
        Timing.WarmUp(together);
        Timing.WarmUp(single);
        var (all, one) = (new LatencyHistogram(), new LatencyHistogram());
        int perRound = Math.Max(1, iterations / Rounds);
        for (int round = 0; round < Rounds; round++)
        {
            StepProfile.MeasureRuns(together, Math.Max(1, perRound / inputs), all);
            StepProfile.MeasureRuns(single, perRound, one);
        }
        return new(inputs, all.Percentile(50), one.Percentile(50), together.WorkingBytes);
    }

    /// <summary>One line.</summary>
    public override string ToString() =>
        $"{Inputs} inputs per run: {Units.Time(PerInput)} each, {Ratio:0.00} × one at a time ({Units.Time(Single)}); {Units.Bytes(SessionBytes)} per session";

    /// <summary>The same as a JSON member.</summary>
    public void Write(Utf8JsonWriter json)
    {
        json.WriteStartObject("batch");
        json.WriteNumber("inputs", Inputs);
        json.WriteRounded("microsecondsPerInput", PerInput / 1e3);
        json.WriteRounded("microsecondsSingle", Single / 1e3);
        json.WriteRounded("ratio", Ratio);
        json.WriteNumber("sessionBytes", SessionBytes);
        json.WriteEndObject();
    }
}
