using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;

namespace EdgeQinn.Runtime.Execution;

/// <summary>
/// A network ready to run: checked, bound to this CPU, its weights packed once. Thread-safe; open one <see cref="Session"/> per stream.
/// </summary>
public sealed class Model : IDisposable
{
    readonly IDisposable? _owner;

    Model(ModelGraph graph, EqnFile? file, IReadOnlyList<Isa> allowed, IDisposable? owner)
    {
        (File, _owner) = (file, owner);
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

    /// <summary>A stream's own working memory over the shared weights.</summary>
    public Session CreateSession() => new(this);

    /// <summary>Frees the weights and unmaps the file; no session may run afterwards.</summary>
    public void Dispose()
    {
        Plan.Dispose();
        _owner?.Dispose();
    }
}
