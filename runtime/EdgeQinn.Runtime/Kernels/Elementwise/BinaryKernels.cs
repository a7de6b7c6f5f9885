using System.Numerics;
using System.Runtime.CompilerServices;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels.Elementwise;

/// <summary>y = f(a, b) with broadcasting. Operands of the nest: a, b, y.</summary>
unsafe struct BinaryArgs
{
    public void* A, B, Y;
    public LoopNest Nest;
}

/// <summary>A row of a binary operation: <paramref name="n"/> elements, a and b each with stride 0, 1 or any other.</summary>
unsafe interface IBinaryRow<T, R> where T : unmanaged where R : unmanaged
{
    static abstract void Run(T* a, long strideA, T* b, long strideB, R* y, long n);
}

/// <summary>The kernels of binary operators: plain rows for every type, vector rows for float32.</summary>
static unsafe class BinaryKernels
{
    /// <summary>f over all number types.</summary>
    public static KernelFamily<BinaryArgs> Number<TOp>(ElementType type) where TOp : INumberBinary =>
        NumberTypes.Visit<NumberVisitor<TOp>, KernelFamily<BinaryArgs>>(type, default);

    /// <summary>As <see cref="Number"/>, with vectors for float32.</summary>
    public static KernelFamily<BinaryArgs> Vectorized<TOp>(ElementType type) where TOp : INumberBinary, ILanesBinary =>
        type == ElementType.Float32 ? VectorFamily<TOp>.Float32 : Number<TOp>(type);

    /// <summary>f over the integer types.</summary>
    public static KernelFamily<BinaryArgs> Integer<TOp>(ElementType type) where TOp : IIntegerBinary =>
        NumberTypes.VisitInteger<IntegerVisitor<TOp>, KernelFamily<BinaryArgs>>(type, default);

    /// <summary>A comparison of numbers; gives bytes 0 and 1.</summary>
    public static KernelFamily<BinaryArgs> Comparison<TOp>(ElementType type) where TOp : IComparison =>
        NumberTypes.Visit<ComparisonVisitor<TOp>, KernelFamily<BinaryArgs>>(type, default);

    /// <summary>f over truth values: bytes 0 and 1.</summary>
    public static KernelFamily<BinaryArgs> Logical<TOp>() where TOp : ILogicalBinary => LogicalFamily<TOp>.Value;

    static void Run<TRow, T, R>(BinaryArgs* args) where TRow : IBinaryRow<T, R> where T : unmanaged where R : unmanaged
    {
        ref readonly var nest = ref args->Nest;
        if (nest.Count == 0) return;
        long n = nest.Inner, strideA = nest.Stride(0, nest.Rank - 1), strideB = nest.Stride(1, nest.Rank - 1);
        var at = new LoopCounter();
        do TRow.Run((T*)args->A + at.Offset(0), strideA, (T*)args->B + at.Offset(1), strideB, (R*)args->Y + at.Offset(2), n);
        while (at.Next(nest, 3));
    }

    static KernelFamily<BinaryArgs> Family<TRow, T, R>(string name, string formula, ElementType type)
        where TRow : IBinaryRow<T, R> where T : unmanaged where R : unmanaged =>
        new($"{name}.{type.Short()}", $"y = {formula}, broadcast", &Run<TRow, T, R>);

    static class NumberFamily<TOp, T> where TOp : INumberBinary where T : unmanaged, INumber<T>, IMinMaxValue<T>
    {
        public static readonly KernelFamily<BinaryArgs> Value = Family<NumberRow<TOp, T>, T, T>(TOp.Name, TOp.Formula, ElementTypes.Of<T>());
    }

    static class VectorFamily<TOp> where TOp : INumberBinary, ILanesBinary
    {
        public static readonly KernelFamily<BinaryArgs> Float32 = Family<NumberRow<TOp, float>, float, float>(TOp.Name, TOp.Formula, ElementType.Float32)
            .With(Isa.Vector128, &Run<VectorRow<TOp, Lanes4>, float, float>)
            .With(Isa.Avx2, Cpu.HasAvx2 ? &Run<VectorRow<TOp, Lanes8>, float, float> : null)
            .With(Isa.Avx512, Cpu.HasAvx512 ? &Run<VectorRow<TOp, Lanes16>, float, float> : null);
    }

    static class IntegerFamily<TOp, T> where TOp : IIntegerBinary where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
    {
        public static readonly KernelFamily<BinaryArgs> Value = Family<IntegerRow<TOp, T>, T, T>(TOp.Name, TOp.Formula, ElementTypes.Of<T>());
    }

    static class ComparisonFamily<TOp, T> where TOp : IComparison where T : unmanaged, INumber<T>
    {
        public static readonly KernelFamily<BinaryArgs> Value = Family<ComparisonRow<TOp, T>, T, byte>(TOp.Name, TOp.Formula, ElementTypes.Of<T>());
    }

