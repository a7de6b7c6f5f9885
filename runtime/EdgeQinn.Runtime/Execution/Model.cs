using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Operators;

namespace EdgeQinn.Runtime.Execution;

/// <summary>
/// A network ready to run: checked, bound to this CPU, its weights packed once. Thread-safe; open one <see cref="Session"/> per stream.
/// </summary>
public sealed class Model : IDisposable
{
    readonly IDisposable? _owner;
    readonly IReadOnlyList<Isa> _allowed;
    readonly Dictionary<int, Plan> _batchPlans = [];

    Model(ModelGraph graph, EqnFile? file, IReadOnlyList<Isa> allowed, IDisposable? owner, bool mayRemember = false)
    {
        (File, _allowed, _owner) = (file, allowed, owner);
        if (!mayRemember) RefuseMemory(graph);
        Plan = PlanBuilder.Build(graph, allowed);
        Inputs = [.. graph.Inputs.Select(i => graph.Values[i])];
        Outputs = [.. graph.Outputs.Select(i => graph.Values[i])];
    }

    /// <summary>What the file holds beside the graph; null for a model built in memory.</summary>
    public EqnFile? File { get; }

    /// <summary>The network.</summary>
    public ModelGraph Graph => Plan.Graph;

    /// <summary>Names, element types and shapes of the inputs.</summary>
    public IReadOnlyList<Value> Inputs { get; }

    /// <summary>Names, element types and shapes of the outputs.</summary>
    public IReadOnlyList<Value> Outputs { get; }

    internal Plan Plan { get; }

    /// <summary>Maps, checks and binds an <c>.eqn</c> file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="allowed">The instruction sets to choose from, best first; by default what the CPU has (<see cref="Cpu.Allowed()"/>).</param>
    /// <exception cref="EdgeQinnException">The file breaks the format or uses what this version lacks.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static Model Load(string path, IReadOnlyList<Isa>? allowed = null) => Bind(EqnFile.Open(path), path, allowed);

    /// <summary>Copies, checks and binds an <c>.eqn</c> file held in memory; <paramref name="name"/> stands for it in messages.</summary>
    /// <exception cref="EdgeQinnException">As for <see cref="Load"/>.</exception>
    public static Model Parse(ReadOnlySpan<byte> bytes, string name, IReadOnlyList<Isa>? allowed = null) => Bind(EqnFile.Parse(bytes, name), name, allowed);

    static Model Bind(EqnFile file, string name, IReadOnlyList<Isa>? allowed)
    {
        try
        {
            return new Model(file.Graph, file, allowed ?? Cpu.Allowed(), file);
        }
        catch (GraphException e)
        {
            file.Dispose();
            throw new GraphException($"{name}: {e.Message}", e);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Binds a graph held in memory.</summary>
    /// <exception cref="GraphException">The graph breaks a rule.</exception>
    public static Model FromGraph(ModelGraph graph, IReadOnlyList<Isa>? allowed = null) => new(graph, null, allowed ?? Cpu.Allowed(), null);

    /// <summary>Binds a network that remembers from run to run; <see cref="Streaming.StreamModel"/> makes such.</summary>
    internal static Model ForStream(ModelGraph graph, IReadOnlyList<Isa> allowed) => new(graph, null, allowed, null, mayRemember: true);

    /// <summary>Fails where a run of the network depends on the runs before it.</summary>
    internal static void RefuseMemory(ModelGraph graph)
    {
        foreach (var node in graph.Nodes)
            if (OperatorTable.Contains(node.Operator) && OperatorTable.Get(node.Operator).IsStateful)
                throw new GraphException($"node '{node.Name}': {node.Operator} remembers from run to run; only networks over streams, which the runtime makes itself, may");
    }

    /// <summary>A stream's own working memory over the shared weights.</summary>
    public Session CreateSession() => new(this, Plan);

    /// <summary>A session with its own working memory over the shared weights, such as one that runs several inputs at once.</summary>
    /// <exception cref="GraphException">A batch of that size is beyond the limits of memory or work.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The batch is not from 1 to <see cref="SessionOptions.MaxBatch"/>.</exception>
    public Session CreateSession(SessionOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Batch, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.Batch, SessionOptions.MaxBatch);
        if (options.Batch > 1 && Plan.State.Count > 0) throw new GraphException("a network that remembers runs one stream per session");
        return new(this, PlanFor(options.Batch));
    }

    /// <summary>The plan for that many independent inputs, made when it is first asked for.</summary>
    internal Plan PlanFor(int batch)
    {
        if (batch == Plan.Batch) return Plan;
        lock (_batchPlans)
        {
            if (!_batchPlans.TryGetValue(batch, out var plan)) _batchPlans.Add(batch, plan = PlanBuilder.Build(Graph, _allowed, batch));
            return plan;
        }
    }

    /// <summary>Frees the weights and unmaps the file; no session may run afterwards.</summary>
    public void Dispose()
    {
        Plan.Dispose();
        foreach (var plan in _batchPlans.Values) plan.Dispose();
        _owner?.Dispose();
    }
}
