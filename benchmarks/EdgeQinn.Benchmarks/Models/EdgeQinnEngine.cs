using EdgeQinn.Runtime.Execution;

namespace EdgeQinn.Benchmarks.Models;

/// <summary>This runtime, from an <c>.eqn</c> file, with the best kernels this CPU has; <c>batch</c> inputs at once.</summary>
sealed class EdgeQinnEngine : Engine
{
    readonly Model _model;
    readonly Session _session;

    public EdgeQinnEngine(string name, string path, int batch = 1)
    {
        Name = name;
        _model = Model.Load(path);
        _session = _model.CreateSession(new SessionOptions { Batch = batch });
        Inputs = [.. _session.Inputs.Select(t => (t.Name, t.Type.Count * batch))];
        Outputs = [.. _session.Outputs.Select(t => t.Name)];
    }

    public override string Name { get; }

    public override IReadOnlyList<(string Name, int Length)> Inputs { get; }

    public override IReadOnlyList<string> Outputs { get; }

    public override Span<float> Input(string name) => _session.Input(name).AsSpan<float>();

    public override ReadOnlySpan<float> Output(string name) => _session.Output(name).AsSpan<float>();

    public override void Run() => _session.Run();

    public override void Dispose()
    {
        _session.Dispose();
        _model.Dispose();
    }
}
