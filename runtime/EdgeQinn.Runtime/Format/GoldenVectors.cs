using System.Runtime.InteropServices;

namespace EdgeQinn.Runtime.Format;

/// <summary>An array of every golden case: the name and type of the graph's input or output it belongs to.</summary>
public readonly record struct GoldenArray(string Name, TensorType Type);

/// <summary>
/// Inputs with the outputs they must give: cases × (inputs, then outputs), each array in the model's own shape.
/// A result r passes against the expected value e when |r − e| ≤ absolute + relative·|e|.
/// </summary>
public sealed class GoldenVectors
{
    /// <summary>Where each array of a case starts.</summary>
    const int CaseAlignment = 8;

    readonly ReadOnlyMemory<byte> _data;
    readonly int[] _offsets;
    readonly int _caseBytes;

    GoldenVectors(float absolute, float relative, GoldenArray[] inputs, GoldenArray[] outputs, int cases, ReadOnlyMemory<byte> data)
    {
        (AbsoluteTolerance, RelativeTolerance, Inputs, Outputs, CaseCount, _data) = (absolute, relative, inputs, outputs, cases, data);
        (_offsets, long caseBytes) = Layout([.. inputs, .. outputs]);
        _caseBytes = (int)caseBytes;
    }

    /// <summary>The absolute part of the tolerance.</summary>
    public float AbsoluteTolerance { get; }

    /// <summary>The relative part of the tolerance.</summary>
    public float RelativeTolerance { get; }

    /// <summary>The arrays a case feeds.</summary>
    public IReadOnlyList<GoldenArray> Inputs { get; }

    /// <summary>The arrays a case expects.</summary>
    public IReadOnlyList<GoldenArray> Outputs { get; }

    /// <summary>The number of cases.</summary>
    public int CaseCount { get; }

    /// <summary>The bytes of input <paramref name="input"/> of a case.</summary>
    public ReadOnlySpan<byte> Input(int index, int input) => Array(index, Inputs[input], input);

    /// <summary>The bytes of output <paramref name="output"/> of a case.</summary>
    public ReadOnlySpan<byte> Output(int index, int output) => Array(index, Outputs[output], Inputs.Count + output);

    /// <summary>
    /// Takes cases from arrays named after the graph's inputs and outputs. An array has the value's own shape (one case), or a first axis
    /// that counts the cases where the value's is 1 (a batch), or one axis more in front. All arrays must hold the same number of cases.
    /// Outputs without an array are not compared; arrays named after nothing are ignored.
    /// </summary>
    /// <param name="archive">The arrays.</param>
    /// <param name="graph">The network.</param>
    /// <param name="absolute">The absolute tolerance.</param>
    /// <param name="relative">The relative tolerance.</param>
    /// <param name="maxCases">The most cases to take, from the first.</param>
    /// <exception cref="GraphException">An array is missing or does not fit; the message names it.</exception>
    public static GoldenVectors FromArrays(NpzFile archive, ModelGraph graph, float absolute = 1e-4f, float relative = 1e-5f, int maxCases = int.MaxValue)
    {
        var inputs = graph.Inputs.Select(v => Named(graph.Values[v])).ToArray();
        var outputs = graph.Outputs.Select(v => Named(graph.Values[v])).Where(o => archive.Find(o.Name) is not null).ToArray();
        if (outputs.Length == 0)
            throw new GraphException($"no array is named after an output ({Names(graph, graph.Outputs)}); there are {string.Join(", ", archive.Names)}");

        GoldenArray[] all = [.. inputs, .. outputs];
        var contents = new ReadOnlyMemory<byte>[all.Length];
        int cases = -1;
        for (int i = 0; i < all.Length; i++)
        {
            var array = archive.Find(all[i].Name) ?? throw new GraphException($"no array is named after input '{all[i].Name}'; there are {string.Join(", ", archive.Names)}");
            int count = Cases(array, all[i]);
            if (cases >= 0 && count != cases) throw new GraphException($"array '{all[i].Name}' holds {count} cases, '{all[0].Name}' {cases}");
            (cases, contents[i]) = (count, Elements(array, all[i]));
        }

        cases = Math.Min(cases, maxCases);
        var (offsets, caseBytes) = Layout(all);
        if (caseBytes * cases > EqnLayout.MaxTensorBytes) throw new GraphException($"{cases} golden cases of {caseBytes} bytes are more than {EqnLayout.MaxTensorBytes >> 20} MiB");
        byte[] data = new byte[caseBytes * cases];
        for (int c = 0; c < cases; c++)
            for (int i = 0; i < all.Length; i++)
            {
                int bytes = (int)all[i].Type.ByteLength;
                contents[i].Span.Slice(c * bytes, bytes).CopyTo(data.AsSpan((int)caseBytes * c + offsets[i]));
            }
        return new GoldenVectors(absolute, relative, inputs, outputs, cases, data);
    }

    /// <summary>The same inputs with other outputs: <paramref name="compute"/> gives those of a case, in order.</summary>
    internal GoldenVectors WithOutputs(Func<int, byte[][]> compute)
    {
        byte[] data = _data.ToArray();
        for (int c = 0; c < CaseCount; c++)
        {
            var outputs = compute(c);
            for (int o = 0; o < outputs.Length; o++) outputs[o].CopyTo(data, c * _caseBytes + _offsets[Inputs.Count + o]);
        }
        return new GoldenVectors(AbsoluteTolerance, RelativeTolerance, [.. Inputs], [.. Outputs], CaseCount, data);
    }