    static class LogicalFamily<TOp> where TOp : ILogicalBinary
    {
        public static readonly KernelFamily<BinaryArgs> Value = Family<LogicalRow<TOp>, byte, byte>(TOp.Name, TOp.Formula, ElementType.Bool);
    }

    readonly struct NumberVisitor<TOp> : INumberVisitor<KernelFamily<BinaryArgs>> where TOp : INumberBinary
    {
        public KernelFamily<BinaryArgs> Visit<T>() where T : unmanaged, INumber<T>, IMinMaxValue<T> => NumberFamily<TOp, T>.Value;
    }

    readonly struct IntegerVisitor<TOp> : IIntegerVisitor<KernelFamily<BinaryArgs>> where TOp : IIntegerBinary
    {
        public KernelFamily<BinaryArgs> Visit<T>() where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T> => IntegerFamily<TOp, T>.Value;
    }

    readonly struct ComparisonVisitor<TOp> : INumberVisitor<KernelFamily<BinaryArgs>> where TOp : IComparison
    {
        public KernelFamily<BinaryArgs> Visit<T>() where T : unmanaged, INumber<T>, IMinMaxValue<T> => ComparisonFamily<TOp, T>.Value;
    }

    readonly struct NumberRow<TOp, T> : IBinaryRow<T, T> where TOp : INumberBinary where T : unmanaged, INumber<T>, IMinMaxValue<T>
    {
        public static void Run(T* a, long strideA, T* b, long strideB, T* y, long n)
        {
            for (long i = 0; i < n; i++) y[i] = TOp.Invoke(a[i * strideA], b[i * strideB]);
        }
    }

    readonly struct IntegerRow<TOp, T> : IBinaryRow<T, T> where TOp : IIntegerBinary where T : unmanaged, IBinaryInteger<T>, IMinMaxValue<T>
    {
        public static void Run(T* a, long strideA, T* b, long strideB, T* y, long n)
        {
            for (long i = 0; i < n; i++) y[i] = TOp.Invoke(a[i * strideA], b[i * strideB]);
        }
    }

    readonly struct ComparisonRow<TOp, T> : IBinaryRow<T, byte> where TOp : IComparison where T : unmanaged, INumber<T>
    {
        public static void Run(T* a, long strideA, T* b, long strideB, byte* y, long n)
        {
            for (long i = 0; i < n; i++) y[i] = TOp.Invoke(a[i * strideA], b[i * strideB]) ? (byte)1 : (byte)0;
        }
    }

    readonly struct LogicalRow<TOp> : IBinaryRow<byte, byte> where TOp : ILogicalBinary
    {
        public static void Run(byte* a, long strideA, byte* b, long strideB, byte* y, long n)
        {
            for (long i = 0; i < n; i++) y[i] = TOp.Invoke(a[i * strideA] != 0, b[i * strideB] != 0) ? (byte)1 : (byte)0;
        }
    }

    // Lane i holds element i; the last n mod V.Count elements go through a vector loaded and stored in part.
    readonly struct VectorRow<TOp, V> : IBinaryRow<float, float> where TOp : ILanesBinary where V : unmanaged, ILanes<V>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static void Run(float* a, long strideA, float* b, long strideB, float* y, long n)
        {
            if (strideA == 1 && strideB == 1) Rows(a, b, y, n);
            else if (strideA == 1) RowScalar(a, V.Create(*b), y, n);
            else if (strideB == 1) ScalarRow(V.Create(*a), b, y, n);
            else Fill(TOp.Lanes(V.Create(*a), V.Create(*b)), y, n);
        }

        static void Rows(float* a, float* b, float* y, long n)
        {
            long i = 0;
            for (; i <= n - V.Count; i += V.Count) V.Store(TOp.Lanes(V.Load(a + i), V.Load(b + i)), y + i);
            if (i < n) V.StoreFirst(TOp.Lanes(V.LoadFirst(a + i, (int)(n - i)), V.LoadFirst(b + i, (int)(n - i))), y + i, (int)(n - i));
        }

        static void RowScalar(float* a, V b, float* y, long n)
        {
            long i = 0;
            for (; i <= n - V.Count; i += V.Count) V.Store(TOp.Lanes(V.Load(a + i), b), y + i);
            if (i < n) V.StoreFirst(TOp.Lanes(V.LoadFirst(a + i, (int)(n - i)), b), y + i, (int)(n - i));
        }

        static void ScalarRow(V a, float* b, float* y, long n)
        {
            long i = 0;
            for (; i <= n - V.Count; i += V.Count) V.Store(TOp.Lanes(a, V.Load(b + i)), y + i);
            if (i < n) V.StoreFirst(TOp.Lanes(a, V.LoadFirst(b + i, (int)(n - i))), y + i, (int)(n - i));
        }

        // Both repeat: only where the output of a variadic operator is wider than its first two operands.
        static void Fill(V value, float* y, long n)
        {
            long i = 0;
            for (; i <= n - V.Count; i += V.Count) V.Store(value, y + i);
            if (i < n) V.StoreFirst(value, y + i, (int)(n - i));
        }
    }
}
