using EdgeQinn.Converter;
using EdgeQinn.Converter.Import;
using EdgeQinn.Converter.Onnx;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Testing;
using Xunit;

namespace EdgeQinn.Conformance.Tests;

/// <summary>One case of ONNX's backend suite: a model with inputs and the outputs they must give.</summary>
sealed class ConformanceCase(string name)
{
    const string Suite = "data/conformance/onnx-1.17";

    /// <summary>Names such as <c>node/test_add</c>, from CASES.tsv.</summary>
    public static IReadOnlyList<string> Names { get; } = SharedData.Root is null ? []
        : [.. File.ReadLines(SharedData.Path($"{Suite}/CASES.tsv")).Skip(1).Select(line => Path.GetDirectoryName(line.Split('\t')[0])!)];

    string Folder => SharedData.Path($"{Suite}/{name}");

    /// <summary>Converts, writes, loads, runs on <paramref name="isa"/> and below, and compares every data set.</summary>
    public void Run(Isa isa)
    {
        var model = Read();
        foreach (string dataSet in Directory.EnumerateDirectories(Folder, "test_data_set_*"))
        {
            var (inputs, outputs) = ReadData(model, dataSet);
            using var bound = Model.Parse(Convert(model, inputs), name, [.. Cpu.Allowed(null).Where(i => i <= isa)]);
            using var session = bound.CreateSession();
            foreach (var input in session.Inputs) inputs[input.Name].Part("data").Bytes.Span.CopyTo(input.AsBytes());
            session.Run();
            Assert.Equal(model.Graph.Outputs.Select(o => o.Name), session.Outputs.Select(o => o.Name));
            if (CorrectedCases.Find(name) is { } corrected) outputs = [corrected];
            for (int o = 0; o < outputs.Count; o++) TensorAssert.Agree(outputs[o], session.Outputs[o]);
        }
    }

    /// <summary>Makes the case's inputs initializers, converts, runs, and compares.</summary>
    public void RunWithConstants()
    {
        var model = Read();
        string dataSet = Directory.EnumerateDirectories(Folder, "test_data_set_*").First();
        var constants = model.Graph.Inputs.Select((input, i) => OnnxReader.ReadTensor(File.ReadAllBytes(Path.Combine(dataSet, $"input_{i}.pb")), name) with { Name = input.Name });
        var (_, outputs) = ReadData(model, dataSet);
        using var bound = Model.Parse(Convert(model with { Graph = model.Graph with { Initializers = [.. constants] } }, []), name);
        using var session = bound.CreateSession();
        session.Run();
        for (int o = 0; o < outputs.Count; o++) TensorAssert.Agree(outputs[o], session.Outputs[o]);
    }

    /// <summary>Converts only; for cases that must be refused.</summary>
    public byte[] Convert()
    {
        var model = Read();
        var (inputs, _) = ReadData(model, Directory.EnumerateDirectories(Folder, "test_data_set_*").First());
        return Convert(model, inputs);
    }

    OnnxModel Read() => OnnxReader.Load(Path.Combine(Folder, "model.onnx"));

    /// <summary>
    /// The suite passes shapes, axes and the like as inputs; on the edge they are part of the model. Those the converter needs to know are
    /// bound to the case's data, all others stay inputs.
    /// </summary>
    static byte[] Convert(OnnxModel model, Dictionary<string, EncodedTensor> inputs)
    {
        var options = new ConvertOptions { Import = new ImportOptions { Constants = ShapeInputs.Find(model).ToDictionary(n => n, n => inputs[n]) } };
        return EqnWriter.ToArray(Conversion.Run(model, options).Contents);
    }

    static (Dictionary<string, EncodedTensor> Inputs, IReadOnlyList<EncodedTensor> Outputs) ReadData(OnnxModel model, string folder)
    {
        var initialized = model.Graph.Initializers.Select(i => i.Name).ToHashSet();
        var names = model.Graph.Inputs.Select(i => i.Name).Where(n => !initialized.Contains(n)).ToArray();
        var inputs = new Dictionary<string, EncodedTensor>();
        for (int i = 0; i < names.Length && File.Exists(Path.Combine(folder, $"input_{i}.pb")); i++) inputs[names[i]] = ReadTensor(Path.Combine(folder, $"input_{i}.pb"));
        return (inputs, [.. Enumerable.Range(0, model.Graph.Outputs.Count).Select(o => ReadTensor(Path.Combine(folder, $"output_{o}.pb")))]);
    }

    static EncodedTensor ReadTensor(string file)
    {
        var tensor = OnnxReader.ReadTensor(File.ReadAllBytes(file), file);
        // What a refused case holds beyond the runtime's element types is never looked at.
        return ElementNames.TryGet(tensor.ElementType, out _) ? new TensorDecoder(file).Decode(tensor) : EncodedTensor.FromSpan<byte>([], 0);
    }
}
