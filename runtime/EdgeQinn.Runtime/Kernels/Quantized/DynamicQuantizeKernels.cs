namespace EdgeQinn.Runtime.Kernels.Quantized;

/// <summary>uint8 with a scale and zero point that fit the data at hand, 0 included. NaN does not count for the range and becomes level 0.</summary>
unsafe struct DynamicQuantizeArgs
{
    public float* X, Scale;
    public byte* Y, Zero;
    public long Count;
}

static unsafe class DynamicQuantizeKernels
{
    public static KernelFamily<DynamicQuantizeArgs> Family { get; } =
        new("dynamicquantize.f32", "scale = (max − min) / 255, zero = round(−min / scale), y = saturate(round(x / scale) + zero)", &Run);

    static void Run(DynamicQuantizeArgs* a)
    {
        float min = 0, max = 0;
        for (long i = 0; i < a->Count; i++) (min, max) = (float.MinNumber(min, a->X[i]), float.MaxNumber(max, a->X[i]));
        float scale = max > min ? (max - min) / 255 : 1;
        float zero = Math.Clamp(MathF.Round(-min / scale, MidpointRounding.ToEven), 0, 255);
        (*a->Scale, *a->Zero) = (scale, (byte)zero);
        for (long i = 0; i < a->Count; i++) a->Y[i] = byte.CreateSaturating(MathF.Round(a->X[i] / scale, MidpointRounding.ToEven) + zero);
    }
}
