namespace EdgeQinn.Converter.Onnx;

/// <summary>Reading of tensors: <c>TensorProto</c> and <c>SparseTensorProto</c>.</summary>
public static partial class OnnxReader
{
    static OnnxTensor ReadTensor(WireReader reader)
    {
        long position = reader.Position;
        string name = "";
        int type = 0, strings = 0;
        bool outside = false;
        var dimensions = new List<long>();
        var integers = new List<long>();
        FixedWidthBytes floats = new(), doubles = new();
        ReadOnlyMemory<byte>? raw = null;
        Dictionary<string, string>? external = null;
        for (int field; (field = reader.Next()) != 0;)
        {
            switch (field)
            {
                case 1: reader.AppendInt64s(dimensions); break;
                case 2: type = reader.Int32(); break;
                case 3: throw reader.Fail("tensors stored in segments are not supported; save the model again with a current ONNX library");
                case 4: reader.AppendFixed(4, floats); break;
                case 5 or 7 or 11: reader.AppendInt64s(integers); break;
                case 6: reader.Skip(); strings++; break;
                case 8: name = reader.Text(); break;
                case 9: raw = reader.Bytes(); break;
                case 10: reader.AppendFixed(8, doubles); break;
                case 13: ReadEntry(reader.Message(), external ??= []); break;
                case 14: outside = reader.Int32() == 1; break;
                default: reader.Skip(); break;
            }
        }
        return new OnnxTensor
        {
            Name = name, Position = position, Dimensions = dimensions, ElementType = type, Raw = raw, Floats = floats.Bytes, Doubles = doubles.Bytes,
            Integers = integers, Strings = strings, External = outside ? external ?? [] : null,
        };
    }

    static OnnxSparseTensor ReadSparse(WireReader reader)
    {
        long position = reader.Position;
        OnnxTensor? values = null, indices = null;
        var dimensions = new List<long>();
        for (int field; (field = reader.Next()) != 0;)
        {
            switch (field)
            {
                case 1: values = ReadTensor(reader.Message()); break;
                case 2: indices = ReadTensor(reader.Message()); break;
                case 3: reader.AppendInt64s(dimensions); break;
                default: reader.Skip(); break;
            }
        }
        return values is not null && indices is not null ? new OnnxSparseTensor(values, indices, dimensions, position)
            : throw reader.Fail("a sparse tensor lacks values or indices");
    }

    static void ReadEntry(WireReader reader, Dictionary<string, string> entries)
    {
        string key = "", value = "";
        for (int field; (field = reader.Next()) != 0;)
        {
            switch (field)
            {
                case 1: key = reader.Text(); break;
                case 2: value = reader.Text(); break;
                default: reader.Skip(); break;
            }
        }
        entries[key] = value;
    }
}
