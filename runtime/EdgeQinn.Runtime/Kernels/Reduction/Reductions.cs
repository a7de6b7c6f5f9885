using System.Numerics;
using System.Runtime.CompilerServices;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels.Reduction;

readonly struct Summation : ILanesReduction
{
    public static string Name => "reduce.sum";
    public static string Formula => "Σx";
    public static A Start<A>() where A : unmanaged, INumber<A>, IMinMaxValue<A> => A.Zero;
    public static A Step<A>(A sum, A x) where A : unmanaged, INumber<A>, IMinMaxValue<A> => sum + x;
    public static A Finish<A>(A sum, long count, A maximum) where A : unmanaged, INumber<A>, IMinMaxValue<A> => sum;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V StepLanes<V>(V sum, V x) where V : unmanaged, ILanes<V> => sum + x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Join<V>(V a, V b) where V : unmanaged, ILanes<V> => a + b;

    public static float Join(float a, float b) => a + b;
}

/// <summary>For integers the mean is cut off.</summary>
readonly struct Average : ILanesReduction
{
    public static string Name => "reduce.mean";
    public static string Formula => "Σx / n";
    public static A Start<A>() where A : unmanaged, INumber<A>, IMinMaxValue<A> => A.Zero;
    public static A Step<A>(A sum, A x) where A : unmanaged, INumber<A>, IMinMaxValue<A> => sum + x;
    public static A Finish<A>(A sum, long count, A maximum) where A : unmanaged, INumber<A>, IMinMaxValue<A> => sum / A.CreateTruncating(count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V StepLanes<V>(V sum, V x) where V : unmanaged, ILanes<V> => sum + x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Join<V>(V a, V b) where V : unmanaged, ILanes<V> => a + b;

    public static float Join(float a, float b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V FinishLanes<V>(V sum, V count) where V : unmanaged, ILanes<V> => sum / count;
}

readonly struct Maximum : ILanesReduction
{
    public static string Name => "reduce.max";
    public static string Formula => "max x";
    public static A Start<A>() where A : unmanaged, INumber<A>, IMinMaxValue<A> => ReductionMath.Lowest<A>();
    public static A Step<A>(A sum, A x) where A : unmanaged, INumber<A>, IMinMaxValue<A> => A.Max(sum, x);
    public static A Finish<A>(A sum, long count, A maximum) where A : unmanaged, INumber<A>, IMinMaxValue<A> => sum;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V StepLanes<V>(V sum, V x) where V : unmanaged, ILanes<V> => Lanes.Maximum(sum, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Join<V>(V a, V b) where V : unmanaged, ILanes<V> => Lanes.Maximum(a, b);

    public static float Join(float a, float b) => MathF.Max(a, b);
}

readonly struct Minimum : ILanesReduction
{
    public static string Name => "reduce.min";
    public static string Formula => "min x";
    public static A Start<A>() where A : unmanaged, INumber<A>, IMinMaxValue<A> => ReductionMath.Highest<A>();
    public static A Step<A>(A sum, A x) where A : unmanaged, INumber<A>, IMinMaxValue<A> => A.Min(sum, x);
    public static A Finish<A>(A sum, long count, A maximum) where A : unmanaged, INumber<A>, IMinMaxValue<A> => sum;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V StepLanes<V>(V sum, V x) where V : unmanaged, ILanes<V> => Lanes.Minimum(sum, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Join<V>(V a, V b) where V : unmanaged, ILanes<V> => Lanes.Minimum(a, b);

    public static float Join(float a, float b) => MathF.Min(a, b);
}

readonly struct Product : ILanesReduction
{
    public static string Name => "reduce.prod";
    public static string Formula => "∏x";
    public static A Start<A>() where A : unmanaged, INumber<A>, IMinMaxValue<A> => A.One;
    public static A Step<A>(A sum, A x) where A : unmanaged, INumber<A>, IMinMaxValue<A> => sum * x;
    public static A Finish<A>(A sum, long count, A maximum) where A : unmanaged, INumber<A>, IMinMaxValue<A> => sum;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V StepLanes<V>(V sum, V x) where V : unmanaged, ILanes<V> => sum * x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Join<V>(V a, V b) where V : unmanaged, ILanes<V> => a * b;

    public static float Join(float a, float b) => a * b;
}

readonly struct AbsoluteSum : ILanesReduction
{
    public static string Name => "reduce.l1";
    public static string Formula => "Σ|x|";
    public static A Start<A>() where A : unmanaged, INumber<A>, IMinMaxValue<A> => A.Zero;
    public static A Step<A>(A sum, A x) where A : unmanaged, INumber<A>, IMinMaxValue<A> => x < A.Zero ? sum - x : sum + x;
    public static A Finish<A>(A sum, long count, A maximum) where A : unmanaged, INumber<A>, IMinMaxValue<A> => sum;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V StepLanes<V>(V sum, V x) where V : unmanaged, ILanes<V> => sum + V.AndNot(x, V.Create(-0f));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Join<V>(V a, V b) where V : unmanaged, ILanes<V> => a + b;

    public static float Join(float a, float b) => a + b;
}

readonly struct EuclideanNorm : ILanesReduction
{
    public static string Name => "reduce.l2";
    public static string Formula => "√Σx²";
    public static A Start<A>() where A : unmanaged, INumber<A>, IMinMaxValue<A> => A.Zero;
    public static A Step<A>(A sum, A x) where A : unmanaged, INumber<A>, IMinMaxValue<A> => sum + x * x;
    public static A Finish<A>(A sum, long count, A maximum) where A : unmanaged, INumber<A>, IMinMaxValue<A> => A.CreateSaturating(Math.Sqrt(double.CreateTruncating(sum)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V StepLanes<V>(V sum, V x) where V : unmanaged, ILanes<V> => V.MultiplyAdd(x, x, sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Join<V>(V a, V b) where V : unmanaged, ILanes<V> => a + b;

    public static float Join(float a, float b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V FinishLanes<V>(V sum, V count) where V : unmanaged, ILanes<V> => V.Sqrt(sum);
}

readonly struct SquareSum : ILanesReduction
{
    public static string Name => "reduce.sumsquare";
    public static string Formula => "Σx²";
    public static A Start<A>() where A : unmanaged, INumber<A>, IMinMaxValue<A> => A.Zero;
    public static A Step<A>(A sum, A x) where A : unmanaged, INumber<A>, IMinMaxValue<A> => sum + x * x;
    public static A Finish<A>(A sum, long count, A maximum) where A : unmanaged, INumber<A>, IMinMaxValue<A> => sum;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V StepLanes<V>(V sum, V x) where V : unmanaged, ILanes<V> => V.MultiplyAdd(x, x, sum);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Join<V>(V a, V b) where V : unmanaged, ILanes<V> => a + b;

    public static float Join(float a, float b) => a + b;
}

readonly struct LogSum : ILanesReduction
{
    public static string Name => "reduce.logsum";
    public static string Formula => "ln Σx";
    public static A Start<A>() where A : unmanaged, INumber<A>, IMinMaxValue<A> => A.Zero;
    public static A Step<A>(A sum, A x) where A : unmanaged, INumber<A>, IMinMaxValue<A> => sum + x;
    public static A Finish<A>(A sum, long count, A maximum) where A : unmanaged, INumber<A>, IMinMaxValue<A> => A.CreateSaturating(Math.Log(double.CreateTruncating(sum)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V StepLanes<V>(V sum, V x) where V : unmanaged, ILanes<V> => sum + x;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Join<V>(V a, V b) where V : unmanaged, ILanes<V> => a + b;

    public static float Join(float a, float b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V FinishLanes<V>(V sum, V count) where V : unmanaged, ILanes<V> => Lanes.Log(sum);
}

readonly struct LogSumExp : IReduction
{
    public static string Name => "reduce.logsumexp";
    public static string Formula => "ln Σeˣ";
    public static bool RelativeToMaximum => true;

    /// <summary>The shift for a maximum; 0 where that is not finite.</summary>
    public static A FiniteShift<A>(A maximum) where A : unmanaged, INumber<A> => A.IsFinite(maximum) ? maximum : A.Zero;

    public static A Start<A>() where A : unmanaged, INumber<A>, IMinMaxValue<A> => A.Zero;
    public static A Step<A>(A sum, A x) where A : unmanaged, INumber<A>, IMinMaxValue<A> => sum + A.CreateSaturating(Math.Exp(double.CreateTruncating(x)));
    public static A Finish<A>(A sum, long count, A maximum) where A : unmanaged, INumber<A>, IMinMaxValue<A> => A.CreateSaturating(double.CreateTruncating(maximum) + Math.Log(double.CreateTruncating(sum)));
}

static class ReductionMath
{
    /// <summary>−∞, or the least integer.</summary>
    public static A Lowest<A>() where A : unmanaged, INumber<A>, IMinMaxValue<A> => typeof(A) == typeof(double) ? A.CreateTruncating(double.NegativeInfinity) : A.MinValue;

    /// <summary>∞, or the greatest integer.</summary>
    public static A Highest<A>() where A : unmanaged, INumber<A>, IMinMaxValue<A> => typeof(A) == typeof(double) ? A.CreateTruncating(double.PositiveInfinity) : A.MaxValue;
}
