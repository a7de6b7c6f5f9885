using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels.Recurrent;

/// <summary>
/// σ and tanh of gates on Arm64, by the formulas of <see cref="Lanes"/> but with their constants in registers over a loop: four factors share one (FMLA by
/// element), and 2ⁿ takes n from the last bits of its sum with 1.5 · 2²³ instead of a conversion.
/// </summary>
/// <remarks>To be made outside the loop, from <see cref="Constants"/> that came as an argument: the compiler would load what it knows anew for every use.</remarks>
readonly unsafe ref struct GateActivations
{
    readonly Vector128<float> _reduction, _polynomial, _rest, _magic, _least, _most, _lower, _upper, _one, _two;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public GateActivations(float* constants)
    {
        (_reduction, _polynomial, _rest) = (Vector128.Load(constants), Vector128.Load(constants + 4), Vector128.Load(constants + 8));
        (_magic, _least, _most) = (Vector128.Create(constants[9]), Vector128.Create(constants[10]), Vector128.Create(constants[11]));
        (_lower, _upper, _one, _two) = (Vector128.Create(constants[12]), Vector128.Create(constants[13]), Vector128.Create(constants[14]), Vector128.Create(constants[15]));
    }

    /// <summary>
    /// −log₂e, 2 log₂e, ln 2 in two parts; P of <see cref="Lanes"/>' eʳ = 1 + r + r² P(r), 1.5 · 2²³; the range in which e⁻ˣ is normal, that in which tanh is not ±1; 1, 2.
    /// </summary>
    public static float* Constants => (float*)Unsafe.AsPointer(ref MemoryMarshal.GetReference<float>(
    [
        -1.44269504f, 2.88539008f, 0.693115234f, 3.19461833e-5f,
        4.9999993432e-01f, 1.6666520399e-01f, 4.1668390787e-02f, 8.3687451133e-03f,
        1.3814540019e-03f, 12582912f, -87f, 87f,
        -9.02f, 9.02f, 1f, 2f,
    ]));

    /// <summary>1 + e⁻ˣ of two registers side by side, whose chains of dependent instructions overlap; σ(x) is 1 over it. NaN stays NaN; beyond ±87 as at ±87.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public (Vector128<float> A, Vector128<float> B) OnePlusExpOfMinus(Vector128<float> a, Vector128<float> b)
    {
        a = AdvSimd.Min(_most, AdvSimd.Max(_least, a));
        b = AdvSimd.Min(_most, AdvSimd.Max(_least, b));
        Vector128<float> k = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(_magic, a, _reduction, 0), l = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(_magic, b, _reduction, 0);
        Vector128<float> n = k - _magic, m = l - _magic;
        // −r = x + n ln 2.
        a = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(a, n, _reduction, 2);
        b = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(b, m, _reduction, 2);
        a = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(a, n, _reduction, 3);
        b = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(b, m, _reduction, 3);
        Vector128<float> squareA = a * a, squareB = b * b;
        Vector128<float> lowA = AdvSimd.Arm64.FusedMultiplySubtractBySelectedScalar(AdvSimd.DuplicateSelectedScalarToVector128(_polynomial, 0), a, _polynomial, 1);
        Vector128<float> lowB = AdvSimd.Arm64.FusedMultiplySubtractBySelectedScalar(AdvSimd.DuplicateSelectedScalarToVector128(_polynomial, 0), b, _polynomial, 1);
        Vector128<float> highA = AdvSimd.Arm64.FusedMultiplySubtractBySelectedScalar(AdvSimd.DuplicateSelectedScalarToVector128(_polynomial, 2), a, _polynomial, 3);
        Vector128<float> highB = AdvSimd.Arm64.FusedMultiplySubtractBySelectedScalar(AdvSimd.DuplicateSelectedScalarToVector128(_polynomial, 2), b, _polynomial, 3);
        highA = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(highA, squareA, _rest, 0);
        highB = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(highB, squareB, _rest, 0);
        lowA = AdvSimd.FusedMultiplyAdd(lowA, highA, squareA);
        lowB = AdvSimd.FusedMultiplyAdd(lowB, highB, squareB);
        a = AdvSimd.FusedMultiplyAdd(_one - a, lowA, squareA);
        b = AdvSimd.FusedMultiplyAdd(_one - b, lowB, squareB);
        return (AdvSimd.FusedMultiplyAdd(_one, a, PowerOfTwo(k)), AdvSimd.FusedMultiplyAdd(_one, b, PowerOfTwo(l)));
    }

    /// <summary>tanh x; NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector128<float> Tanh(Vector128<float> x)
    {
        x = AdvSimd.Min(_upper, AdvSimd.Max(_lower, x));
        Vector128<float> k = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(_magic, x, _reduction, 1), n = k - _magic, r = x + x;
        r = AdvSimd.Arm64.FusedMultiplySubtractBySelectedScalar(r, n, _reduction, 2);
        r = AdvSimd.Arm64.FusedMultiplySubtractBySelectedScalar(r, n, _reduction, 3);
        Vector128<float> square = r * r, low = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(AdvSimd.DuplicateSelectedScalarToVector128(_polynomial, 0), r, _polynomial, 1);
        Vector128<float> high = AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(AdvSimd.DuplicateSelectedScalarToVector128(_polynomial, 2), r, _polynomial, 3);
        low = AdvSimd.FusedMultiplyAdd(low, AdvSimd.Arm64.FusedMultiplyAddBySelectedScalar(high, square, _rest, 0), square);
        // e²ˣ − 1 = 2ⁿ (eʳ − 1) + (2ⁿ − 1), over itself plus 2.
        var power = PowerOfTwo(k);
        var t = AdvSimd.FusedMultiplyAdd(power - _one, AdvSimd.FusedMultiplyAdd(r, low, square), power);
        return t / (t + _two);
    }

    /// <summary>2ⁿ of n + 1.5 · 2²³: the bits of n, moved to the exponent, and those of 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    Vector128<float> PowerOfTwo(Vector128<float> shifted) => ((shifted.AsInt32() << 23) + _one.AsInt32()).AsSingle();
}
