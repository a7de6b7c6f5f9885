using System.Numerics;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels.Elementwise;

/// <summary>y = f(x; α, β) over <see cref="Count"/> elements. y may be x.</summary>
unsafe struct UnaryArgs
{
    public void* X, Y;
    public long Count;
    public float Alpha, Beta;
}

/// <summary>The kernels of unary operators: plain loops for every type, vectors for float32.</summary>
static unsafe class UnaryKernels
{
    /// <summary>f over all number types.</summary>
    public static KernelFamily<UnaryArgs> Number<TOp>(ElementType type) where TOp : INumberUnary =>
        NumberTypes.Visit<NumberVisitor<TOp>, KernelFamily<UnaryArgs>>(type, default);

    /// <summary>As <see cref="Number"/>, with vectors for float32.</summary>
    public static KernelFamily<UnaryArgs> NumberLanes<TOp>(ElementType type) where TOp : INumberUnary, ILanesUnary =>
        type == ElementType.Float32 ? NumberLanesFamily<TOp>.Float32 : Number<TOp>(type);

    /// <summary>f over the floating-point types.</summary>
    public static KernelFamily<UnaryArgs> Float<TOp>(ElementType type) where TOp : IFloatUnary =>
        NumberTypes.VisitFloat<FloatVisitor<TOp>, KernelFamily<UnaryArgs>>(type, default);

    /// <summary>As <see cref="Float"/>, with vectors for float32.</summary>
    public static KernelFamily<UnaryArgs> FloatLanes<TOp>(ElementType type) where TOp : IFloatUnary, ILanesUnary =>
        type == ElementType.Float32 ? FloatLanesFamily<TOp>.Float32 : Float<TOp>(type);

    /// <summary>f over the integer types.</summary>
    public static KernelFamily<UnaryArgs> Integer<TOp>(ElementType type) where TOp : IIntegerUnary =>
        NumberTypes.VisitInteger<IntegerVisitor<TOp>, KernelFamily<UnaryArgs>>(type, default);

    /// <summary>A question about floating-point numbers; gives bytes 0 and 1.</summary>
    public static KernelFamily<UnaryArgs> Test<TOp>(ElementType type) where TOp : IFloatTest =>
        NumberTypes.VisitFloat<TestVisitor<TOp>, KernelFamily<UnaryArgs>>(type, default);

    /// <summary>y = ¬x over bytes 0 and 1.</summary>
    public static KernelFamily<UnaryArgs> Not { get; } = new("not.bool", "y = ¬x", &Negate);

    static KernelFamily<UnaryArgs> Family<TOp>(ElementType type, delegate*<UnaryArgs*, void> reference) where TOp : INamedOperation =>
        new($"{TOp.Name}.{type.Short()}", $"y = {TOp.Formula}", reference);

    static KernelFamily<UnaryArgs> AddLanes<TOp>(KernelFamily<UnaryArgs> family) where TOp : ILanesUnary => family
        .With(Isa.Vector128, &RunLanes<TOp, Lanes4>)
        .With(Isa.Avx2, Cpu.HasAvx2 ? &RunLanes<TOp, Lanes8> : null)
        .With(Isa.Avx512, Cpu.HasAvx512 ? &RunLanes<TOp, Lanes16> : null);

    static void RunNumber<TOp, T>(UnaryArgs* a) where TOp : INumberUnary where T : unmanaged, INumber<T>
    {
        T* x = (T*)a->X, y = (T*)a->Y;
        for (long i = 0; i < a->Count; i++) y[i] = TOp.Invoke(x[i]);
    }

    static void RunFloat<TOp, T>(UnaryArgs* a) where TOp : IFloatUnary where T : unmanaged, IFloatingPointIeee754<T>
    {
        T* x = (T*)a->X, y = (T*)a->Y;
        T alpha = T.CreateTruncating(a->Alpha), beta = T.CreateTruncating(a->Beta);
        for (long i = 0; i < a->Count; i++) y[i] = TOp.Invoke(x[i], alpha, beta);
    }

    static void RunInteger<TOp, T>(UnaryArgs* a) where TOp : IIntegerUnary where T : unmanaged, IBinaryInteger<T>
    {
        T* x = (T*)a->X, y = (T*)a->Y;
        for (long i = 0; i < a->Count; i++) y[i] = TOp.Invoke(x[i]);
    }

