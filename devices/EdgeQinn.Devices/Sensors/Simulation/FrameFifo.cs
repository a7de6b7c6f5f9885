namespace EdgeQinn.Devices.Sensors.Simulation;

/// <summary>A buffer of frames in which the newest push out the oldest.</summary>
sealed class FrameFifo(int capacity, int width)
{
    readonly int[] _values = new int[capacity * width];
    int _first;

    public int Count { get; private set; }

    /// <summary>Whether a frame has been pushed out since the flag was last cleared.</summary>
    public bool Overrun { get; set; }

    /// <summary>Room for a new frame, which counts as stored.</summary>
    public Span<int> Push()
    {
        if (Count == capacity)
        {
            Overrun = true;
            _first = (_first + 1) % capacity;
            Count--;
        }
        int at = (_first + Count++) % capacity;
        return _values.AsSpan(at * width, width);
    }

    /// <summary>The oldest frame; zeros where there is none.</summary>
    public ReadOnlySpan<int> Oldest => Count > 0 ? _values.AsSpan(_first * width, width) : new int[width];

    public void Pop()
    {
        if (Count == 0) return;
        _first = (_first + 1) % capacity;
        Count--;
    }

    public void Clear() => (_first, Count, Overrun) = (0, 0, false);
}
