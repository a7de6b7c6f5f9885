using System.Diagnostics;
using EdgeQinn.Devices.Signals.Windows;
using EdgeQinn.Runtime.Diagnostics;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Streaming;

namespace EdgeQinn.Cli.Streams;

/// <summary>
/// A network with what its signal contract says about inputs and outputs: windows in, labels out, nothing allocated between. Where the file says so, overlapping
/// windows run as a stream (<see cref="WindowStream"/>).
/// </summary>
sealed class StreamClassifier : IDisposable
{
    readonly ModelGraph _graph;
    readonly IDisposable _owner; // of the graph
    readonly Session? _session;  // runs windows whole
    readonly int _fed = -1;      // of the contract's inputs, the one that the stream feeds
    WindowStream? _stream;
    Decider _decider;
    Tensor[] _inputs;            // one per input of the contract; that at _fed is not looked at

    /// <param name="model">Closed together with this.</param>
    /// <param name="contract">The file's, or a variant of it.</param>
    /// <exception cref="GraphException">Contract and model do not fit.</exception>
    public StreamClassifier(Model model, SignalContract contract)
    {
        (_graph, _owner, Contract) = (model.Graph, model, contract);
        CheckInputs();
        _session = model.CreateSession();
        _decider = new Decider(_session, contract.Decision);
        _inputs = [.. contract.Inputs.Select(i => _session.Input(i.Name))];
        _session.Run(); // touches all memory, and has a JIT compile the kernels, before the first sample comes
    }

    StreamClassifier(EqnFile file, StreamRule rule, SignalContract contract)
    {
        (_graph, _owner, Contract) = (file.Graph, file, contract);
        CheckInputs();
        _fed = contract.Inputs.ToList().FindIndex(i => i.Name == rule.Input);
        int length = _graph.Values[_graph.Inputs.First(v => _graph.Values[v].Name == rule.Input)].Type.Count;
        if (length != contract.Window.Length) throw new GraphException($"windows have {contract.Window.Length} samples, input '{rule.Input}' of the network {length}");
        (_decider, _inputs) = Follow(rule with { Hop = contract.Window.Hop });
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
    public static StreamClassifier Load(string path, Func<SignalContract, SignalContract>? change = null)
    {
        var file = EqnFile.Open(path);
        try
        {
            if (file.Stream is { } rule && ContractOf(file, change) is { } contract && MayShare(contract, rule)) return new StreamClassifier(file, rule, contract);
        }
        catch (GraphException e)
        {
            file.Dispose();
            throw new GraphException($"{path}: {e.Message}", e);
        }
        catch
        {
            file.Dispose();
            throw;
        }
        file.Dispose();
        return Create(Model.Load(path, Verbs.IsaChoice.Allowed()), path, change);
    }

    /// <summary>The classifier of a model that was read from a file; the model is closed where that fails.</summary>
    public static StreamClassifier Create(Model model, string name, Func<SignalContract, SignalContract>? change = null)
    {
        try
        {
            return new StreamClassifier(model, ContractOf(model.File!, change));
        }
        catch (GraphException e)
        {
            model.Dispose();
            throw new GraphException($"{name}: {e.Message}", e);
        }
    }

    /// <summary>Runs the network on a window; the index of the label, or −1 while a continuous stream is too young for a result.</summary>
    /// <exception cref="GraphException">The window's inputs do not fit the model's.</exception>
    public int Classify(SignalWindow window)
    {
        // Another recording may have windows at another hop.
        if (_stream is not null && window.Hop != _stream.Rule.Hop) (_decider, _inputs) = Follow(_stream.Rule with { Hop = window.Hop });
        for (int i = 0; i < _inputs.Length; i++)
        {
            if (i == _fed) continue;
            var target = _inputs[i].AsSpan<float>();
            var values = window.Inputs[i].Values;
            if (values.Length != target.Length) throw new GraphException($"the signal contract makes {values.Length} elements for input '{_inputs[i].Name}' {_inputs[i].Type}");
            values.CopyTo(target);
        }
        long before = Stopwatch.GetTimestamp();
        bool any = true;
        if (_stream is not null) any = _stream.Run(window, window.Inputs[_fed].Values);
        else _session!.Run();
        LastInference = (long)Stopwatch.GetElapsedTime(before).TotalNanoseconds;
        if (!any) return -1;
        Inference.Record(LastInference);
        return _decider.Decide();
    }

    public void Dispose()
    {
        _session?.Dispose();
        _stream?.Dispose();
        _owner.Dispose();
    }

    static SignalContract ContractOf(EqnFile file, Func<SignalContract, SignalContract>? change)
    {
        var contract = file.Contract ?? throw new GraphException("the file has no signal contract: convert the model with --contract FILE.json");
        return change is null ? contract : change(contract);
    }

    /// <summary>Whether windows of this contract, which may not be the file's own, are pieces of one stream of samples.</summary>
    static bool MayShare(SignalContract contract, StreamRule rule)
    {
        bool pieces = contract.Window.Trigger == WindowTrigger.Hop && contract.Inputs.Any(i => i is SamplesFeature { Normalize: false } && i.Name == rule.Input);
        if (!pieces && rule.Mode == StreamMode.Continuous) throw new GraphException($"the network runs over a continuous stream of '{rule.Input}', and these windows are no pieces of one");
        return pieces;
    }

    (Decider, Tensor[]) Follow(StreamRule rule)
    {
        _stream?.Dispose();
        _stream = new WindowStream(_graph, rule, Contract.Decision);
        return (_stream.Decider, [.. Contract.Inputs.Select(i => _stream.Inputs.FirstOrDefault(t => t.Name == i.Name)!)]);
    }

    void CheckInputs()
    {
        var inputs = _graph.Inputs.Select(v => _graph.Values[v]).ToArray();
        foreach (var input in inputs)
            if (!Contract.Inputs.Any(i => i.Name == input.Name)) throw new GraphException($"the signal contract does not say how input '{input.Name}' is made");
        foreach (var made in Contract.Inputs)
        {
            var input = Array.Find(inputs, v => v.Name == made.Name) ?? throw new GraphException($"the signal contract makes input '{made.Name}', which the model lacks");
            if (input.Type.Element != ElementType.Float32) throw new GraphException($"input '{input.Name}' is {input.Type}; windows are float32");
        }
    }
}
