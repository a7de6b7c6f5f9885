namespace EdgeQinn.Benchmarks.Models;

/// <summary>A loaded model of either side, seen alike: fill the inputs, run, read the outputs. float32, batch 1.</summary>
abstract class Engine : IDisposable
{
    /// <summary>How tables name it.</summary>
    public abstract string Name { get; }

    /// <summary>Names and lengths of the inputs.</summary>
    public abstract IReadOnlyList<(string Name, int Length)> Inputs { get; }

    /// <summary>Names of the outputs.</summary>
    public abstract IReadOnlyList<string> Outputs { get; }

    /// <summary>An input's elements, in place.</summary>
    public abstract Span<float> Input(string name);

    /// <summary>An output's elements, in place; valid after <see cref="Run"/>.</summary>
    public abstract ReadOnlySpan<float> Output(string name);

    /// <summary>One inference.</summary>
    public abstract void Run();

    /// <inheritdoc/>
    public abstract void Dispose();
}
