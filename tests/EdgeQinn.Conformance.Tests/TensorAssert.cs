using System.Runtime.InteropServices;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using Xunit;

namespace EdgeQinn.Conformance.Tests;

/// <summary>
/// Compares as ONNX's backend runner does: floating point within 1e-7 + 1e-3·|expected|, everything else exactly. bfloat16, whose steps
/// are wider than that, may differ by one step: the suite's data cuts digits off where ONNX Runtime and this runtime round.
/// </summary>
static class TensorAssert
{
    const double Relative = 1e-3, Absolute = 1e-7, BFloat16Step = 1.0 / 128;

    public static void Agree(EncodedTensor expected, Tensor actual)
    {
        // NumPy has no bfloat16: the suite stores its bits as uint16.
        if (actual.Type.Element == ElementType.BFloat16 && expected.Type.Element == ElementType.UInt16)
            expected = EncodedTensor.FromBytes(new TensorType(ElementType.BFloat16, expected.Type.Shape), expected.Part("data").Bytes);
        Assert.Equal(expected.Type, actual.Type);
        ReadOnlySpan<byte> want = expected.Part("data").Bytes.Span, got = actual.AsBytes();
        for (int i = 0; i < expected.Type.Count; i++)
        {
            switch (expected.Type.Element)
            {
                case ElementType.Float32: Close(actual.Name, i, At<float>(want, i), At<float>(got, i)); break;
                case ElementType.Float64: Close(actual.Name, i, At<double>(want, i), At<double>(got, i)); break;
                case ElementType.Float16: Close(actual.Name, i, (double)At<Half>(want, i), (double)At<Half>(got, i)); break;
                case ElementType.BFloat16: Close(actual.Name, i, BFloat16(want, i), BFloat16(got, i), BFloat16Step); break;
                default:
                    int size = expected.Type.Element.Size();
                    Assert.True(want.Slice(i * size, size).SequenceEqual(got.Slice(i * size, size)), $"'{actual.Name}' differs at element {i}");
                    break;
            }
        }
    }

    static T At<T>(ReadOnlySpan<byte> bytes, int index) where T : unmanaged => MemoryMarshal.Cast<byte, T>(bytes)[index];

    static double BFloat16(ReadOnlySpan<byte> bytes, int index) => BitConverter.Int32BitsToSingle(At<ushort>(bytes, index) << 16);

    static void Close(string name, int index, double expected, double actual, double relative = Relative)
    {
        bool close = expected.Equals(actual) || Math.Abs(expected - actual) <= Absolute + relative * Math.Abs(expected);
        Assert.True(close, $"'{name}' differs at element {index}: expected {expected}, got {actual}");
    }
}
