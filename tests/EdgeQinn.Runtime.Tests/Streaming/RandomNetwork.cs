using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Tests.Execution;

namespace EdgeQinn.Runtime.Tests.Streaming;

/// <summary>A network over windows of random layers. The same seed gives the same layers and weights for windows of any length.</summary>
sealed class RandomNetwork
{
    readonly Random _random;
    readonly GraphSketch _graph = new();
    readonly bool _padEnds, _onlyStreaming;

    RandomNetwork(int seed, bool padEnds, bool onlyStreaming) => (_random, _padEnds, _onlyStreaming) = (new Random(seed), padEnds, onlyStreaming);

    /// <summary>Channels of the input [1, channels, length].</summary>
    public int Channels { get; private set; }

    public ModelGraph Graph { get; private set; } = null!;

    /// <summary>What it is made of, for messages.</summary>
    public string Description { get; private set; } = "";

    /// <summary>A network for windows.</summary>
    public static RandomNetwork OverWindows(int seed, int length)
    {
        var network = new RandomNetwork(seed, padEnds: true, onlyStreaming: false);
        int x = network.Layers(length, out int columns);
        network.Head(x, columns);
        return network;
    }

    /// <summary>A network whose layers a continuous stream carries on, without padding at the end, so that its columns do not depend on the length.</summary>
    public static RandomNetwork OverStreams(int seed, int length, bool recurrent)
    {
        var network = new RandomNetwork(seed, padEnds: false, onlyStreaming: true);
        int x = network.Layers(length, out int columns);
        if (recurrent) x = network.Recurrent(x, columns, final: false);
        network.Graph = network._graph.Output(x).Build();
        return network;
    }

    int Layers(int length, out int columns)
    {
        Channels = _random.Next(1, 4);
        int x = _graph.Input(1, Channels, length), channels = Channels;
        columns = length;
        for (int layers = _random.Next(1, 7); layers > 0; layers--) x = Layer(x, ref channels, ref columns);
        _channels = channels;
        return x;
    }

    int _channels;

    int Layer(int x, ref int channels, ref int columns)
    {
        switch (_random.Next(_onlyStreaming ? 8 : 10))
        {
            case 0 or 1: return Conv(x, ref channels, ref columns, same: false);
            case 2: return Pool(x, ref columns);
            case 3:
                Note("norm");
                return _graph.Node("BatchNormalization", x, Vector(channels), Vector(channels), Vector(channels), _graph.Constant([.. Enumerable.Range(0, channels).Select(_ => 0.5f + _random.NextSingle())], channels));
            case 4:
                Note("element-wise");
                return _random.Next(3) switch
                {
                    0 => _graph.Node("Tanh", x),
                    1 => _graph.Node("Relu", _graph.Node("Add", x, _graph.Constant(Numbers(channels), channels, 1))),
                    _ => _graph.Node("LeakyRelu", x),
                };
            case 5: return Residual(x, channels, columns);
            case 6: return ChannelsLast(x, channels, columns);
            case 7:
            {
                Note("concat");
                int own = channels, same = columns, branch = Conv(x, ref own, ref same, same: true);
                channels += own;
                return _graph.Node("Concat", new AttributeMap { { "axis", 1L } }, x, branch);
            }
            case 8:
            {
                int begin = _random.Next(4), end = _random.Next(4);
                Note($"pad {begin},{end}");
                columns += begin + end;
                return _graph.Node("Pad", new AttributeMap { { "pads", [0L, 0, begin, 0, 0, end] } }, x, _graph.Constant([0.5f], 1));
            }
            default:
            {
                int begin = _random.Next(3), end = _random.Next(3);
                if (columns <= begin + end + 1) return x;
                Note($"crop {begin},{end}");
                columns -= begin + end;
                return _graph.Node("Slice", new AttributeMap { { "starts", [0L, 0, begin] }, { "steps", [1L, 1, 1] }, { "shape", [1L, channels, columns] } }, x);
            }
        }
    }

    int Conv(int x, ref int channels, ref int columns, bool same)
    {
        int kernel = _random.Next(1, 8), dilation = _random.Next(1, 4), stride = same || _random.Next(2) == 0 ? 1 : _random.Next(2, 4), reach = (kernel - 1) * dilation;
        int begin = same ? _random.Next(reach + 1) : _random.Next(2) == 0 ? 0 : _random.Next(reach + 1), end = same ? reach - begin : _padEnds && _random.Next(2) == 0 ? _random.Next(reach + 1) : 0;
        // Without padding at the end all of it must stand at the start, or columns be lost.
        if (same && !_padEnds) (begin, end) = (reach, 0);
        int results = (columns + begin + end - reach - 1) / stride + 1, pool = !same && _random.Next(3) == 0 ? _random.Next(2, 4) : 1;
        if (columns + begin + end <= reach || results < 4) return x;
        if (results / pool < 3) pool = 1;
        int group = !same && channels % 2 == 0 && _random.Next(4) == 0 ? 2 : 1, to = same ? channels : group * _random.Next(1, 5);
        Note($"conv k{kernel} s{stride} d{dilation} p{begin},{end} pool{pool} {channels}→{to}");
        var attributes = new AttributeMap { { "strides", (long)stride }, { "dilations", (long)dilation }, { "pads", [(long)begin, end] }, { "group", (long)group } };
        if (pool > 1) attributes.Add("max_pool", (long)pool);
        if (_random.Next(2) == 0) attributes.Add("clamp", 0f, 3f);
        float scale = 1.5f / MathF.Sqrt(channels / group * kernel);
        x = _graph.Node("Conv", attributes, x, _graph.Constant([.. Numbers(to * (channels / group) * kernel).Select(w => w * scale)], to, channels / group, kernel), Vector(to));
        (channels, columns) = (to, results / pool);
        return x;
    }

