namespace EdgeQinn.Runtime.Kernels;

/// <summary>
/// The float32 vector operations of one instruction set, so that a kernel body is written once and the compiler makes one machine-code
/// version per instruction set. Implementations are empty structs; every call inlines to one instruction where the set has it.
/// </summary>
/// <typeparam name="TVector">The register type.</typeparam>
unsafe interface ILanes<TVector> where TVector : struct
{
    /// <summary>Floats in one register.</summary>
    static abstract int Count { get; }

    /// <summary>Reads <see cref="Count"/> floats at any address.</summary>
    static abstract TVector Load(float* source);

    /// <summary>Writes <see cref="Count"/> floats at any address.</summary>
    static abstract void Store(float* target, TVector value);

    /// <summary>One float in every lane.</summary>
    static abstract TVector Broadcast(float value);

    /// <summary>a·b + c with one rounding; two on a CPU without fused multiply-add.</summary>
    static abstract TVector MultiplyAdd(TVector a, TVector b, TVector c);

    /// <summary>a + b.</summary>
    static abstract TVector Add(TVector a, TVector b);

    /// <summary>a − b.</summary>
    static abstract TVector Subtract(TVector a, TVector b);

    /// <summary>a·b.</summary>
    static abstract TVector Multiply(TVector a, TVector b);

    /// <summary>The larger of a and b; NaN where either is.</summary>
    static abstract TVector Max(TVector a, TVector b);

    /// <summary>min(hi, max(lo, x)); NaN where x is. lo and hi are no NaN.</summary>
    static abstract TVector Clamp(TVector x, TVector lo, TVector hi);

    /// <summary>The maxima of adjacent pairs of the sequence a, b: lane i is max(ab[2i], ab[2i+1]); NaN where either is.</summary>
    static abstract TVector MaxPairs(TVector a, TVector b);
}
