using EdgeQinn.Converter.Graph;

namespace EdgeQinn.Converter.Import;

/// <summary>The values that names stand for in one graph, and in those around it. A name whose node was refused stands for null.</summary>
sealed class Scope(Scope? outer)
{
    readonly Dictionary<string, IrValue?> _values = new(StringComparer.Ordinal);

    /// <summary>Whether the name stands for something, here or around.</summary>
    public bool TryGet(string name, out IrValue? value)
    {
        for (var scope = this; scope is not null; scope = scope.Outer)
            if (scope._values.TryGetValue(name, out value)) return true;
        value = null;
        return false;
    }

    /// <summary>Gives a name its value.</summary>
    /// <returns>False where it already has one in this graph.</returns>
    public bool TryDefine(string name, IrValue? value) => _values.TryAdd(name, value);

    Scope? Outer => outer;
}
