using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Streaming;

namespace EdgeQinn.Converter;

/// <summary>What the user asks for with <c>--stream</c>; what is null follows from contract and network.</summary>
/// <param name="Mode">What the network over the stream computes.</param>
/// <param name="Hop">Samples from one result to the next.</param>
/// <param name="Input">The input that the stream feeds.</param>
/// <param name="Axis">Its time axis.</param>
public sealed record StreamRequest(StreamMode Mode = StreamMode.Windows, int? Hop = null, string? Input = null, int? Axis = null);

/// <summary>How a network will run over a stream: what is shared between windows, what runs whole, and the cost.</summary>
public sealed record StreamPlan
{
    /// <summary>What goes into the file; null where nothing can be shared.</summary>
    public StreamRule? Rule { get; init; }

    /// <summary>Samples in a window; 0 where there is no rule.</summary>
    public int WindowLength { get; init; }

    /// <summary>The layers, each with what becomes of it; empty where there is no rule.</summary>
    public IReadOnlyList<LayerStreaming> Layers { get; init; } = [];

    /// <summary>Why every window is computed whole; null where there is a rule.</summary>
    public string? Reason { get; init; }

    /// <summary>Multiply-adds of the network over a window.</summary>
    public long WindowMultiplyAdds => Layers.Sum(l => l.WindowMultiplyAdds);

    /// <summary>Multiply-adds per hop.</summary>
    public long HopMultiplyAdds => Layers.Sum(l => l.HopMultiplyAdds);

    /// <summary>Plans a network over a stream.</summary>
    /// <exception cref="GraphException">The request does not fit contract or network.</exception>
    public static StreamPlan Make(ModelGraph graph, SignalContract? contract, StreamRequest request)
    {
        if (contract is not null && WholeWindows(contract, request) is { } reason)
            return request.Mode == StreamMode.Windows ? new StreamPlan { Reason = reason } : throw new GraphException($"no continuous stream: {reason}");
        string name = request.Input ?? contract?.Inputs.OfType<SamplesFeature>().First().Name ?? graph.Values[graph.Inputs[0]].Name;
        var input = graph.Inputs.Select(i => graph.Values[i]).FirstOrDefault(v => v.Name == name)
            ?? throw new GraphException($"--stream-input names '{name}', which the model lacks; it has {string.Join(", ", graph.Inputs.Select(i => $"'{graph.Values[i].Name}'"))}");
        int axis = request.Axis ?? TimeAxis(input, contract);
        int hop = request.Hop ?? contract?.Window.Hop ?? throw new GraphException("--stream without a contract needs --hop: the samples from one result to the next");
        var rule = new StreamRule(request.Mode, name, axis, hop);
        using var model = StreamModel.FromGraph(graph, rule, keepWindow: contract?.Decision is AnomalyDecision);
        if (request.Mode == StreamMode.Windows && hop >= model.WindowLength) return new StreamPlan { Reason = $"windows of {model.WindowLength} samples every {hop} do not overlap" };
        if (!model.Layers.Any(l => l.IsStreamed && l.WindowMultiplyAdds > 0) && model.Layers.FirstOrDefault(l => l.Reason is not null) is { } first)
            return new StreamPlan { Reason = $"{first.Name} ({first.Operator}): {first.Reason}" };
        return new StreamPlan { Rule = rule, WindowLength = model.WindowLength, Layers = model.Layers };
    }

    /// <summary>What in the contract keeps windows from sharing anything.</summary>
    static string? WholeWindows(SignalContract contract, StreamRequest request)
    {
        if (contract.Window.Trigger == WindowTrigger.Beat) return "the contract's windows lie at beats, not at a fixed hop";
        var samples = contract.Inputs.OfType<SamplesFeature>().FirstOrDefault(f => request.Input is null || f.Name == request.Input);
        if (samples is null) return $"the contract makes input '{contract.Inputs[0].Name}' from each window as a whole";
        return samples.Normalize
            ? $"the contract normalises input '{samples.Name}' window by window, which changes every sample at every hop; with \"normalize\": false and \"streamNormalization\" "
              + "(FORMAT.md) the stream is normalised instead: train the network that way"
            : null;
    }

    static int TimeAxis(Value input, SignalContract? contract)
    {
        var shape = input.Type.Shape;
        int longest = 0;
        for (int axis = 1; axis < shape.Length; axis++)
            if (shape[axis] > shape[longest]) longest = axis;
        if (shape.Length == 0) throw new GraphException($"input '{input.Name}' {input.Type} has no axis to stream along");
        if (contract is not null && shape[longest] != contract.Window.Length) throw new GraphException($"no axis of input '{input.Name}' {input.Type} has the contract's {contract.Window.Length} samples");
        return longest;
    }
}
