using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Operators;

namespace EdgeQinn.Benchmarks.Streaming;

/// <summary>One convolution with Relu: output channels, kernel, dilation, stride.</summary>
readonly record struct Layer(int Channels, int Kernel, int Dilation = 1, int Stride = 1);

/// <summary>Fully convolutional networks with random weights: layers, the mean over time, one linear layer.</summary>
static class ConvolutionalNetwork
{
    /// <summary>A network over windows [1, 1, <paramref name="length"/>]; convolutions padded so that they keep the length, or not at all.</summary>
    public static ModelGraph Create(int length, bool padded, params ReadOnlySpan<Layer> layers)
    {
        const int Classes = 5;
        var random = new Random(1);
        var values = new List<Value> { new("x", new TensorType(ElementType.Float32, 1, 1, length)) };
        var nodes = new List<Node>();
        int x = 0, channels = 1;
        foreach (var layer in layers)
        {
            int reach = (layer.Kernel - 1) * layer.Dilation, begin = padded ? reach / 2 : 0, end = padded ? reach - begin : 0;
            var attributes = new AttributeMap
            {
                { "strides", (long)layer.Stride }, { "dilations", (long)layer.Dilation }, { "pads", [(long)begin, end] }, { "clamp", 0f, float.PositiveInfinity },
            };
            x = Add("Conv", attributes, x, Weights(layer.Channels, channels, layer.Kernel), Weights(layer.Channels));
            channels = layer.Channels;
        }
        x = Add("GlobalAveragePool", [], x);
        x = Add("Reshape", new AttributeMap { { "shape", [1L, channels] } }, x);
        x = Add("Linear", [], x, Weights(Classes, channels), Weights(Classes));
        return new ModelGraph { Values = values, Nodes = nodes, Inputs = [0], Outputs = [x] };

        int Weights(params ReadOnlySpan<int> shape)
        {
            int count = 1, fan = 1;
            for (int i = 0; i < shape.Length; i++) (count, fan) = (count * shape[i], i == 0 ? 1 : fan * shape[i]);
            float[] numbers = [.. Enumerable.Range(0, count).Select(_ => (2 * random.NextSingle() - 1) / MathF.Sqrt(fan))];
            var tensor = EncodedTensor.FromSpan<float>(numbers, shape);
            values.Add(new Value($"v{values.Count}", tensor.Type, tensor));
            return values.Count - 1;
        }

        int Add(string op, AttributeMap attributes, params int[] inputs)
        {
            var node = new Node(op, $"{op}{nodes.Count}", inputs, [values.Count], attributes);
            var call = new OperatorCall(node, [.. inputs.Select(i => values[i].Type)], [.. inputs.Select(i => values[i].Constant)]);
            values.Add(new Value($"v{values.Count}", OperatorTable.Infer(call)[0]));
            nodes.Add(node);
            return values.Count - 1;
        }
    }
}
