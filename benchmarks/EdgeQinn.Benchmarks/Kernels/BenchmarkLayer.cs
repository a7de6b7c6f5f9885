using System.Text.Json;
using EdgeQinn.Benchmarks.Models;
using EdgeQinn.Runtime.Diagnostics;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Benchmarks.Kernels;

/// <summary>A layer of <c>benchmarks/shapes.json</c>, which every verb that measures layers reads.</summary>
sealed record BenchmarkLayer
{
    static readonly JsonSerializerOptions _json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow };

    /// <summary>Such as <c>Conv</c>.</summary>
    public required string Operator { get; init; }

    /// <summary>[outputs, inputs] of Linear, [C_out, C_in/group, K…] of Conv, [units, inputs] of a recurrence.</summary>
    public required int[] Weight { get; init; }

    /// <summary>What it is, where its sizes do not say it.</summary>
    public string Name { get; init; } = "";

    /// <summary>Input vectors of Linear; steps of a recurrence.</summary>
    public int Vectors { get; init; } = 1;

    /// <summary>A convolution's axes.</summary>
    public int[] Input { get; init; } = [];

    public int Stride { get; init; } = 1;

    /// <summary>Zeros at either end of each axis.</summary>
    public int Pad { get; init; }

    /// <summary>Neighbours that become one by their maximum.</summary>
    public int Pool { get; init; } = 1;

    public int Group { get; init; } = 1;

    /// <summary>The formats to compare with the dense layer, as the converter's <c>--format</c> takes them; none for the dense layer itself.</summary>
    public string[] Formats { get; init; } = [];

    /// <summary>The file's layers.</summary>
    public static IReadOnlyList<BenchmarkLayer> All { get; } =
        JsonSerializer.Deserialize<BenchmarkLayer[]>(File.ReadAllText(Path.Combine(Repository.Root, "benchmarks", "shapes.json")), _json)!;

    /// <summary>How tables name it.</summary>
    public string Title => Name.Length > 0 ? Name : Operator switch
    {
        "Linear" => $"linear {(Vectors == 1 ? "" : $"{Vectors} × ")}{Weight[1]}→{Weight[0]}",
        "Conv" => $"conv {Weight[1] * Group}→{Weight[0]}, k {string.Join('×', Weight[2..])}, {string.Join('×', Positions)} steps{(Pool > 1 ? $", pool {Pool}" : "")}",
        _ => $"{Operator} {Vectors} steps {Weight[1]}→{Weight[0]}",
    };

    /// <summary>The multiply-adds of the definition.</summary>
    public long MultiplyAdds => Operator switch
    {
        "Conv" => Product(Weight) * Product(Positions),
        "Linear" => Product(Weight) * Vectors,
        _ => (long)Gates * Weight[0] * (Weight[0] + Weight[1]) * Vectors,
    };

    /// <summary>A convolution's outputs along each axis, before pooling.</summary>
    public int[] Positions => [.. Input.Select((size, i) => (size + 2 * Pad - Weight[2 + i]) / Stride + 1)];

    /// <summary>A recurrence's gates.</summary>
    public int Gates => Operator switch { "GRU" => 3, "LSTM" => 4, _ => 1 };

    /// <summary>A weight of Linear or Conv in one format.</summary>
    public Weight Build(string format) => RandomFormat.Build(format, Weight);

    /// <summary>A model of the layer alone. <paramref name="weight"/>: of Linear and Conv; <paramref name="algorithm"/>: one of a dense convolution's, empty for the chosen one.</summary>
    /// <exception cref="GraphException">The algorithm does not fit.</exception>
    public ModelGraph Graph(EncodedTensor? weight = null, string algorithm = "")
    {
        var random = new Random(2);
        (EncodedTensor?, TensorType) Constant(EncodedTensor tensor) => (tensor, tensor.Type);
        EncodedTensor Floats(params int[] shape) => EncodedTensor.FromSpan<float>([.. Enumerable.Range(0, (int)Product(shape)).Select(_ => (random.NextSingle() - 0.5f) * 0.2f)], shape);
        TensorType Fed(params int[] shape) => new(ElementType.Float32, shape.AsSpan());
        switch (Operator)
        {
            case "Linear":
                return SingleNode.Graph(Operator, new AttributeMap { { "clamp", 0f, float.PositiveInfinity } }, 1, (null, Fed(Vectors, Weight[1])), Constant(weight ?? Floats(Weight)), Constant(Floats(Weight[0])));
            case "Conv":
                var attributes = new AttributeMap { { "clamp", 0f, float.PositiveInfinity }, { "group", Group } };
                attributes.Add("strides", [.. Enumerable.Repeat((long)Stride, Input.Length)]);
                attributes.Add("pads", [.. Enumerable.Repeat((long)Pad, 2 * Input.Length)]);
                if (Pool > 1) attributes.Add("max_pool", Pool);
                if (algorithm.Length > 0) attributes.Add("algorithm", algorithm);
                return SingleNode.Graph(Operator, attributes, 1, (null, Fed([1, Weight[1] * Group, .. Input])), Constant(weight ?? Floats(Weight)), Constant(Floats(Weight[0])));
            default:
                var cell = new AttributeMap { { "hidden_size", Weight[0] } };
                if (Operator == "GRU") cell.Add("linear_before_reset", 1);
                return SingleNode.Graph(Operator, cell, 1, (null, Fed(Vectors, 1, Weight[1])), Constant(Floats(1, Gates * Weight[0], Weight[1])), Constant(Floats(1, Gates * Weight[0], Weight[0])),
                    Constant(Floats(1, 2 * Gates * Weight[0])));
        }
    }

    static long Product(int[] sizes) => sizes.Aggregate(1L, (a, b) => a * b);
}
