namespace EdgeQinn.Runtime.Kernels.Pooling;

/// <summary>
/// A pool over [Planes, In₀, In₁, In₂]; fewer spatial axes are padded with ones at the front. Output position o along axis a covers the inputs
/// o · Stride − Pad + k · Dilation, k &lt; Kernel, that lie inside.
/// </summary>
unsafe struct PoolArgs
{
    public const int Axes = 3;

    public void* X, Y;

    /// <summary>MaxPool's second output, the flat position of each maximum in X; null where it is not wanted.</summary>
    public long* Indices;

    /// <summary>Room for a row of X, In₂ elements.</summary>
    public float* Row;

    public long Planes;
    public fixed int In[Axes], Out[Axes], Kernel[Axes], Stride[Axes], Dilation[Axes], Pad[Axes];

    /// <summary>MaxPool: whether <see cref="Indices"/> count column-major inside a plane.</summary>
    public bool ColumnMajorIndices;

    /// <summary>AveragePool: whether what lies outside counts, as zeros.</summary>
    public bool CountPadding;

    /// <summary>LpPool's p.</summary>
    public int P;

    /// <summary>The elements of an input plane.</summary>
    public readonly long InPlane => (long)In[0] * In[1] * In[2];

    /// <summary>The elements of an output plane.</summary>
    public readonly long OutPlane => (long)Out[0] * Out[1] * Out[2];

    /// <summary>The taps of one output along one axis that lie inside: <see cref="From"/> (included) to <see cref="To"/> (excluded), at Start + tap · Dilation.</summary>
    public readonly record struct TapRange(int From, int To, int Start);

    /// <summary>The taps of a window.</summary>
    public readonly int WindowTaps => Kernel[0] * Kernel[1] * Kernel[2];

    /// <summary>The taps of output <paramref name="o"/> along <paramref name="axis"/>.</summary>
    public readonly TapRange Taps(int axis, int o)
    {
        int start = o * Stride[axis] - Pad[axis], dilation = Dilation[axis];
        int from = start >= 0 ? 0 : (-start + dilation - 1) / dilation;
        int to = start >= In[axis] ? 0 : Math.Min(Kernel[axis], (In[axis] - 1 - start) / dilation + 1);
        return new(from, to, start);
    }
}
