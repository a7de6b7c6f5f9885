using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Import;

/// <summary>One reason why a model cannot be converted.</summary>
/// <param name="Node">The node's name, or the value's for inputs and outputs.</param>
/// <param name="Operator">The operator with its domain; empty where no node is concerned.</param>
/// <param name="Opset">The version of the operator set the node is written in; 0 where no node is concerned.</param>
/// <param name="Reason">What is wrong, and the way out.</param>
public sealed record ConversionProblem(string Node, string Operator, int Opset, string Reason)
{
    /// <inheritdoc/>
    public override string ToString() => Operator.Length > 0 ? $"node '{Node}' ({Operator}, opset {Opset}): {Reason}" : $"'{Node}': {Reason}";
}

/// <summary>A model that cannot be converted. The message lists every problem, not the first alone.</summary>
public sealed class ConversionException(string file, IReadOnlyList<ConversionProblem> problems) : EdgeQinnException(Describe(file, problems))
{
    /// <summary>Everything that is wrong.</summary>
    public IReadOnlyList<ConversionProblem> Problems => problems;

    static string Describe(string file, IReadOnlyList<ConversionProblem> problems) => problems.Count == 1
        ? $"{file}: {problems[0]}"
        : $"{file}: {problems.Count} problems:{string.Concat(problems.Select(p => $"\n  {p}"))}";
}
