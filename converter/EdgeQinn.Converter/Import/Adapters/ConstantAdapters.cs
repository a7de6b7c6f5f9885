using System.Buffers.Binary;
using EdgeQinn.Converter.Graph;
using EdgeQinn.Converter.Onnx;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Import.Adapters;

/// <summary>Operators that make constants: they leave no trace in the file.</summary>
static class ConstantAdapters
{
    public static IEnumerable<Adapter> All =>
    [
        new("Constant", 1, n => n.Output(0, n.Constant(Constant(n)))),
        new("ConstantOfShape", 9, ConstantOfShape, 0),
        new("Shape", 1, Shape),
        new("Size", 1, n => n.Output(0, n.Constant(EncodedTensor.FromSpan<long>([n.Input(0).Type.Count], [])))),
        new("Range", 11, Range, 0, 1, 2),
        new("EyeLike", 9, EyeLike),
        new("NonZero", 9, NonZero, 0),
    ];

    static EncodedTensor Constant(NodeImporter n)
    {
        if (n.Node.Attributes.Count != 1) throw n.Fail($"needs one value, not {n.Node.Attributes.Count}");
        string name = n.Node.Attributes.Keys.First();
        return n.Get<object>(name, "a value") switch
        {
            OnnxTensor tensor when name == "value" => n.Importer.DecodeConstant(tensor),
            OnnxSparseTensor sparse when name == "sparse_value" => n.Importer.Decode(sparse),
            float value when name == "value_float" => EncodedTensor.FromSpan<float>([value], []),
            long value when name == "value_int" => EncodedTensor.FromSpan<long>([value], []),
            float[] values when name == "value_floats" => EncodedTensor.FromSpan<float>(values, values.Length),
            long[] values when name == "value_ints" => EncodedTensor.FromSpan<long>(values, values.Length),
            _ => throw n.Fail($"has a value '{name}' that is not supported"),
        };
    }

    static void ConstantOfShape(NodeImporter n)
    {
        long[] dimensions = n.ConstantInts(0, "the shape") ?? throw n.Fail("the shape is missing");
        var fill = n.Get<OnnxTensor>("value", "a tensor") is { } tensor ? n.Importer.Decode(tensor) : EncodedTensor.FromSpan<float>([0f], 1);
        if (fill.Type.Count != 1) throw n.Fail($"the value is {fill.Type}, expected one element");
        int[] shape = Array.ConvertAll(dimensions, d => n.ToInt32(d, "dimension"));
        n.Output(0, n.Constant(Filled(n, new TensorType(fill.Type.Element, shape), fill.Part("data").Bytes.Span)));
    }

    static EncodedTensor Filled(NodeImporter n, TensorType type, ReadOnlySpan<byte> element)
    {
        byte[] bytes = new byte[CheckedBytes(n, type)];
        for (int at = 0; at < bytes.Length; at += element.Length) element.CopyTo(bytes.AsSpan(at));
        return EncodedTensor.FromBytes(type, bytes);
    }

    static long CheckedBytes(NodeImporter n, TensorType type)
    {
        long bytes = type.Element.Size();
        foreach (int d in type.Shape)
        {
            if (d < 0 || (d > 0 && bytes > ConstantFolder.MaxGrowth / d)) throw n.Fail($"would make a constant {type}, larger than {ConstantFolder.MaxGrowth >> 20} MiB");
            bytes *= d;
        }
        if ((n.Importer.GrowthLeft -= bytes) < 0) throw n.Fail($"brings what constants grow by to more than {ConstantFolder.MaxTotalGrowth >> 20} MiB");
        return type.Rank <= TensorType.MaxRank ? bytes : throw n.Fail($"would make a constant of rank {type.Rank}, at most {TensorType.MaxRank}");
    }

    static void Shape(NodeImporter n)
    {
        var shape = n.Input(0).Type.Shape;
        int Clamp(long at) => (int)Math.Clamp(at < 0 ? at + shape.Length : at, 0, shape.Length);
        int start = Clamp(n.Int("start", 0)), end = Clamp(n.Int("end", shape.Length));
        long[] taken = [.. shape.Skip(start).Take(Math.Max(end - start, 0)).Select(d => (long)d)];
        n.Output(0, n.Constant(EncodedTensor.FromSpan<long>(taken, taken.Length)));
    }

    static void Range(NodeImporter n)
    {
        var element = n.Input(0).Type.Element;
        for (int i = 0; i < 3; i++)
            if (n.Input(i).Constant is not { IsDense: true } || n.Input(i).Type.Count != 1) throw n.Fail($"value '{n.Input(i).Name}' must be one number known at conversion");
        double Number(int i) => BinaryPrimitives.ReadDoubleLittleEndian(n.Cast(n.Input(i), ElementType.Float64).Constant!.Part("data").Bytes.Span);
        double start = Number(0), limit = Number(1), delta = Number(2);
        double count = Math.Max(Math.Ceiling((limit - start) / delta), 0);
        if (!(count <= ConstantFolder.MaxGrowth / 8)) throw n.Fail($"from {start} to {limit} by {delta} is no range of at most {ConstantFolder.MaxGrowth / 8} numbers");
        double[] values = new double[(int)count];
        for (int i = 0; i < values.Length; i++) values[i] = start + i * delta;
        n.Output(0, n.Cast(n.Constant(EncodedTensor.FromSpan<double>(values, values.Length)), element));
    }

    static void EyeLike(NodeImporter n)
    {
        var type = n.Input(0).Type;
        if (type.Rank != 2) throw n.Fail($"needs a matrix, not {type}");
        long to = n.Int("dtype", (long)type.Element), k = n.Int("k", 0);
        CheckedBytes(n, type);
        float[] eye = new float[type.Count];
        for (int row = 0; row < type.Shape[0]; row++)
            if (row + k >= 0 && row + k < type.Shape[1]) eye[row * type.Shape[1] + row + k] = 1;
        n.Output(0, n.Cast(n.Constant(EncodedTensor.FromSpan<float>(eye, [.. type.Shape])), (ElementType)to));
    }

    static void NonZero(NodeImporter n)
    {
        var x = n.Input(0);
        if (x.Constant is not { IsDense: true } constant) throw n.Fail($"value '{x.Name}' must be known at conversion, since it decides the result's shape");
        int size = x.Type.Element.Size(), rank = x.Type.Rank;
        var bytes = constant.Part("data").Bytes.Span;
        var found = new List<int>();
        for (int i = 0; i < x.Type.Count; i++)
            if (bytes.Slice(i * size, size).ContainsAnyExcept((byte)0)) found.Add(i);
        long[] indices = new long[rank * found.Count];
        for (int f = 0; f < found.Count; f++)
        {
            int rest = found[f];
            for (int d = rank - 1; d >= 0; d--)
            {
                indices[d * found.Count + f] = rest % x.Type.Shape[d];
                rest /= x.Type.Shape[d];
            }
        }
        n.Output(0, n.Constant(EncodedTensor.FromSpan<long>(indices, rank, found.Count)));
    }
}