    static void RunTest<TOp, T>(UnaryArgs* a) where TOp : IFloatTest where T : unmanaged, IFloatingPointIeee754<T>
    {
        T* x = (T*)a->X;
        byte* y = (byte*)a->Y;
        for (long i = 0; i < a->Count; i++) y[i] = TOp.Invoke(x[i], a->Alpha != 0, a->Beta != 0) ? (byte)1 : (byte)0;
    }

    static void Negate(UnaryArgs* a)
    {
        byte* x = (byte*)a->X, y = (byte*)a->Y;
        for (long i = 0; i < a->Count; i++) y[i] = x[i] == 0 ? (byte)1 : (byte)0;
    }

    // Lane i holds element i; the last Count mod V.Count elements go through a vector loaded and stored in part.
    static void RunLanes<TOp, V>(UnaryArgs* a) where TOp : ILanesUnary where V : unmanaged, ILanes<V>
    {
        float* x = (float*)a->X, y = (float*)a->Y;
        V alpha = V.Create(a->Alpha), beta = V.Create(a->Beta);
        long i = 0, n = a->Count;
        for (; i <= n - V.Count; i += V.Count) V.Store(TOp.Lanes(V.Load(x + i), alpha, beta), y + i);
        if (i < n) V.StoreFirst(TOp.Lanes(V.LoadFirst(x + i, (int)(n - i)), alpha, beta), y + i, (int)(n - i));
    }

    static class NumberFamily<TOp, T> where TOp : INumberUnary where T : unmanaged, INumber<T>
    {
        public static readonly KernelFamily<UnaryArgs> Value = Family<TOp>(ElementTypes.Of<T>(), &RunNumber<TOp, T>);
    }

    static class NumberLanesFamily<TOp> where TOp : INumberUnary, ILanesUnary
    {
        public static readonly KernelFamily<UnaryArgs> Float32 = AddLanes<TOp>(Family<TOp>(ElementType.Float32, &RunNumber<TOp, float>));
    }

    static class FloatFamily<TOp, T> where TOp : IFloatUnary where T : unmanaged, IFloatingPointIeee754<T>
    {
        public static readonly KernelFamily<UnaryArgs> Value = Family<TOp>(ElementTypes.Of<T>(), &RunFloat<TOp, T>);
    }

    static class FloatLanesFamily<TOp> where TOp : IFloatUnary, ILanesUnary
    {
        public static readonly KernelFamily<UnaryArgs> Float32 = AddLanes<TOp>(Family<TOp>(ElementType.Float32, &RunFloat<TOp, float>));
    }

    static class IntegerFamily<TOp, T> where TOp : IIntegerUnary where T : unmanaged, IBinaryInteger<T>
    {
        public static readonly KernelFamily<UnaryArgs> Value = Family<TOp>(ElementTypes.Of<T>(), &RunInteger<TOp, T>);
    }

    static class TestFamily<TOp, T> where TOp : IFloatTest where T : unmanaged, IFloatingPointIeee754<T>
    {
        public static readonly KernelFamily<UnaryArgs> Value = Family<TOp>(ElementTypes.Of<T>(), &RunTest<TOp, T>);
    }

    readonly struct NumberVisitor<TOp> : INumberVisitor<KernelFamily<UnaryArgs>> where TOp : INumberUnary
    {
        public KernelFamily<UnaryArgs> Visit<T>() where T : unmanaged, INumber<T>, IMinMaxValue<T> => NumberFamily<TOp, T>.Value;
    }

    readonly struct FloatVisitor<TOp> : IFloatVisitor<KernelFamily<UnaryArgs>> where TOp : IFloatUnary
    {
        public KernelFamily<UnaryArgs> Visit<T>() where T : unmanaged, IFloatingPointIeee754<T>, IMinMaxValue<T> => FloatFamily<TOp, T>.Value;
    }

    readonly struct IntegerVisitor<TOp> : IIntegerVisitor<KernelFamily<UnaryArgs>> where TOp : IIntegerUnary
    {
        public KernelFamily<UnaryArgs> Visit<T>() where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> => IntegerFamily<TOp, T>.Value;
    }

    readonly struct TestVisitor<TOp> : IFloatVisitor<KernelFamily<UnaryArgs>> where TOp : IFloatTest
    {
        public KernelFamily<UnaryArgs> Visit<T>() where T : unmanaged, IFloatingPointIeee754<T>, IMinMaxValue<T> => TestFamily<TOp, T>.Value;
    }
}
