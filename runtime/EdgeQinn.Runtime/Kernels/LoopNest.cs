namespace EdgeQinn.Runtime.Kernels;

/// <summary>
/// A loop over up to <see cref="MaxRank"/> axes in which up to four operands move by strides of their own (in elements; 0 repeats, negative
/// runs backwards). Made once per model: axes of extent 1 are gone and axes that every operand crosses evenly are one, so equal shapes are one
/// loop, a per-channel operand is two.
/// </summary>
unsafe struct LoopNest
{
    public const int MaxRank = 8, MaxOperands = 4;

    /// <summary>The number of axes, at least 1; the last is the innermost.</summary>
    public int Rank;

    /// <summary>The elements that each axis counts; 0 anywhere means nothing to do.</summary>
    public fixed long Extents[MaxRank];

    fixed long _strides[MaxRank * MaxOperands];

    /// <summary>The stride of <paramref name="operand"/> along <paramref name="axis"/>.</summary>
    public readonly long Stride(int operand, int axis) => _strides[operand * MaxRank + axis];

    /// <summary>The product of all extents.</summary>
    public readonly long Count
    {
        get
        {
            long count = 1;
            for (int a = 0; a < Rank; a++) count *= Extents[a];
            return count;
        }
    }

    /// <summary>The innermost extent.</summary>
    public readonly long Inner => Extents[Rank - 1];

    /// <summary>A nest over <paramref name="extents"/>; <paramref name="strides"/> has a row per operand.</summary>
    public static LoopNest Create(ReadOnlySpan<int> extents, params long[][] strides)
    {
        var nest = new LoopNest { Rank = 0 };
        for (int axis = 0; axis < extents.Length; axis++)
        {
            if (extents[axis] == 1) continue;
            if (nest.Rank > 0 && nest.Continues(extents[axis], strides, axis))
            {
                nest.Extents[nest.Rank - 1] *= extents[axis];
                nest.SetStrides(nest.Rank - 1, strides, axis);
            }
            else
            {
                nest.Extents[nest.Rank] = extents[axis];
                nest.SetStrides(nest.Rank++, strides, axis);
            }
        }
        if (nest.Rank == 0) (nest.Rank, nest.Extents[0]) = (1, 1);
        return nest;
    }

    /// <summary>A nest over <paramref name="output"/>, to which row-major operands of the given shapes broadcast; the last operand is the output.</summary>
    public static LoopNest Broadcast(ReadOnlySpan<int> output, params int[][] shapes)
    {
        var strides = new long[shapes.Length + 1][];
        for (int o = 0; o < shapes.Length; o++) strides[o] = BroadcastStrides(shapes[o], output.Length);
        strides[^1] = BroadcastStrides(output, output.Length);
        return Create(output, strides);
    }

    /// <summary>Row-major strides of <paramref name="shape"/>, aligned at the last of <paramref name="rank"/> axes; 0 where it repeats.</summary>
    public static long[] BroadcastStrides(ReadOnlySpan<int> shape, int rank)
    {
        var strides = new long[rank];
        long stride = 1;
        for (int axis = shape.Length - 1; axis >= 0; axis--)
        {
            strides[rank - shape.Length + axis] = shape[axis] == 1 ? 0 : stride;
            stride *= shape[axis];
        }
        return strides;
    }

    /// <summary>Row-major strides of <paramref name="shape"/>.</summary>
    public static long[] RowMajor(ReadOnlySpan<int> shape)
    {
        var strides = new long[shape.Length];
        long stride = 1;
        for (int axis = shape.Length - 1; axis >= 0; axis--) (strides[axis], stride) = (stride, stride * shape[axis]);
        return strides;
    }

    /// <summary>The same nest with <paramref name="axis"/> moved next to the innermost.</summary>
    public readonly LoopNest WithNextToInner(int axis)
    {
        var nest = this;
        for (int to = axis; to < Rank - 2; to++) nest.SetAxis(to, this, to + 1);
        if (axis < Rank - 1) nest.SetAxis(Rank - 2, this, axis);
        return nest;
    }

    /// <summary>The same nest over elements <paramref name="factor"/> times as large; every operand's innermost stride is 1 and the others divide.</summary>
    public readonly LoopNest OverLarger(int factor)
    {
        var nest = this;
        nest.Extents[Rank - 1] /= factor;
        for (int o = 0; o < MaxOperands; o++)
            for (int a = 0; a < Rank - 1; a++) nest._strides[o * MaxRank + a] /= factor;
        if (nest.Extents[Rank - 1] == 1 && Rank > 1) nest.Rank--;
        return nest;
    }

    void SetAxis(int to, in LoopNest from, int axis)
    {
        Extents[to] = from.Extents[axis];
        for (int o = 0; o < MaxOperands; o++) _strides[o * MaxRank + to] = from.Stride(o, axis);
    }

    // Whether stepping once along the axis outside equals running off the end of this one, for every operand.
    readonly bool Continues(int extent, long[][] strides, int axis)
    {
        for (int o = 0; o < strides.Length; o++)
            if (Stride(o, Rank - 1) != strides[o][axis] * extent) return false;
        return true;
    }

    void SetStrides(int axis, long[][] strides, int from)
    {
        for (int o = 0; o < strides.Length; o++) _strides[o * MaxRank + axis] = strides[o][from];
    }
}

/// <summary>Counts through the outer axes of a <see cref="LoopNest"/>, keeping each operand's offset.</summary>
unsafe struct LoopCounter
{
    fixed long _index[LoopNest.MaxRank];
    fixed long _offsets[LoopNest.MaxOperands];

    /// <summary>Where <paramref name="operand"/> stands, in elements.</summary>
    public readonly long Offset(int operand) => _offsets[operand];

    /// <summary>Moves to the next position of the axes outside <paramref name="inner"/>; false after the last.</summary>
    public bool Next(in LoopNest nest, int operands, int inner = 1)
    {
        for (int axis = nest.Rank - 1 - inner; axis >= 0; axis--)
        {
            for (int o = 0; o < operands; o++) _offsets[o] += nest.Stride(o, axis);
            if (++_index[axis] < nest.Extents[axis]) return true;
            _index[axis] = 0;
            for (int o = 0; o < operands; o++) _offsets[o] -= nest.Stride(o, axis) * nest.Extents[axis];
        }
        return false;
    }
}
