using System.Globalization;
using EdgeQinn.Benchmarks.OnnxRuntime;
using EdgeQinn.Benchmarks.OnnxRuntime.Proto;
using EdgeQinn.Runtime.Diagnostics;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Weights;
using Google.Protobuf;

namespace EdgeQinn.Benchmarks.Models;

/// <summary>
/// One large linear layer as a matrix-product operator of two cores, beside the dense layer it stands for in ONNX Runtime: the same function, W materialised
/// from the cores. The dense weight (64 MB for 4096 × 4096) is larger than the caches, the cores (256 kB for χ = 8) are not.
/// </summary>
static class SingleGemm
{
    /// <summary>One engine's figures: times in µs, and its median as a share of ONNX Runtime's, round by round.</summary>
    public sealed record Row(string Engine, long StoredBytes, double P50, double Least, double Ratio, double Difference);

    /// <summary>Prints one Markdown table. Arguments: size, and bond; 4096 8 by default.</summary>
    public static int Run(string[] args)
    {
        int size = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 4096, bond = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 8;
        ProcessorAffinity.Pin(Environment.ProcessorCount - 1);
        Console.WriteLine("| layer | engine | stored bytes | p50 µs | least µs | ÷ ONNX Runtime | largest difference |\n|---|---|--:|--:|--:|--:|--:|");
        foreach (var row in Measure(size, bond))
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {size} × {size} | {row.Engine} | {row.StoredBytes} | {row.P50:F1} | {row.Least:F1} | {row.Ratio:F4} | {row.Difference:E0} |"));
        return 0;
    }

    /// <summary>The tensor train, the dense layer, and the dense layer in ONNX Runtime, in turns.</summary>
    public static IReadOnlyList<Row> Measure(int size, int bond)
    {
        int mode = (int)Math.Round(Math.Sqrt(size));
        var weight = RandomWeights.Mps(new Random(1), [mode, size / mode], [mode, size / mode], bond);
        float[] dense = weight.ToArray();
        using var files = new TemporaryFolder();
        string factored = files.Path("mps.eqn"), plain = files.Path("dense.eqn");
        EqnWriter.Write(factored, new EqnContents(Graph(weight.Encode(), size)));
        EqnWriter.Write(plain, new EqnContents(Graph(EncodedTensor.FromSpan<float>(dense, size, size), size)));
        Engine[] engines = [new EdgeQinnEngine($"MPS, χ = {bond}", factored), new EdgeQinnEngine("dense", plain), new OrtEngine("ONNX Runtime, dense", Onnx(dense, size))];
        try
        {
            double[] differences = ModelBenchmark.Compare($"{size} × {size}", engines, reference: 2);
            var blocks = Interleaved.Warm(engines, 15);
            return [.. engines.Select((engine, i) =>
            {
                var latency = Latency.Of(blocks[i].SelectMany(b => b));
                return new Row(engine.Name, 4L * (i == 0 ? weight.Parameters : (long)size * size), latency.P50, latency.Min, Ratio.Of(blocks[i], blocks[2]).Median, differences[i]);
            })];
        }
        finally
        {
            foreach (var engine in engines) engine.Dispose();
        }
    }

    static ModelGraph Graph(EncodedTensor weight, int size)
    {
        var graph = SingleNode.Graph("Linear", [], 1, (null, RandomWeights.Matrix(1, size)), (weight, weight.Type));
        return new ModelGraph
        {
            Values = [.. graph.Values.Select((v, i) => i == graph.Inputs[0] ? v with { Name = "x" } : i == graph.Outputs[0] ? v with { Name = "y" } : v)],
            Nodes = graph.Nodes, Inputs = graph.Inputs, Outputs = graph.Outputs,
        };
    }

    /// <summary>y = x Wᵀ as one Gemm.</summary>
    static byte[] Onnx(float[] weight, int size)
    {
        const int Float = 1, IrVersion = 8, Opset = 17;
        ValueInfoProto Tensor(string name)
        {
            var shape = new TensorShapeProto();
            shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimValue = 1 });
            shape.Dim.Add(new TensorShapeProto.Types.Dimension { DimValue = size });
            return new ValueInfoProto { Name = name, Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = Float, Shape = shape } } };
        }
        var gemm = new NodeProto { OpType = "Gemm", Name = "gemm", Input = { "x", "w" }, Output = { "y" } };
        gemm.Attribute.Add(new AttributeProto { Name = "transB", I = 1, Type = AttributeProto.Types.AttributeType.Int });
        var graph = new GraphProto { Name = "gemm", Node = { gemm }, Initializer = { OnnxTensors.Create("w", weight, [size, size]) }, Input = { Tensor("x") }, Output = { Tensor("y") } };
        var model = new ModelProto { IrVersion = IrVersion, Graph = graph };
        model.OpsetImport.Add(new OperatorSetIdProto { Version = Opset });
        return model.ToByteArray();
    }
}
