using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;

namespace EdgeQinn.Runtime.Streaming;

/// <summary>
/// A network over windows, ready to run over a stream: every hop one result, computed from the new samples and what is remembered of earlier ones. Thread-safe;
/// open one <see cref="StreamSession"/> per stream, weights are shared.
/// <code>
/// using var model = StreamModel.Load("bearing.eqn");
/// using StreamSession session = model.CreateSession();
/// while (Read(out ReadOnlySpan&lt;float&gt; samples))
///     while (session.Push(ref samples)) Use(session.Outputs[0].AsSpan&lt;float&gt;());
/// </code>
/// </summary>
public sealed class StreamModel : IDisposable
{
    readonly Model _model;
    ModelIdentity? _identity;

    StreamModel(StreamRule rule, StreamGraph stream, Model model, ModelGraph source, EqnFile? file) =>
        (Rule, Stream, _model, Source, File) = (rule, stream, model, source, file);

    /// <summary>How it runs.</summary>
    public StreamRule Rule { get; }

    /// <summary>The file it comes from; null for a network built in memory.</summary>
    public EqnFile? File { get; }

    /// <summary>The network over windows.</summary>
    public ModelGraph Source { get; }

    /// <summary>Samples in a window.</summary>
    public int WindowLength => Stream.Length;

    /// <summary>Samples that are pushed before the first result comes.</summary>
    public long FirstResult => (Stream.FirstRun + 1) * Rule.Hop - Stream.Lead;

    /// <summary>The layers in order, each with what becomes of it.</summary>
    public IReadOnlyList<LayerStreaming> Layers => Stream.Layers;

    /// <summary>The network that runs once per hop, for reports.</summary>
    public Model HopModel => _model;

    internal StreamGraph Stream { get; }

    /// <summary>What tells this model from others: checksums and sizes of graph and weights as a file has them. Made on first use where there is no file.</summary>
    internal ModelIdentity Identity => _identity ??= ModelIdentity.Of(Source, File);

    /// <summary>Binds a network for a stream.</summary>
    /// <param name="graph">The network over windows.</param>
    /// <param name="rule">How it is to run.</param>
    /// <param name="keepWindow">Whether sessions keep the window of samples too (<see cref="StreamSession.Window"/>).</param>
    /// <param name="allowed">The instruction sets to choose from, best first; by default what the CPU has.</param>
    /// <exception cref="GraphException">The network breaks a rule, or <paramref name="rule"/> does not fit it.</exception>
    public static StreamModel FromGraph(ModelGraph graph, StreamRule rule, bool keepWindow = false, IReadOnlyList<Isa>? allowed = null) => Create(graph, rule, keepWindow, allowed, null);

    /// <summary>Maps, checks and binds an <c>.eqn</c> file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="rule">How it is to run; null for what the file says.</param>
    /// <param name="allowed">As for <see cref="FromGraph"/>.</param>
    /// <exception cref="EdgeQinnException">The file breaks the format, or says nothing about streams and no rule is given.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static StreamModel Load(string path, StreamRule? rule = null, IReadOnlyList<Isa>? allowed = null)
    {
        var file = EqnFile.Open(path);
        try
        {
            rule ??= file.Stream ?? throw new GraphException("the file does not say how to run over a stream: convert the model with --stream; where that said that nothing can be shared, run the network window by window");
            return Create(file.Graph, rule, false, allowed, file);
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
    }

    /// <summary>As the public ways in; <paramref name="shareAlways"/> shares columns also where running a layer whole is faster, for tests of exactness.</summary>
    internal static StreamModel Create(ModelGraph graph, StreamRule rule, bool keepWindow, IReadOnlyList<Isa>? allowed, EqnFile? file, bool shareAlways = false)
    {
        Model.RefuseMemory(graph);
        GraphChecker.Resolve(graph);
        ArgumentOutOfRangeException.ThrowIfLessThan(rule.Hop, 1, nameof(rule));
        var stream = StreamGraphBuilder.Build(graph, rule, keepWindow, shareAlways);
        return new StreamModel(rule, stream, Model.ForStream(stream.Graph, allowed ?? Cpu.Allowed()), graph, file);
    }

    /// <summary>A stream's own state over the shared weights.</summary>
    public StreamSession CreateSession() => new(this);

    /// <summary>Frees the weights and closes the file; no session may run afterwards.</summary>
    public void Dispose()
    {
        _model.Dispose();
        File?.Dispose();
    }
}