    /// <summary>Reads the golden section.</summary>
    internal static GoldenVectors Read(ByteReader reader, ReadOnlyMemory<byte> section)
    {
        float absolute = reader.F32(), relative = reader.F32();
        if (!(absolute >= 0) || !(relative >= 0)) throw reader.Fail("a tolerance is negative or not a number", 8);
        int cases = reader.I32();
        if (cases < 0) throw reader.Fail("too many cases", 4);
        var inputs = ReadArrays(ref reader, "inputs");
        var outputs = ReadArrays(ref reader, "outputs");
        reader.Align(EqnLayout.Alignment);
        long caseBytes = Layout([.. inputs, .. outputs]).CaseBytes;
        if (caseBytes == 0 && cases > 0) throw reader.Fail("golden cases hold no element");
        if (caseBytes * (Int128)cases != reader.Remaining) throw reader.Fail($"{cases} cases of {caseBytes} bytes do not fill the {reader.Remaining} bytes left");
        return new GoldenVectors(absolute, relative, inputs, outputs, cases, section[reader.Offset..]);
    }

    /// <summary>Writes the golden section.</summary>
    internal ReadOnlyMemory<byte> Write()
    {
        var writer = new ByteWriter();
        writer.F32(AbsoluteTolerance);
        writer.F32(RelativeTolerance);
        writer.I32(CaseCount);
        foreach (var arrays in (ReadOnlySpan<IReadOnlyList<GoldenArray>>)[Inputs, Outputs])
        {
            writer.I32(arrays.Count);
            foreach (var array in arrays)
            {
                writer.Text(array.Name);
                writer.Type(array.Type);
            }
        }
        writer.Align(EqnLayout.Alignment);
        writer.Bytes(_data.Span);
        return writer.Written;
    }

    static GoldenArray[] ReadArrays(ref ByteReader reader, string what)
    {
        var arrays = new GoldenArray[reader.Count(what, 8)];
        foreach (ref var array in arrays.AsSpan()) array = new GoldenArray(reader.Text(), reader.Type());
        return arrays;
    }

    static (int[] Offsets, long CaseBytes) Layout(ReadOnlySpan<GoldenArray> arrays)
    {
        var offsets = new int[arrays.Length];
        long end = 0;
        for (int i = 0; i < arrays.Length; i++)
        {
            offsets[i] = (int)end;
            end = EqnLayout.Align(end + arrays[i].Type.ByteLength, CaseAlignment);
        }
        return (offsets, end);
    }

    ReadOnlySpan<byte> Array(int index, GoldenArray array, int slot)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)index, (uint)CaseCount);
        return _data.Span.Slice(index * _caseBytes + _offsets[slot], (int)array.Type.ByteLength);
    }

    static GoldenArray Named(Value value) => new(value.Name, value.Type);

    static string Names(ModelGraph graph, IReadOnlyList<int> values) => string.Join(", ", values.Select(v => $"'{graph.Values[v].Name}'"));

    /// <summary>How many cases an array holds.</summary>
    static int Cases(NpyArray array, GoldenArray wanted)
    {
        ReadOnlySpan<int> shape = array.Shape, type = wanted.Type.Shape.AsSpan();
        if (shape.SequenceEqual(type)) return 1;
        if (shape.Length == type.Length && type.Length > 0 && type[0] == 1 && shape[1..].SequenceEqual(type[1..])) return shape[0];
        if (shape.Length == type.Length + 1 && shape[1..].SequenceEqual(type)) return shape[0];
        throw new GraphException($"array '{wanted.Name}' has shape [{string.Join(',', shape.ToArray())}], which is no number of cases of {wanted.Type}");
    }

    /// <summary>The elements in the value's type: the same bytes, or floating-point numbers rounded to float32.</summary>
    static ReadOnlyMemory<byte> Elements(NpyArray array, GoldenArray wanted)
    {
        if (ElementOf(array.Type) == wanted.Type.Element) return array.Bytes.ToArray();
        if (wanted.Type.Element == ElementType.Float32 && array.Type is NpyType.Float64 or NpyType.Float16)
            return MemoryMarshal.AsBytes<float>(array.ToSingles()).ToArray();
        throw new GraphException($"array '{wanted.Name}' holds {array.Type}, the model {wanted.Type}");
    }

    static ElementType ElementOf(NpyType type) => type switch
    {
        NpyType.Bool => ElementType.Bool,
        NpyType.Int8 => ElementType.Int8,
        NpyType.Int16 => ElementType.Int16,
        NpyType.Int32 => ElementType.Int32,
        NpyType.Int64 => ElementType.Int64,
        NpyType.UInt8 => ElementType.UInt8,
        NpyType.UInt16 => ElementType.UInt16,
        NpyType.UInt32 => ElementType.UInt32,
        NpyType.UInt64 => ElementType.UInt64,
        NpyType.Float16 => ElementType.Float16,
        NpyType.Float32 => ElementType.Float32,
        _ => ElementType.Float64,
    };
}
