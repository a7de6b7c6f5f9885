namespace EdgeQinn.Converter.Import.Adapters;

/// <summary>The sliding window that convolutions and pools share, with <c>auto_pad</c> resolved to pads.</summary>
/// <param name="Kernel">Sizes, one per spatial axis.</param>
/// <param name="Strides">Steps, one per spatial axis.</param>
/// <param name="Dilations">Distances between taps, one per spatial axis.</param>
/// <param name="Pads">All begins, then all ends.</param>
sealed record Windows(int[] Kernel, int[] Strides, int[] Dilations, int[] Pads)
{
    /// <summary>Reads the attributes for input <paramref name="spatial"/>; <paramref name="kernel"/> is that of the weights, where there are some.</summary>
    public static Windows Read(NodeImporter n, ReadOnlySpan<int> spatial, int[]? kernel)
    {
        int rank = spatial.Length;
        int[] given = Read(n, "kernel_shape", rank) ?? kernel ?? throw n.Fail("attribute 'kernel_shape' is missing");
        if (kernel is not null && !given.SequenceEqual(kernel)) throw n.Fail($"kernel_shape {string.Join('×', given)} differs from the weights' {string.Join('×', kernel)}");
        int[] ones = [.. Enumerable.Repeat(1, rank)];
        int[] strides = Read(n, "strides", rank) ?? ones, dilations = Read(n, "dilations", rank) ?? ones;
        foreach (int value in given.Concat(strides).Concat(dilations))
            if (value < 1) throw n.Fail($"kernel, strides and dilations must be positive, not {value}");

        int[]? explicitPads = Read(n, "pads", 2 * rank);
        string mode = n.Text("auto_pad", "NOTSET");
        int[] pads = mode switch
        {
            "NOTSET" or "" => explicitPads ?? new int[2 * rank],
            "VALID" => new int[2 * rank],
            "SAME_UPPER" or "SAME_LOWER" => Same(spatial, given, strides, dilations, mode == "SAME_UPPER"),
            _ => throw n.Fail($"auto_pad '{mode}' is unknown"),
        };
        return new Windows(given, strides, dilations, pads);
    }

    /// <summary>A list attribute of <paramref name="length"/> integers, or null where absent.</summary>
    public static int[]? Read(NodeImporter n, string name, int length)
    {
        if (n.Ints(name) is not { } values) return null;
        if (values.Length != length) throw n.Fail($"attribute '{name}' has {values.Length} values, expected {length}");
        return Array.ConvertAll(values, v => n.ToInt32(v, name));
    }

    /// <summary>Pads so that the output has ⌈input / stride⌉ elements; an odd one goes to the end (upper) or the beginning (lower).</summary>
    static int[] Same(ReadOnlySpan<int> spatial, int[] kernel, int[] strides, int[] dilations, bool upper)
    {
        int rank = spatial.Length;
        int[] pads = new int[2 * rank];
        for (int i = 0; i < rank; i++)
        {
            long outputs = (spatial[i] + (long)strides[i] - 1) / strides[i];
            long total = Math.Max((outputs - 1) * strides[i] + (kernel[i] - 1L) * dilations[i] + 1 - spatial[i], 0);
            int total32 = (int)Math.Min(total, int.MaxValue), half = total32 / 2;
            (pads[i], pads[i + rank]) = upper ? (half, total32 - half) : (total32 - half, half);
        }
        return pads;
    }
}
