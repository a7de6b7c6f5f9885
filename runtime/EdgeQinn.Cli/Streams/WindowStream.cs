using EdgeQinn.Devices.Signals.Windows;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Streaming;

namespace EdgeQinn.Cli.Streams;

/// <summary>
/// Windows as a stream: of one that follows the window before, only the samples that are new go through the network. After a gap, or in another recording, the
/// stream starts anew with the whole window.
/// </summary>
sealed class WindowStream : IDisposable
{
    readonly StreamModel _model;
    readonly StreamSession _session;
    long _stretch = -1, _start;

    /// <param name="graph">The network over windows.</param>
    /// <param name="rule">How it runs.</param>
    /// <param name="decision">Read after each result.</param>
    /// <exception cref="GraphException">They do not fit.</exception>
    public WindowStream(ModelGraph graph, StreamRule rule, Decision decision)
    {
        _model = StreamModel.FromGraph(graph, rule, keepWindow: decision is AnomalyDecision, Verbs.IsaChoice.Allowed());
        try
        {
            _session = _model.CreateSession();
            Decider = new Decider(_session, decision);
            // Touches all memory, and has a JIT compile the kernels, before the first sample comes.
            ReadOnlySpan<float> silence = new float[_model.WindowLength];
            while (_session.Push(ref silence)) { }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>What the last result means.</summary>
    public Decider Decider { get; }

    /// <summary>How the network runs.</summary>
    public StreamRule Rule => _model.Rule;

    /// <summary>The inputs that the stream does not feed.</summary>
    public IReadOnlyList<Tensor> Inputs => _session.Inputs;

    /// <summary>Goes on to a window; false while a continuous stream is too young for a result.</summary>
    /// <param name="window">Where the window lies.</param>
    /// <param name="samples">Its samples.</param>
    public bool Run(SignalWindow window, ReadOnlySpan<float> samples)
    {
        long fresh = window.Start - _start;
        if (window.Stretch != _stretch || fresh < 1 || fresh > samples.Length || fresh % Rule.Hop != 0)
        {
            _session.Reset();
            fresh = samples.Length;
        }
        (_stretch, _start) = (window.Stretch, window.Start);
        var next = samples[^(int)fresh..];
        bool any = false;
        while (_session.Push(ref next)) any = true;
        return any;
    }

    public void Dispose()
    {
        _session?.Dispose();
        _model.Dispose();
    }
}
