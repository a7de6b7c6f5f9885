using EdgeQinn.Cli.CommandLine;
using EdgeQinn.Devices.Signals.Windows;
using EdgeQinn.Devices.Sources;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Cli.Streams;

/// <summary>The options that say where windows come from; run and evaluate share them.</summary>
static class StreamOptions
{
    public static readonly Option Source = new("--source", "SOURCE", "where samples come from (see below)");
    public static readonly Option Sources = new("--source", "SOURCE", "where samples come from (see below); several are pooled", Repeats: true);
    public static readonly Option Trigger = new("--trigger", "qrs|annotations|window", "what starts a window");
    public static readonly Option Window = new("--window", "LENGTH,HOP", "windows of LENGTH samples every HOP, in place of the contract's");

    public static readonly Option Gap = new("--gap", ContinuityText.GapUsage, "where samples are missing, in place of the contract's policy: start anew, or make up to 100ms up");
    public static readonly Option Repeats = new("--repeats", ContinuityText.RepeatUsage, "blocks that come twice or late: drop them, or start anew as well");
    public static readonly Option Drift = new("--drift", ContinuityText.DriftUsage, "a source whose clock drifts: tell, resample to the nominal rate, or start anew");

    static readonly string[] Triggers = ["qrs", "annotations", "window"];

    /// <summary>The help text on sources.</summary>
    public static string Notes => $"Sources:\n{string.Join('\n', SourceCatalog.Schemes.Select(s => $"  {s.Usage.Replace("\n", "\n  ", StringComparison.Ordinal)}"))}\n"
        + "from= and to= are seconds or percentages; hop=N takes windows of this source every N samples. A recording that does\nnot know its rate is taken to have the model's.";

    /// <summary>The contract with what the command line puts in the place of its window and its policies.</summary>
    public static SignalContract Adapt(Invocation call, SignalContract contract)
    {
        var rule = contract.Continuity;
        if (call.Text(Gap) is { } gap) rule = rule.WithGaps(gap);
        if (call.Text(Repeats) is { } repeats) rule = rule.WithRepeats(repeats);
        if (call.Text(Drift) is { } drift) rule = rule.WithDrift(drift);
        return WithWindow(call, contract with { Continuity = rule });
    }

    static SignalContract WithWindow(Invocation call, SignalContract contract)
    {
        if (call.Text(Window) is not { } text) return contract;
        string[] parts = text.Split(',');
        if (parts.Length != 2 || !int.TryParse(parts[0], out int length) || !int.TryParse(parts[1], out int hop) || length < 1 || hop < 1)
            throw call.Fail($"--window takes LENGTH,HOP in samples, such as 2048,512, not '{text}'");
        return contract with { Window = new WindowRule(WindowTrigger.Hop, length, Hop: hop) };
    }

    /// <summary>Where beats come from; <paramref name="absent"/> where the command line does not say.</summary>
    public static BeatTrigger BeatTrigger(Invocation call, SignalContract contract, BeatTrigger absent)
    {
        bool beats = contract.Window.Trigger == WindowTrigger.Beat;
        int choice = call.Choice(Trigger, beats ? (int)absent : 2, Triggers);
        if (beats != choice < 2) throw call.Fail(beats ? "--trigger window: the model's contract wants windows at beats; give --window too" : $"--trigger {Triggers[choice]}: the model's contract has windows at a fixed hop, not at beats");
        return (BeatTrigger)choice;
    }

    /// <summary>Opens a source for a contract; a hop in its string, which is ours and no source's, comes back beside it.</summary>
    public static (ISampleSource Source, int? Hop) Open(Invocation call, string text, SignalContract contract)
    {
        var (own, hop) = SplitHop(call, text);
        return (AssumedRateSource.Wrap(SourceCatalog.Open(own), contract.SampleRate), hop);
    }

    static (string Source, int? Hop) SplitHop(Invocation call, string text)
    {
        int question = text.LastIndexOf('?');
        if (question < 0) return (text, null);
        var options = text[(question + 1)..].Split('&').ToList();
        string? own = options.Find(o => o.StartsWith("hop=", StringComparison.Ordinal));
        if (own is null) return (text, null);
        if (!int.TryParse(own.AsSpan(4), out int hop) || hop < 1) throw call.Fail($"'{text}': hop must be a number of samples, not '{own[4..]}'");
        options.Remove(own);
        return (text[..question] + (options.Count > 0 ? $"?{string.Join('&', options)}" : ""), hop);
    }
}
