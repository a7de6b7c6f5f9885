using EdgeQinn.Runtime.Diagnostics;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Tests.Kernels.Coverage;

/// <summary>An operand of a call: its elements as numbers, and as stored, for weights in other encodings.</summary>
sealed record Operand(EncodedTensor Tensor, double[] Data)
{
    public TensorType Type => Tensor.Type;

    public int[] Shape => [.. Type.Shape];

    public static Operand Of(EncodedTensor tensor)
    {
        if (!tensor.IsDense) return new(tensor, []);
        var bytes = tensor.Part("data").Bytes.Span;
        var data = new double[tensor.Type.Count];
        for (int i = 0; i < data.Length; i++) data[i] = ElementReader.Read(tensor.Type.Element, bytes, i);
        return new(tensor, data);
    }
}

/// <summary>A call to be answered by its operator's definition.</summary>
/// <param name="Attributes">The node's.</param>
/// <param name="Inputs">All operands.</param>
/// <param name="Outputs">The types of the outputs asked for.</param>
/// <param name="RunsDense">Whether an encoded weight runs as the dense matrix it stands for: then its zeros are multiplied with, too.</param>
sealed record DefinedCall(AttributeMap Attributes, Operand[] Inputs, TensorType[] Outputs, bool RunsDense)
{
    public Operand X => Inputs[0];

    public Operand? Optional(int input) => input < Inputs.Length ? Inputs[input] : null;
}

/// <summary>
/// An output by definition: element i is Values[i], and a kernel that rounds at most <paramref name="Roundings"/> times on the way there, each time by at
/// most Magnitudes[i] · u (u the unit roundoff, 2⁻²⁴ or 2⁻⁵³) or a denormal, is no farther off than γ = Roundings · u times that (Higham, Accuracy and
/// Stability of Numerical Algorithms, §3.1: whatever the order of summation). Without roundings the output is exact.
/// </summary>
sealed record Answer(double[] Values, double[] Magnitudes, double Roundings)
{
    public static Answer Exact(double[] values) => new(values, values, 0);

    /// <summary>Errors relative to the result itself.</summary>
    public static Answer Relative(double[] values, double roundings) => new(values, [.. values.Select(Math.Abs)], roundings);
}

/// <summary>Every operator's result in double precision, by plain loops over its definition, written without a look at the kernels.</summary>
static partial class Definition
{
    static readonly Dictionary<string, Func<DefinedCall, Answer[]>> ByOperator = [];

    static Definition()
    {
        AddElementwise();
        AddLinear();
        AddAxes();
        AddMovement();
        AddQuantized();
    }

    /// <summary>A rounding to a denormal float in units of u, for magnitudes: where a factor magnifies it.</summary>
    static readonly double Underflow = float.Epsilon * Math.Pow(2, 24);

    /// <summary>The outputs of a call, one for each type asked for.</summary>
    public static Answer[] Of(string op, DefinedCall call) => ByOperator[op](call);

    static void Add(string op, Func<DefinedCall, Answer> first) => ByOperator.Add(op, call => [first(call)]);

    static int Product(IEnumerable<int> sizes) => sizes.Aggregate(1, (a, b) => a * b);

    /// <summary>[outer, size, inner] of a shape around an axis.</summary>
    static (int Outer, int Size, int Inner) Split(int[] shape, int axis)
    {
        if (axis < 0) axis += shape.Length;
        return (Product(shape[..axis]), shape[axis], Product(shape[(axis + 1)..]));
    }
}
