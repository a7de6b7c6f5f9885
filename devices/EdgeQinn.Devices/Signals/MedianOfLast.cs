namespace EdgeQinn.Devices.Signals;

/// <summary>The median of the last few values.</summary>
public sealed class MedianOfLast
{
    readonly double[] _values, _sorted;
    int _next;

    /// <param name="capacity">How many values count.</param>
    public MedianOfLast(int capacity)
    {
        _values = new double[capacity];
        _sorted = new double[capacity];
    }

    /// <summary>How many values there are, up to the capacity.</summary>
    public int Count { get; private set; }

    /// <summary>The median; 0 before the first value.</summary>
    public double Value { get; private set; }

    /// <summary>Adds a value and forgets the oldest.</summary>
    public void Add(double value)
    {
        _values[_next] = value;
        _next = (_next + 1) % _values.Length;
        Count = Math.Min(Count + 1, _values.Length);
        // Sorted by insertion: the few values here need no more, and the library's sort allocates under NativeAOT.
        Span<double> sorted = _sorted.AsSpan(0, Count);
        for (int i = 0; i < Count; i++)
        {
            int at = i;
            for (; at > 0 && sorted[at - 1] > _values[i]; at--) sorted[at] = sorted[at - 1];
            sorted[at] = _values[i];
        }
        Value = (sorted[(Count - 1) / 2] + sorted[Count / 2]) / 2;
    }

    /// <summary>Forgets all values.</summary>
    public void Reset() => (Count, _next, Value) = (0, 0, 0);
}
