using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace EdgeQinn.Converter.Compression;

/// <summary>Factorisations of a layer that many formats start from, worked out once for as long as the layer lives.</summary>
static class LayerCache
{
    static readonly ConditionalWeakTable<DenseLayer, ConcurrentDictionary<string, Lazy<object>>> Known = [];

    /// <summary>What <paramref name="compute"/> gives for the layer, under a name of its own.</summary>
    public static T Get<T>(DenseLayer layer, string name, Func<T> compute) where T : class =>
        (T)Known.GetOrCreateValue(layer).GetOrAdd(name, _ => new Lazy<object>(compute)).Value;
}
