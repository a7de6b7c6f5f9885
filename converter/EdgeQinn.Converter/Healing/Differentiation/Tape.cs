namespace EdgeQinn.Converter.Healing.Differentiation;

/// <summary>
/// What one forward and backward pass over a few samples leaves behind: every value of the graph, the loss's gradient by it, the gradients by the
/// parameters, and what layers keep from forward to backward. Sample-major: value v of sample s lies at v[s · size…]. Used again for the next samples.
/// </summary>
sealed class Tape(Network network, int capacity)
{
    readonly float[]?[] _values = new float[network.Sizes.Count][];
    readonly float[]?[] _gradients = new float[network.Sizes.Count][];
    readonly float[]?[] _parameters = new float[network.Parameters.Count][];
    readonly bool[] _written = new bool[network.Parameters.Count];
    readonly Dictionary<(Layer, int), Array> _kept = [];

    /// <summary>The most samples at once.</summary>
    public int Capacity => capacity;

    /// <summary>The samples at hand.</summary>
    public int Samples { get; set; }

    /// <summary>Whether the pass trains, so that layers keep what the backward pass needs.</summary>
    public bool Training { get; set; }

    /// <summary>Whether gradients by the graph's own inputs are wanted; training has no use for them.</summary>
    public bool InputGradients { get; init; } = true;

    /// <summary>Whether anything asks for the gradient by value <paramref name="v"/>.</summary>
    public bool Wants(int v) => InputGradients || !network.Graph.Inputs.Contains(v);

    /// <summary>Value <paramref name="v"/> of all samples at hand.</summary>
    public Span<float> Value(int v) => (_values[v] ??= new float[capacity * network.Sizes[v]]).AsSpan(0, Samples * network.Sizes[v]);

    /// <summary>The loss's gradient by value <paramref name="v"/>; layers add to it.</summary>
    public Span<float> Gradient(int v) => (_gradients[v] ??= new float[capacity * network.Sizes[v]]).AsSpan(0, Samples * network.Sizes[v]);

    /// <summary>The loss's gradient by a parameter; layers add to it.</summary>
    public float[] Gradient(Parameter parameter)
    {
        bool known = _written[parameter.Index];
        float[] gradient = WholeGradient(parameter);
        if (!known) Array.Clear(gradient);
        return gradient;
    }

    /// <summary>The same for a layer that sets every element, which it may while nothing <see cref="HasGradient"/>: large ones are not cleared first.</summary>
    public float[] WholeGradient(Parameter parameter)
    {
        _written[parameter.Index] = true;
        return _parameters[parameter.Index] ??= new float[parameter.Value.Length];
    }

    /// <summary>Whether a layer has written to the gradient by <paramref name="parameter"/> since <see cref="ClearGradients"/>.</summary>
    public bool HasGradient(Parameter parameter) => _written[parameter.Index];

    /// <summary>Memory of a layer's own that stays until the next pass; its contents are whatever was left there.</summary>
    /// <param name="layer">Whose.</param>
    /// <param name="slot">Which of the layer's.</param>
    /// <param name="length">Elements wanted.</param>
    public T[] Keep<T>(Layer layer, int slot, int length)
    {
        if (_kept.TryGetValue((layer, slot), out var array) && array.Length >= length) return (T[])array;
        var fresh = new T[length];
        _kept[(layer, slot)] = fresh;
        return fresh;
    }

    /// <summary>Forgets all gradients.</summary>
    public void ClearGradients()
    {
        foreach (var gradient in _gradients)
            if (gradient is not null) Array.Clear(gradient);
        Array.Clear(_written);
    }
}
