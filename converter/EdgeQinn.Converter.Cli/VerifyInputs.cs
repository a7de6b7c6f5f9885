using System.Runtime.InteropServices;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Cli;

/// <summary>Where the inputs of a comparison come from: a data file, the file's golden vectors, or a seeded generator.</summary>
static class VerifyInputs
{
    /// <summary>The bytes of each input, by name, for each case.</summary>
    /// <exception cref="GraphException">An array is missing or does not fit.</exception>
    public static IReadOnlyList<IReadOnlyDictionary<string, byte[]>> Read(ModelGraph graph, EqnFile eqn, string? dataFile, int maxCases)
    {
        if (dataFile is not null) return FromArchive(graph, NpzFile.Load(dataFile), maxCases);
        if (eqn.Golden is { CaseCount: > 0 } golden) return FromGolden(golden, maxCases);
        var random = new Random(1);
        return [.. Enumerable.Range(0, maxCases).Select(_ => graph.Inputs.Select(v => graph.Values[v]).ToDictionary(v => v.Name, v => Random(v.Type, random)))];
    }

    static IReadOnlyList<IReadOnlyDictionary<string, byte[]>> FromArchive(ModelGraph graph, NpzFile archive, int maxCases)
    {
        // Golden vectors already know how cases lie in arrays; inputs alone are taken as outputs of a graph that passes them through.
        var inputsOnly = new ModelGraph { Values = graph.Values, Nodes = [], Inputs = graph.Inputs, Outputs = graph.Inputs };
        return FromGolden(GoldenVectors.FromArrays(archive, inputsOnly, maxCases: maxCases), maxCases);
    }

    static IReadOnlyList<IReadOnlyDictionary<string, byte[]>> FromGolden(GoldenVectors golden, int maxCases) =>
    [
        .. Enumerable.Range(0, Math.Min(golden.CaseCount, maxCases))
            .Select(c => golden.Inputs.Select((input, i) => (input.Name, Bytes: golden.Input(c, i).ToArray())).ToDictionary(p => p.Name, p => p.Bytes)),
    ];

    /// <summary>Standard normal numbers for floats; small numbers from 0 on for the rest, which may be indices.</summary>
    static byte[] Random(TensorType type, Random random)
    {
        byte[] bytes = new byte[type.ByteLength];
        if (type.Element == ElementType.Float32)
        {
            foreach (ref float value in MemoryMarshal.Cast<byte, float>(bytes.AsSpan()))
                value = (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
            return bytes;
        }
        int size = type.Element.Size();
        for (int i = 0; i < bytes.Length; i += size) bytes[i] = (byte)random.Next(2);
        return bytes;
    }
}
