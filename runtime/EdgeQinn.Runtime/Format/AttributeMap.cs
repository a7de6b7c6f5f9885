using System.Collections;
using System.Collections.Immutable;

namespace EdgeQinn.Runtime.Format;

/// <summary>A node's attributes: by name, each a list of integers, a list of floats or a string. A scalar is a list of one.</summary>
public sealed class AttributeMap : IEnumerable<KeyValuePair<string, object>>
{
    readonly SortedDictionary<string, object> _entries = new(StringComparer.Ordinal);

    /// <summary>No attributes.</summary>
    public static AttributeMap Empty => new();

    /// <summary>Where the attributes stand in the file they were read from; −1 where they were made in memory.</summary>
    internal long Position { get; init; } = -1;

    /// <summary>The number of attributes.</summary>
    public int Count => _entries.Count;

    /// <summary>Sets an integer.</summary>
    public void Add(string name, long value) => _entries[name] = ImmutableArray.Create(value);

    /// <summary>Sets a list of integers.</summary>
    public void Add(string name, params ReadOnlySpan<long> values) => _entries[name] = ImmutableArray.Create(values);

    /// <summary>Sets a list of integers.</summary>
    public void Add(string name, ReadOnlySpan<int> values)
    {
        var builder = ImmutableArray.CreateBuilder<long>(values.Length);
        foreach (int v in values) builder.Add(v);
        _entries[name] = builder.MoveToImmutable();
    }

    /// <summary>Sets a float.</summary>
    public void Add(string name, float value) => _entries[name] = ImmutableArray.Create(value);

    /// <summary>Sets a list of floats.</summary>
    public void Add(string name, params ReadOnlySpan<float> values) => _entries[name] = ImmutableArray.Create(values);

    /// <summary>Sets a string.</summary>
    public void Add(string name, string value) => _entries[name] = value;

    /// <summary>A copy in which an attribute is these integers.</summary>
    public AttributeMap With(string name, params ReadOnlySpan<int> values)
    {
        var copy = Copy();
        copy.Add(name, values);
        return copy;
    }

    /// <summary>A copy, to be changed.</summary>
    public AttributeMap Copy()
    {
        var copy = new AttributeMap();
        foreach (var (name, value) in _entries) copy._entries[name] = value;
        return copy;
    }

    /// <summary>Takes an attribute out, if it is there.</summary>
    public void Remove(string name) => _entries.Remove(name);

    /// <summary>Whether the attribute is there.</summary>
    public bool Has(string name) => _entries.ContainsKey(name);

    /// <summary>An integer, or <paramref name="otherwise"/> where absent.</summary>
    /// <exception cref="AttributeException">It is of another kind, or does not fit 32 bits.</exception>
    public int Int(string name, int otherwise = 0)
    {
        var values = Ints(name);
        if (values.IsDefault) return otherwise;
        if (values.Length != 1) throw new AttributeException($"attribute '{name}' has {values.Length} values, expected one");
        return values[0];
    }

    /// <summary>A list of integers, <c>IsDefault</c> where absent.</summary>
    /// <exception cref="AttributeException">It is of another kind, or a value does not fit 32 bits.</exception>
    public ImmutableArray<int> Ints(string name)
    {
        var longs = Longs(name);
        if (longs.IsDefault) return default;
        var ints = ImmutableArray.CreateBuilder<int>(longs.Length);
        foreach (long v in longs)
            ints.Add(v is >= int.MinValue and <= int.MaxValue ? (int)v : throw new AttributeException($"attribute '{name}' = {v} does not fit 32 bits"));
        return ints.MoveToImmutable();
    }

    /// <summary>A list of 64-bit integers, <c>IsDefault</c> where absent.</summary>
    /// <exception cref="AttributeException">It is of another kind.</exception>
    public ImmutableArray<long> Longs(string name) => Get<ImmutableArray<long>>(name, "integers");

    /// <summary>A float, or <paramref name="otherwise"/> where absent.</summary>
    /// <exception cref="AttributeException">It is of another kind.</exception>
    public float Float(string name, float otherwise = 0)
    {
        var values = Floats(name);
        return values.IsDefault ? otherwise : values.Length == 1 ? values[0] : throw new AttributeException($"attribute '{name}' has {values.Length} values, expected one");
    }

    /// <summary>A list of floats, <c>IsDefault</c> where absent.</summary>
    /// <exception cref="AttributeException">It is of another kind.</exception>
    public ImmutableArray<float> Floats(string name) => Get<ImmutableArray<float>>(name, "floats");

    /// <summary>A string, or <paramref name="otherwise"/> where absent.</summary>
    /// <exception cref="AttributeException">It is of another kind.</exception>
    public string Text(string name, string otherwise = "") => Get<string>(name, "text") ?? otherwise;

    T? Get<T>(string name, string kind)
    {
        if (!_entries.TryGetValue(name, out object? value)) return default;
        return value is T typed ? typed : throw new AttributeException($"attribute '{name}' is not {kind}");
    }

    /// <inheritdoc/>
    public IEnumerator<KeyValuePair<string, object>> GetEnumerator() => _entries.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
