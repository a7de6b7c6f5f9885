namespace EdgeQinn.Converter.Onnx;

/// <summary>Reading of inputs' and outputs' types: <c>ValueInfoProto</c> and what is in it.</summary>
public static partial class OnnxReader
{
    static OnnxValueInfo ReadValueInfo(WireReader reader)
    {
        long position = reader.Position;
        string name = "";
        int element = 0;
        List<OnnxDimension>? shape = null;
        for (int field; (field = reader.Next()) != 0;)
        {
            switch (field)
            {
                case 1: name = reader.Text(); break;
                case 2: ReadType(reader.Message(), ref element, ref shape); break;
                default: reader.Skip(); break;
            }
        }
        return new OnnxValueInfo(name, element, shape, position);
    }

    /// <summary>TypeProto: only tensors (field 1) have a shape that matters here; sequences, maps and optionals leave the element type 0.</summary>
    static void ReadType(WireReader reader, ref int element, ref List<OnnxDimension>? shape)
    {
        for (int field; (field = reader.Next()) != 0;)
        {
            if (field != 1)
            {
                reader.Skip();
                continue;
            }
            var tensor = reader.Message();
            for (int inner; (inner = tensor.Next()) != 0;)
            {
                switch (inner)
                {
                    case 1: element = tensor.Int32(); break;
                    case 2: shape = ReadShape(tensor.Message()); break;
                    default: tensor.Skip(); break;
                }
            }
        }
    }

    static List<OnnxDimension> ReadShape(WireReader reader)
    {
        var shape = new List<OnnxDimension>();
        for (int field; (field = reader.Next()) != 0;)
        {
            if (field != 1)
            {
                reader.Skip();
                continue;
            }
            long? size = null;
            string symbol = "";
            var dimension = reader.Message();
            for (int inner; (inner = dimension.Next()) != 0;)
            {
                switch (inner)
                {
                    case 1: size = dimension.Int64(); break;
                    case 2: symbol = dimension.Text(); break;
                    default: dimension.Skip(); break;
                }
            }
            shape.Add(new OnnxDimension(size, symbol));
        }
        return shape;
    }
}
