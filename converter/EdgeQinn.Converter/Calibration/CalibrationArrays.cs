using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Calibration;

/// <summary>Reads calibration windows from a <c>.npz</c> file: arrays named after the network's inputs, and optionally <c>labels</c>.</summary>
public static class CalibrationArrays
{
    /// <summary>The array that holds the true labels: one integer per window, −1 for unknown.</summary>
    public const string LabelArray = "labels";

    /// <summary>Reads the windows of <paramref name="archive"/>.</summary>
    /// <exception cref="EdgeQinnException">An array is missing or does not fit an input.</exception>
    public static CalibrationSet Read(NpzFile archive, ModelGraph graph)
    {
        var inputs = graph.Inputs.Select(v => graph.Values[v]).ToArray();
        foreach (var input in inputs)
            if (input.Type.Element != ElementType.Float32) throw new EdgeQinnException($"input '{input.Name}' is {input.Type}; only networks with float32 inputs can be calibrated");
        string[] missing = [.. inputs.Select(i => i.Name).Where(n => archive.Find(n) is null)];
        if (missing.Length > 0)
            throw new EdgeQinnException($"no array '{string.Join("', '", missing)}' for the network's input{(missing.Length > 1 ? "s" : "")}; there are '{string.Join("', '", archive.Names)}'");
        // Golden vectors already know how cases lie in arrays; inputs alone are taken as outputs of a graph that passes them through.
        var inputsOnly = new ModelGraph { Values = graph.Values, Nodes = [], Inputs = graph.Inputs, Outputs = graph.Inputs };
        var cases = GoldenVectors.FromArrays(archive, inputsOnly);
        int count = cases.CaseCount;
        var data = new float[inputs.Length][];
        for (int i = 0; i < inputs.Length; i++)
        {
            int size = inputs[i].Type.Count;
            data[i] = new float[count * size];
            for (int c = 0; c < count; c++) System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(cases.Input(c, i)).CopyTo(data[i].AsSpan(c * size, size));
        }
        return new CalibrationSet([.. inputs.Select(i => i.Name)], data, count, Labels(archive, count), new int[count], []);
    }

    static int[] Labels(NpzFile archive, int count)
    {
        if (archive.Find(LabelArray) is not { } array) return [.. Enumerable.Repeat(-1, count)];
        if (array.Length != count) throw new EdgeQinnException($"array '{LabelArray}' has {array.Length} elements for {count} windows");
        return array.Type switch
        {
            NpyType.Int64 => Whole<long>(array, v => (int)Math.Clamp(v, -1, int.MaxValue)),
            NpyType.Int32 => Whole<int>(array, v => Math.Max(-1, v)),
            NpyType.UInt8 => Whole<byte>(array, v => v),
            NpyType.Int8 => Whole<sbyte>(array, v => Math.Max((sbyte)-1, v)),
            _ => throw new EdgeQinnException($"array '{LabelArray}' holds {array.Type}, expected whole numbers"),
        };
    }

    static int[] Whole<T>(NpyArray array, Func<T, int> convert) where T : unmanaged =>
        [.. System.Runtime.InteropServices.MemoryMarshal.Cast<byte, T>(array.Bytes).ToArray().Select(convert)];
}