    int Pool(int x, ref int columns)
    {
        int kernel = _random.Next(1, 5), stride = _random.Next(1, 4), begin = _random.Next(kernel), end = _padEnds ? _random.Next(kernel) : 0;
        bool ceil = _padEnds && _random.Next(4) == 0, average = _random.Next(2) == 0;
        int room = columns + begin + end - kernel, results = (ceil ? (room + stride - 1) / stride : room / stride) + 1;
        if (ceil && (results - 1) * stride >= columns + begin) results--;
        if (room < 0 || results < 3) return x;
        Note($"{(average ? "average" : "max")} pool k{kernel} s{stride} p{begin},{end}{(ceil ? " ceil" : "")}");
        columns = results;
        var attributes = new AttributeMap { { "kernel_shape", (long)kernel }, { "strides", (long)stride }, { "pads", [(long)begin, end] }, { "ceil_mode", ceil ? 1L : 0 } };
        if (average && (_onlyStreaming || _random.Next(2) == 0)) attributes.Add("count_include_pad", 1L);
        return _graph.Node(average ? "AveragePool" : "MaxPool", attributes, x);
    }

    int Residual(int x, int channels, int columns)
    {
        int own = channels, same = columns;
        Note("residual");
        int branch = Conv(x, ref own, ref same, same: true);
        if (_random.Next(2) == 0) branch = Conv(branch, ref own, ref same, same: true);
        return _graph.Node("Add", branch, x);
    }

    int ChannelsLast(int x, int channels, int columns)
    {
        Note("channels last");
        var turn = new AttributeMap { { "perm", [0L, 2, 1] } };
        int y = _graph.Node("Transpose", turn, x);
        y = _graph.Node("Linear", y, _graph.Constant(Numbers(channels * channels), channels, channels), Vector(channels));
        y = _random.Next(2) == 0 ? _graph.Node("Softmax", y) : _graph.Node("LayerNormalization", y, Vector(channels));
        return _graph.Node("Transpose", turn, y);
    }

    int Recurrent(int x, int columns, bool final)
    {
        int units = _random.Next(2, 7);
        string op = _random.Next(3) switch { 0 => "RNN", 1 => "GRU", _ => "LSTM" };
        int gates = op switch { "RNN" => 1, "GRU" => 3, _ => 4 };
        Note(op);
        int sequence = _graph.Node("Transpose", new AttributeMap { { "perm", [2L, 0, 1] } }, x);
        float scale = 1 / MathF.Sqrt(units);
        int w = _graph.Constant([.. Numbers(gates * units * _channels).Select(v => v * scale)], 1, gates * units, _channels);
        int r = _graph.Constant([.. Numbers(gates * units * units).Select(v => v * scale)], 1, gates * units, units);
        var attributes = op == "GRU" ? new AttributeMap { { "linear_before_reset", 1L } } : [];
        int y = _graph.Node(op, attributes, sequence, w, r);
        return final ? _graph.Node("Slice", new AttributeMap { { "starts", [columns - 1L, 0, 0, 0] }, { "steps", [1L, 1, 1, 1] }, { "shape", [1L, 1, 1, units] } }, y) : y;
    }

    void Head(int x, int columns)
    {
        int choice = _random.Next(7);
        x = choice switch
        {
            0 => _graph.Node("GlobalAveragePool", x),
            1 => _graph.Node("GlobalMaxPool", x),
            2 => _graph.Node("ReduceMean", new AttributeMap { { "axes", [2L] }, { "keepdims", 0L } }, x),
            3 => _graph.Node("Linear", _graph.Reshape(x, 1, _channels * columns), _graph.Constant([.. Numbers(3 * _channels * columns).Select(w => w / MathF.Sqrt(_channels * columns))], 3, _channels * columns)),
            4 => Recurrent(x, columns, final: true),
            5 => _graph.Node("InstanceNormalization", x, Vector(_channels), Vector(_channels)),
            _ => x,
        };
        Note($"head {choice} of [{_channels},{columns}]");
        Graph = _graph.Output(x).Build();
    }

    int Vector(int count) => _graph.Constant(Numbers(count), count);

    float[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(_ => 2 * _random.NextSingle() - 1)];

    void Note(string layer) => Description += (Description.Length > 0 ? "; " : "") + layer;
}
