namespace EdgeQinn.Runtime.Kernels.VectorMath;

/// <summary>
/// One SIMD register of sums of products, as much of it as a register tile needs: 32-bit lanes that hold float32 (<see cref="ILanes{V}"/>), or int32 sums of
/// products of int16 pairs (<see cref="PairLanes16"/> and narrower), loaded and stored through the same pointers.
/// </summary>
public unsafe interface IProductLanes<V> where V : unmanaged, IProductLanes<V>
{
    /// <summary>Lanes per register.</summary>
    static abstract int Count { get; }

    /// <summary><see cref="Count"/> lanes from any address.</summary>
    static abstract V Load(float* p);

    /// <summary>Stores all lanes to any address.</summary>
    static abstract void Store(V value, float* p);

    /// <summary>A factor for <see cref="MultiplyAddByScalar"/>; where the CPU multiplies by one lane, the others hold anything.</summary>
    static abstract V CreateScalar(float value);

    /// <summary>a · scalar + c, rounded once where the CPU can; <paramref name="scalar"/> comes from <see cref="CreateScalar"/>.</summary>
    static abstract V MultiplyAddByScalar(V a, V scalar, V c);
}
