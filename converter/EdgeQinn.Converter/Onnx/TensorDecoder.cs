using System.Buffers.Binary;
using System.Runtime.InteropServices;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Onnx;

/// <summary>Makes constants of stored tensors: checks counts before memory is taken, and keeps raw data in place.</summary>
/// <param name="file">The model's file: for messages, and the folder that external data must lie in.</param>
public sealed partial class TensorDecoder(string file)
{
    /// <summary>The most bytes one tensor may have.</summary>
    public const long MaxBytes = 1L << 30;

    /// <summary>The most bytes by which a sparse tensor may exceed what the file stores of it.</summary>
    public const int MaxSparseExpansion = 1000;

    /// <summary>A tensor's contents.</summary>
    /// <exception cref="FileFormatException">The element type is not supported, or the contents do not fill the shape.</exception>
    public EncodedTensor Decode(OnnxTensor tensor)
    {
        var type = TypeOf(tensor, tensor.Dimensions, tensor.ElementType, tensor.Position);
        if (tensor.External is { } external) return EncodedTensor.FromBytes(type, ExternalData.Read(file, Label(tensor), external, type.ByteLength));
        if (tensor.Raw is { } raw && (raw.Length > 0 || type.ByteLength == 0))
        {
            return raw.Length == type.ByteLength ? EncodedTensor.FromBytes(type, raw)
                : throw Fail(tensor, $"is {type}, {type.ByteLength} bytes, but holds {raw.Length}");
        }
        var bytes = type.Element switch
        {
            ElementType.Float32 => tensor.Floats,
            ElementType.Float64 => tensor.Doubles,
            _ => Narrow(tensor, type),
        };
        return bytes.Length == type.ByteLength ? EncodedTensor.FromBytes(type, bytes)
            : throw Fail(tensor, $"is {type} but holds {bytes.Length / type.Element.Size()} elements");
    }

    /// <summary>A sparse tensor's contents, expanded.</summary>
    /// <exception cref="FileFormatException">Indices lie outside the shape, or the expansion is out of proportion to the file.</exception>
    public EncodedTensor Decode(OnnxSparseTensor sparse)
    {
        var values = Decode(sparse.Values);
        var indices = Decode(sparse.Indices);
        var type = TypeOf(sparse.Values, sparse.Dimensions, sparse.Values.ElementType, sparse.Position);
        int count = values.Type.Count, rank = type.Rank, size = type.Element.Size();
        if (values.Type.Rank != 1 || indices.Type.Element != ElementType.Int64) throw Fail(sparse.Values, "is a sparse tensor whose values are no vector or whose indices are not int64");
        bool linear = indices.Type.Rank == 1;
        if (indices.Type.Shape[0] != count || !(linear || (indices.Type.Rank == 2 && indices.Type.Shape[1] == rank)))
            throw Fail(sparse.Values, $"has {values.Type} non-zero elements but indices {indices.Type} for rank {rank}");
        if (type.ByteLength > (1 << 20) + (long)MaxSparseExpansion * (values.Type.ByteLength + indices.Type.ByteLength))
            throw Fail(sparse.Values, $"would expand {values.Type.ByteLength} bytes to {type.ByteLength}");

        byte[] dense = new byte[type.ByteLength];
        var at = indices.Data<long>();
        var from = values.Part("data").Bytes.Span;
        for (int i = 0; i < count; i++)
        {
            long offset = linear ? at[i] : 0;
            for (int d = 0; d < rank && !linear; d++)
            {
                long index = at[i * rank + d];
                if (index < 0 || index >= type.Shape[d]) throw Fail(sparse.Values, $"has index {index} in a dimension of {type.Shape[d]}");
                offset = offset * type.Shape[d] + index;
            }
            if (offset < 0 || offset >= type.Count) throw Fail(sparse.Values, $"has index {offset} in {type.Count} elements");
            from.Slice(i * size, size).CopyTo(dense.AsSpan((int)offset * size));
        }
        return EncodedTensor.FromBytes(type, dense);
    }

    TensorType TypeOf(OnnxTensor tensor, IReadOnlyList<long> dimensions, int elementType, long position)
    {
        if (!ElementNames.TryGet(elementType, out var element))
            throw new FileFormatException(file, position, $"tensor '{Label(tensor)}' has element type {ElementNames.Name(elementType)}, which the runtime does not have");
        if (dimensions.Count > TensorType.MaxRank) throw Fail(tensor, $"has {dimensions.Count} dimensions, at most {TensorType.MaxRank}");
        int[] shape = new int[dimensions.Count];
        long bytes = element.Size();
        for (int d = 0; d < shape.Length; d++)
        {
            if (dimensions[d] is < 0 or > int.MaxValue) throw Fail(tensor, $"has dimension {dimensions[d]}");
            shape[d] = (int)dimensions[d];
            if (shape[d] > 0 && bytes > MaxBytes / shape[d]) throw Fail(tensor, $"[{string.Join(',', dimensions)}] is larger than {MaxBytes >> 20} MiB");
            bytes *= shape[d];
        }
        return new TensorType(element, shape);
    }

    /// <summary>Narrower integers, booleans and 16-bit floats lie one per varint in the integer fields.</summary>
    byte[] Narrow(OnnxTensor tensor, TensorType type)
    {
        if (tensor.Integers.Count != type.Count) throw Fail(tensor, $"is {type} but holds {tensor.Integers.Count} elements");
        int size = type.Element.Size();
        byte[] bytes = new byte[type.ByteLength];
        for (int i = 0; i < tensor.Integers.Count; i++)
        {
            long value = tensor.Integers[i];
            var at = bytes.AsSpan(i * size);
            switch (size)
            {
                case 1: at[0] = type.Element == ElementType.Bool ? (value != 0 ? (byte)1 : (byte)0) : (byte)value; break;
                case 2: BinaryPrimitives.WriteInt16LittleEndian(at, (short)value); break;
                case 4: BinaryPrimitives.WriteInt32LittleEndian(at, (int)value); break;
                default: BinaryPrimitives.WriteInt64LittleEndian(at, value); break;
            }
        }
        return bytes;
    }

    FileFormatException Fail(OnnxTensor tensor, string reason) => new(file, tensor.Position, $"tensor '{Label(tensor)}' {reason}");

    static string Label(OnnxTensor tensor) => tensor.Name.Length > 0 ? tensor.Name : "(unnamed)";
}
