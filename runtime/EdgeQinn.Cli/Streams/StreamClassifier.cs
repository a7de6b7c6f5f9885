using System.Diagnostics;
using EdgeQinn.Devices.Signals.Windows;
using EdgeQinn.Runtime.Diagnostics;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Streaming;

namespace EdgeQinn.Cli.Streams;

/// <summary>A network with what its signal contract says about inputs and outputs: windows in, labels out, nothing allocated between.</summary>
sealed class StreamClassifier : IDisposable
{
    readonly Model _model;
    readonly Session _session;
    readonly Decider _decider;
    readonly Tensor[] _inputs;

    /// <param name="model">Closed together with this.</param>
    /// <param name="contract">The file's, or a variant of it.</param>
    /// <exception cref="GraphException">Contract and model do not fit.</exception>
    public StreamClassifier(Model model, SignalContract contract)
    {
        (_model, Contract) = (model, contract);
        _session = model.CreateSession();
        _decider = new Decider(_session, contract.Decision);
        foreach (var input in _session.Inputs)
            if (!contract.Inputs.Any(i => i.Name == input.Name)) throw new GraphException($"the signal contract does not say how input '{input.Name}' is made");
        _inputs = [.. contract.Inputs.Select(i => _session.Inputs.FirstOrDefault(t => t.Name == i.Name)
            ?? throw new GraphException($"the signal contract makes input '{i.Name}', which the model lacks"))];
        foreach (var input in _inputs)
            if (input.Type.Element != ElementType.Float32) throw new GraphException($"input '{input.Name}' is {input.Type}; windows are float32");
        _session.Run(); // touches all memory, and has a JIT compile the kernels, before the first sample comes
    }

    /// <summary>What the windows must follow.</summary>
    public SignalContract Contract { get; }

    /// <summary>Times of the network alone, in ns.</summary>
    public LatencyHistogram Inference { get; } = new();

    /// <summary>Time of the last run of the network, in ns.</summary>
    public long LastInference { get; private set; }

    /// <summary>Scores of the last window: a probability per label, or an anomaly score.</summary>
    public ReadOnlySpan<float> Scores => _decider.Scores;

    /// <summary>The same, for those who keep it until the next window.</summary>
    public ReadOnlyMemory<float> ScoreMemory => _decider.ScoreMemory;

    /// <summary>Loads a model with its contract.</summary>
    /// <exception cref="EdgeQinnException">The file is broken or has no signal contract.</exception>
    public static StreamClassifier Load(string path, Func<SignalContract, SignalContract>? change = null) => Create(Model.Load(path, Verbs.IsaChoice.Allowed()), path, change);

    /// <summary>The classifier of a model that was read from a file; the model is closed where that fails.</summary>
    public static StreamClassifier Create(Model model, string name, Func<SignalContract, SignalContract>? change = null)
    {
        try
        {
            var contract = model.File!.Contract
                ?? throw new GraphException("the file has no signal contract: convert the model with --contract FILE.json");
            return new StreamClassifier(model, change is null ? contract : change(contract));
        }
        catch (GraphException e)
        {
            model.Dispose();
            throw new GraphException($"{name}: {e.Message}", e);
        }
    }

    /// <summary>Runs the network on a window; the index of the label.</summary>
    /// <exception cref="GraphException">The window's inputs do not fit the model's.</exception>
    public int Classify(SignalWindow window)
    {
        for (int i = 0; i < _inputs.Length; i++)
        {
            var target = _inputs[i].AsSpan<float>();
            var values = window.Inputs[i].Values;
            if (values.Length != target.Length) throw new GraphException($"the signal contract makes {values.Length} elements for input '{_inputs[i].Name}' {_inputs[i].Type}");
            values.CopyTo(target);
        }
        long before = Stopwatch.GetTimestamp();
        _session.Run();
        LastInference = (long)Stopwatch.GetElapsedTime(before).TotalNanoseconds;
        Inference.Record(LastInference);
        return _decider.Decide();
    }

    public void Dispose()
    {
        _session.Dispose();
        _model.Dispose();
    }
}
