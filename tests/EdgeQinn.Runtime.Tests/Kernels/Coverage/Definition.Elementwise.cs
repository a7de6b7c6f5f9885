using EdgeQinn.Runtime.Format;
using static EdgeQinn.Runtime.Tests.Operators.Tensors;

namespace EdgeQinn.Runtime.Tests.Kernels.Coverage;

static partial class Definition
{
    /// <summary>Operators of one operand: the function, and roundings relative to |x| + |y| (to |y| alone where the documented error is in units of its last place).</summary>
    static readonly Dictionary<string, (Func<double, AttributeMap, double> F, double Roundings, bool OfResult)> Unary = new()
    {
        ["Relu"] = ((x, _) => x < 0 ? 0 : x, 0, true), ["Abs"] = ((x, _) => Math.Abs(x), 0, true), ["Neg"] = ((x, _) => -x, 0, true),
        ["Sign"] = ((x, _) => double.IsNaN(x) ? x : Math.Sign(x), 0, true), ["Floor"] = ((x, _) => Math.Floor(x), 0, true), ["Ceil"] = ((x, _) => Math.Ceiling(x), 0, true),
        ["Round"] = ((x, _) => Math.Round(x, MidpointRounding.ToEven), 0, true), ["Not"] = ((x, _) => 1 - x, 0, true), ["BitwiseNot"] = ((x, _) => -1 - x, 0, true),
        ["IsNaN"] = ((x, _) => double.IsNaN(x) ? 1 : 0, 0, true), ["IsInf"] = ((x, _) => double.IsInfinity(x) ? 1 : 0, 0, true),
        ["ThresholdedRelu"] = ((x, a) => x <= a.Float("alpha", 1) ? 0 : x, 0, true),
        ["Reciprocal"] = ((x, _) => 1 / x, 1, true), ["Sqrt"] = ((x, _) => Math.Sqrt(x), 1, true),
        ["Exp"] = ((x, _) => Math.Exp(x), 2, true), ["Log"] = ((x, _) => Math.Log(x), 4, true), ["Erf"] = ((x, _) => Erf(x), 6, true),
        ["Sigmoid"] = ((x, _) => 1 / (1 + Math.Exp(-x)), 6, true), ["Tanh"] = ((x, _) => Math.Tanh(x), 6, true),
        ["Sin"] = ((x, _) => Math.Sin(x), 4, true), ["Cos"] = ((x, _) => Math.Cos(x), 4, true), ["Tan"] = ((x, _) => Math.Tan(x), 4, true),
        ["Asin"] = ((x, _) => Math.Asin(x), 4, true), ["Acos"] = ((x, _) => Math.Acos(x), 4, true), ["Atan"] = ((x, _) => Math.Atan(x), 4, true),
        ["Sinh"] = ((x, _) => Math.Sinh(x), 4, true), ["Cosh"] = ((x, _) => Math.Cosh(x), 4, true),
        ["Asinh"] = ((x, _) => Math.Asinh(x), 4, true), ["Acosh"] = ((x, _) => Math.Acosh(x), 4, true), ["Atanh"] = ((x, _) => Math.Atanh(x), 4, true),
        ["Softplus"] = ((x, _) => Softplus(x), 8, false), ["Softsign"] = ((x, _) => double.IsInfinity(x) ? double.NaN : x / (1 + Math.Abs(x)), 3, true),
        ["Mish"] = ((x, _) => x * Math.Tanh(Softplus(x)), 16, false), ["HardSwish"] = ((x, _) => x * Math.Clamp(x / 6 + 0.5, 0, 1), 4, false),
        ["HardSigmoid"] = ((x, a) => Math.Clamp(a.Float("alpha", 0.2f) * x + a.Float("beta", 0.5f), 0, 1), 2, false),
        ["LeakyRelu"] = ((x, a) => x < 0 ? a.Float("alpha", 0.01f) * x : x, 1, true),
        ["Elu"] = ((x, a) => Elu(x, a.Float("alpha", 1)), 8, true), ["Celu"] = ((x, a) => a.Float("alpha", 1) * Elu(x / a.Float("alpha", 1), 1), 8, true),
        ["Selu"] = ((x, a) => a.Float("gamma", 1.05070102f) * Elu(x, a.Float("alpha", 1.67326319f)), 8, true),
        ["Gelu"] = ((x, a) => a.Text("approximate") == "tanh" ? x / 2 * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))) : x * (1 + Erf(x / Math.Sqrt(2))) / 2, 16, false),
        ["Shrink"] = ((x, a) => x < -a.Float("lambd", 0.5f) ? x + a.Float("bias") : x > a.Float("lambd", 0.5f) ? x - a.Float("bias") : double.IsNaN(x) ? x : 0, 1, false),
    };

    /// <summary>Operators of two operands, broadcast; for floats the roundings are relative to the result.</summary>
    static readonly Dictionary<string, (Func<double, double, AttributeMap, bool, double> F, double Roundings)> Binary = new()
    {
        ["Add"] = ((a, b, _, _) => a + b, 1), ["Sub"] = ((a, b, _, _) => a - b, 1), ["Mul"] = ((a, b, _, _) => a * b, 1),
        ["Div"] = ((a, b, _, integer) => integer ? b == 0 ? 0 : Math.Truncate(a / b) : a / b, 1),
        ["Min"] = ((a, b, _, _) => Math.Min(a, b), 0), ["Max"] = ((a, b, _, _) => Math.Max(a, b), 0), ["PRelu"] = ((a, b, _, _) => a < 0 ? a * b : a, 1),
        ["Mean"] = ((a, b, _, _) => (a + b) / 2, 3), ["Pow"] = ((a, b, _, _) => Math.Pow(a, b), 4),
        ["Mod"] = ((a, b, at, integer) => integer && b == 0 ? 0 : at.Int("fmod") == 0 && a % b * b < 0 ? a % b + b : a % b, 1),
        ["Equal"] = ((a, b, _, _) => a == b ? 1 : 0, 0), ["Greater"] = ((a, b, _, _) => a > b ? 1 : 0, 0), ["GreaterOrEqual"] = ((a, b, _, _) => a >= b ? 1 : 0, 0),
        ["Less"] = ((a, b, _, _) => a < b ? 1 : 0, 0), ["LessOrEqual"] = ((a, b, _, _) => a <= b ? 1 : 0, 0),
        ["And"] = ((a, b, _, _) => a * b, 0), ["Or"] = ((a, b, _, _) => Math.Max(a, b), 0), ["Xor"] = ((a, b, _, _) => a == b ? 0 : 1, 0),
        ["BitwiseAnd"] = ((a, b, _, _) => (long)a & (long)b, 0), ["BitwiseOr"] = ((a, b, _, _) => (long)a | (long)b, 0), ["BitwiseXor"] = ((a, b, _, _) => (long)a ^ (long)b, 0),
        ["BitShift"] = ((a, b, at, _) => at.Text("direction") == "LEFT" ? a * Math.Pow(2, b) : Math.Floor(a / Math.Pow(2, b)), 0),
    };

    static void AddElementwise()
    {
        foreach (var (op, (f, roundings, ofResult)) in Unary)
            Add(op, call =>
            {
                double[] y = [.. call.X.Data.Select(x => Wrapped(f(x, call.Attributes), call.Outputs[0].Element))];
                return new(y, [.. call.X.Data.Zip(y, (x, v) => Math.Abs(v) + (ofResult ? 0 : Math.Abs(x)))], roundings);
            });
        foreach (var (op, (f, roundings)) in Binary)
            Add(op, call =>
            {
                bool integer = call.X.Type.Element is not (ElementType.Float32 or ElementType.Float64);
                int[] shape = [.. call.Outputs[0].Shape];
                double[] y = [.. Indices(shape).Select(i => Wrapped(f(At(call.X, i), At(call.Inputs[1], i), call.Attributes, integer), call.Outputs[0].Element))];
                double[] size = op is "Mod" or "Mean" ? [.. Indices(shape).Select(i => Math.Abs(At(call.X, i)) + Math.Abs(At(call.Inputs[1], i)))] : [.. y.Select(Math.Abs)];
                return new(y, size, roundings);
            });
        Add("Clip", call => Answer.Exact([.. call.X.Data.Select(x => Math.Min(Math.Max(x, call.Inputs[1].Data[0]), call.Inputs[2].Data[0]))]));
        Add("Where", call => Answer.Exact([.. Indices([.. call.Outputs[0].Shape]).Select(i => At(call.X, i) != 0 ? At(call.Inputs[1], i) : At(call.Inputs[2], i))]));
        Add("Cast", call => Answer.Exact([.. call.X.Data.Select(x => Cast(x, call.Outputs[0].Element))]));
    }

    /// <summary>The element that broadcasting puts at <paramref name="index"/> of the result.</summary>
    static double At(Operand x, int[] index)
    {
        int[] shape = x.Shape;
        int flat = 0;
        for (int axis = 0; axis < shape.Length; axis++) flat = flat * shape[axis] + (shape[axis] == 1 ? 0 : index[index.Length - shape.Length + axis]);
        return x.Data[flat];
    }

    /// <summary>Unsigned integers wrap around.</summary>
    static double Wrapped(double x, ElementType type) => type == ElementType.UInt64 && x < 0 ? x + Math.Pow(2, 64) : x;

    /// <summary>Fractions cut off, out of range saturates, NaN is 0; to bool: x ≠ 0. Only for sources that wrap nowhere.</summary>
    static double Cast(double x, ElementType to) => to switch
    {
        ElementType.Float64 => x,
        ElementType.Float32 => (float)x,
        ElementType.Float16 => (double)(Half)x,
        ElementType.BFloat16 => BFloat16(x),
        ElementType.Bool => x != 0 ? 1 : 0,
        ElementType.Int8 => Saturated(x, sbyte.MinValue, sbyte.MaxValue),
        ElementType.Int16 => Saturated(x, short.MinValue, short.MaxValue),
        ElementType.Int32 => Saturated(x, int.MinValue, int.MaxValue),
        ElementType.Int64 => Saturated(x, long.MinValue, long.MaxValue),
        ElementType.UInt8 => Saturated(x, 0, byte.MaxValue),
        ElementType.UInt16 => Saturated(x, 0, ushort.MaxValue),
        ElementType.UInt32 => Saturated(x, 0, uint.MaxValue),
        _ => Saturated(x, 0, ulong.MaxValue),
    };

    /// <summary>The upper half of a float, to nearest even.</summary>
    static double BFloat16(double x)
    {
        uint bits = BitConverter.SingleToUInt32Bits((float)x);
        return float.IsNaN((float)x) ? x : BitConverter.UInt32BitsToSingle((bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000);
    }

    static double Saturated(double x, double least, double most) => double.IsNaN(x) ? 0 : Math.Clamp(Math.Truncate(x), least, most);

    public static double Softplus(double x) => Math.Max(x, 0) + Math.Log(1 + Math.Exp(-Math.Abs(x)));

    // e^x − 1 = 2 sinh(x / 2) e^(x / 2), without cancellation; −1 to double precision below −40.
    public static double Elu(double x, double alpha) => x < 0 ? x < -40 ? -alpha : alpha * 2 * Math.Sinh(x / 2) * Math.Exp(x / 2) : x;

    /// <summary>Abramowitz and Stegun 7.1.6: a series whose terms have one sign.</summary>
    public static double Erf(double x)
    {
        if (double.IsNaN(x) || Math.Abs(x) > 6) return double.IsNaN(x) ? x : Math.Sign(x);
        double term = x, sum = x;
        for (int n = 1; n < 400 && Math.Abs(term) > 1e-18 * Math.Abs(sum); n++)
        {
            term *= 2 * x * x / (2 * n + 1);
            sum += term;
        }
        return 2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x) * sum;
    }
}
