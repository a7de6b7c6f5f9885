using System.Runtime.InteropServices;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Onnx;

/// <summary>Tensors of 4-bit integers and 8-bit floats, which the runtime does not have, as the narrowest type it has that holds every value.</summary>
public sealed partial class TensorDecoder
{
    const int Float8E4M3Fn = 17, Float8E4M3FnUz = 18, Float8E5M2 = 19, Float8E5M2FnUz = 20, UInt4 = 21, Int4 = 22;

    /// <summary>Whether <see cref="DecodeWidened"/> takes tensors of element type <paramref name="number"/>.</summary>
    public static bool CanWiden(long number) => number is >= Float8E4M3Fn and <= Int4;

    /// <summary>The tensor's contents: int4 as int8, uint4 as uint8, 8-bit floats as float32.</summary>
    /// <exception cref="FileFormatException">The contents do not fill the shape.</exception>
    public EncodedTensor DecodeWidened(OnnxTensor tensor)
    {
        bool isPacked = tensor.ElementType is UInt4 or Int4;
        var element = tensor.ElementType switch { UInt4 => ElementType.UInt8, Int4 => ElementType.Int8, _ => ElementType.Float32 };
        var type = TypeOf(tensor, tensor.Dimensions, (int)element, tensor.Position);
        int stored = isPacked ? (type.Count + 1) / 2 : type.Count;
        var bytes = Decode(tensor with { ElementType = (int)ElementType.UInt8, Dimensions = [stored] }).Part("data").Bytes.Span;
        if (!isPacked)
        {
            float[] values = new float[type.Count];
            for (int i = 0; i < values.Length; i++) values[i] = Float8(bytes[i], tensor.ElementType);
            return EncodedTensor.FromBytes(type, MemoryMarshal.AsBytes(values.AsSpan()).ToArray());
        }
        byte[] integers = new byte[type.Count];
        for (int i = 0; i < integers.Length; i++)
        {
            int nibble = (bytes[i / 2] >> (4 * (i % 2))) & 15; // two per byte, the first in the low half
            integers[i] = (byte)(tensor.ElementType == Int4 && nibble > 7 ? nibble - 16 : nibble);
        }
        return EncodedTensor.FromBytes(type, integers);
    }

    /// <summary>
    /// An 8-bit float (Micikevicius et al. 2022, arXiv 2209.05433; the fnuz variants: Noune et al. 2022, arXiv 2206.02915). Sign, 4 or 5
    /// bits of exponent, 3 or 2 of mantissa. fnuz: no infinities, no −0, whose code is the only NaN, and a bias 1 larger.
    /// </summary>
    static float Float8(byte code, int type)
    {
        bool isUz = type is Float8E4M3FnUz or Float8E5M2FnUz;
        int mantissaBits = type is Float8E4M3Fn or Float8E4M3FnUz ? 3 : 2;
        int bias = (1 << (6 - mantissaBits)) - (isUz ? 0 : 1);
        int magnitude = code & 0x7f, exponent = magnitude >> mantissaBits, mantissa = magnitude & ((1 << mantissaBits) - 1);
        if (isUz && code == 0x80) return float.NaN;
        if (type == Float8E4M3Fn && magnitude == 0x7f) return float.NaN;
        float sign = code >= 0x80 ? -1 : 1;
        if (type == Float8E5M2 && exponent == 31) return mantissa == 0 ? sign * float.PositiveInfinity : float.NaN;
        return exponent == 0
            ? sign * MathF.ScaleB(mantissa, 1 - bias - mantissaBits)
            : sign * MathF.ScaleB(mantissa + (1 << mantissaBits), exponent - bias - mantissaBits);
    }
}
