using System.Buffers.Binary;
using EdgeQinn.Converter.Graph;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Passes;

/// <summary>What recognisers of exporters' idioms look for.</summary>
static class Pattern
{
    const int MaxProductDepth = 6;

    /// <summary>The node of operator <paramref name="op"/> whose first output is <paramref name="value"/>; null where something else computes it.</summary>
    public static IrNode? From(this IrValue? value, string op) => value?.Producer is { } node && node.Operator == op && node.Outputs[0] == value ? node : null;

    /// <summary>The number that a float32 constant holds in all its elements; null where it is no such constant.</summary>
    public static double? Number(this IrValue? value)
    {
        if (value?.Constant is not { IsDense: true, Type: { Element: ElementType.Float32, Count: > 0 } } constant) return null;
        var bytes = constant.Part("data").Bytes.Span;
        for (int i = 4; i < bytes.Length; i++)
            if (bytes[i] != bytes[i - 4]) return null;
        return BinaryPrimitives.ReadSingleLittleEndian(bytes);
    }

    /// <summary>Whether <paramref name="value"/> is <paramref name="expected"/> as far as float32 tells.</summary>
    public static bool Is(this double? value, double expected) => value is { } v && Math.Abs(v - expected) <= 1e-6 * Math.Abs(expected);

    /// <summary>A sum of a value and a number: y = x + c.</summary>
    public static (IrValue X, double C)? PlusNumber(this IrValue? value) => value.From("Add") is not { } add ? null
        : add.Inputs[1].Number() is { } second ? (add.Inputs[0]!, second) : add.Inputs[0].Number() is { } first ? (add.Inputs[1]!, first) : null;

    /// <summary>
    /// The value as a product: a number times factors. Products inside it that nothing else reads are taken apart, a few levels deep;
    /// division by a number counts.
    /// </summary>
    public static (double Number, List<IrValue> Factors) Product(this IrValue value)
    {
        double number = 1;
        var factors = new List<IrValue>();
        Collect(value, 0);
        return (number, factors);

        void Collect(IrValue v, int depth)
        {
            if (v.Number() is { } c) number *= c;
            else if ((depth == 0 || (v.HasOneUse && depth < MaxProductDepth)) && v.From("Mul") is { } mul)
            {
                Collect(mul.Inputs[0]!, depth + 1);
                Collect(mul.Inputs[1]!, depth + 1);
            }
            else if ((depth == 0 || (v.HasOneUse && depth < MaxProductDepth)) && v.From("Div") is { } div && div.Inputs[1].Number() is { } divisor and not 0)
            {
                number /= divisor;
                Collect(div.Inputs[0]!, depth + 1);
            }
            else factors.Add(v);
        }
    }
}
