using System.Globalization;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Operators;
using EdgeQinn.Testing;
using Xunit;

namespace EdgeQinn.Runtime.Tests.Kernels.Conv;

/// <summary>One convolution with random data, its definition in double precision, and its runs on every instruction set under guard pages.</summary>
sealed record ConvCase(int Batch, int InChannels, int OutChannels, int[] In, int[] Kernel)
{
    public int[] Stride { get; init; } = [.. Kernel.Select(_ => 1)];
    public int[] Dilation { get; init; } = [.. Kernel.Select(_ => 1)];
    public int[] Pads { get; init; } = new int[2 * Kernel.Length];
    public int[] OutputPadding { get; init; } = new int[Kernel.Length];
    public int Group { get; init; } = 1;
    public bool Transposed { get; init; }
    public bool Bias { get; init; } = true;
    public float[]? Clamp { get; init; }
    public int MaxPool { get; init; } = 1;
    public bool ComputedWeights { get; init; }

    /// <summary>The weights that count; null for all. A sparse weight's other zeros are not multiplied with.</summary>
    public bool[]? Stored { get; init; }

    /// <summary>The kernels that can compute the case.</summary>
    string[] Algorithms => Rank == 1 && !Transposed && !ComputedWeights && Stride[0] == 1 && Dilation[0] == 1 && Kernel[0] > 1
        ? ["time", "depthwise", "channel", Winograd] : ["time", "depthwise", "channel"];

    const string Winograd = "winograd";

    const double WinogradTolerance = 5e-6;

    int Rank => In.Length;

    public int[] Out => [.. Enumerable.Range(0, Rank).Select(i =>
    {
        int window = (Kernel[i] - 1) * Dilation[i] + 1, pads = Pads[i] + Pads[Rank + i];
        return Transposed ? Stride[i] * (In[i] - 1) + OutputPadding[i] + window - pads : (In[i] + pads - window) / Stride[i] + 1;
    })];

    /// <summary>Runs every kernel on every instruction set this CPU has, guard pages behind and before, and compares with the definition.</summary>
    /// <param name="tolerance">Allowed error of direct kernels, relative to the sum of the magnitudes of an element's terms.</param>
    /// <param name="spoil">Changes inputs and weights; then minimal filtering, which spreads NaN and infinity over a tile, stays out.</param>
    public void Check(double tolerance = 2e-6, Action<float[], float[]>? spoil = null)
    {
        var (x, w, b) = Draw();
        spoil?.Invoke(x, w);
        var (expected, magnitude) = Define(x, w, b);
        // Minimal filtering mixes the inputs of 4 outputs: its error follows the largest of them.
        double[] largest = [.. Enumerable.Repeat(magnitude.Max(), magnitude.Length)];
        Run(x, w, b, Algorithms.Where(a => spoil is null || a != Winograd), (kernel, actual) =>
        {
            bool winograd = kernel.EndsWith(Winograd, StringComparison.Ordinal);
            Compare(kernel, expected, winograd ? largest : magnitude, actual, winograd ? WinogradTolerance : tolerance);
        });
    }

    /// <summary>Makes one input NaN: every output that sees it must be NaN.</summary>
    public void CheckNotANumber(int channel, int at)
    {
        var (x, w, b) = Draw();
        x[channel * In[^1] + at] = float.NaN;
        var (expected, _) = Define(x, w, b);
        Run(x, w, b, Algorithms, (kernel, actual) =>
        {
            for (int i = 0; i < expected.Length; i++)
                if (double.IsNaN(expected[i])) Assert.True(float.IsNaN(actual[i]), $"{kernel}: {this}: input {at} is NaN, output {i} is {actual[i]}");
        });
    }

    /// <summary>The largest error of minimal filtering on any instruction set, relative to the largest output.</summary>
    public double MinimalFilteringError()
    {
        var (x, w, b) = Draw();
        var (expected, _) = Define(x, w, b);
        double error = 0;
        Run(x, w, b, [Winograd], (_, actual) => error = Math.Max(error, actual.Zip(expected, (a, e) => Math.Abs(a - e)).Max()));
        return error / expected.Max(Math.Abs);
    }

    (float[] X, float[] W, float[] B) Draw()
    {
        var random = new Random(HashCode.Combine(Batch, InChannels, OutChannels, In[^1], Kernel[^1]));
        return (Data(random, Batch * InChannels * Product(In)), Data(random, Product(WeightShape)), Bias ? Data(random, OutChannels) : []);
    }

    int[] WeightShape => Transposed ? [InChannels, OutChannels / Group, .. Kernel] : [OutChannels, InChannels / Group, .. Kernel];

    void Run(float[] x, float[] w, float[] b, IEnumerable<string> algorithms, Action<string, float[]> look)
    {
        foreach (var (isa, algorithm) in from isa in Enum.GetValues<Isa>() where Cpu.Supports(isa) from a in algorithms select (isa, a))
        {
            using var model = Model.FromGraph(Graph(w, WeightShape, b, algorithm), isa == Isa.Scalar ? [Isa.Scalar] : [isa]);
            foreach (bool before in new[] { false, true })
            {
                using var session = new GuardedSession(model, before);
                x.CopyTo(session.Input<float>(0));
                if (ComputedWeights)
                {
                    w.CopyTo(session.Input<float>(1));
                    if (Bias) b.CopyTo(session.Input<float>(2));
                }
                session.Run();
                look($"{isa} {algorithm}", session.Output<float>(0).ToArray());
            }
        }
    }

    void Compare(string kernel, double[] expected, double[] magnitude, float[] actual, double tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < actual.Length; i++)
        {
            bool same = double.IsFinite(expected[i]) ? Math.Abs(actual[i] - expected[i]) <= tolerance * (magnitude[i] + 1e-30) : actual[i].Equals((float)expected[i]);
            if (!same) Assert.Fail(string.Create(CultureInfo.InvariantCulture, $"{kernel}: {this}: element {i} is {actual[i]}, expected {expected[i]}"));
        }
    }

    ModelGraph Graph(float[] w, int[] weightShape, float[] b, string algorithm)
    {
        var attributes = new AttributeMap
        {
            { "strides", Stride }, { "dilations", Dilation }, { "pads", Pads }, { "group", Group }, { "algorithm", algorithm },
        };
        if (Clamp is not null) attributes.Add("clamp", (ReadOnlySpan<float>)Clamp);
        if (MaxPool > 1) attributes.Add("max_pool", MaxPool);
        if (Transposed) attributes.Add("output_padding", OutputPadding);
        var weights = new TensorType(ElementType.Float32, weightShape.AsSpan());
        var bias = new TensorType(ElementType.Float32, OutChannels);
        var o = Out;
        o[^1] /= MaxPool;
        return new ModelGraph
        {
            Values =
            [
                new Value("x", Type(Batch, InChannels, In)),
                new Value("w", weights, ComputedWeights ? null : EncodedTensor.FromSpan<float>(w, weightShape)),
                new Value("b", bias, ComputedWeights || !Bias ? null : EncodedTensor.FromSpan<float>(b, OutChannels)),
                new Value("y", Type(Batch, OutChannels, o)),
            ],
            Nodes = [new Node(Transposed ? "ConvTranspose" : "Conv", "conv", Bias ? [0, 1, 2] : [0, 1], [3], attributes)],
            Inputs = !ComputedWeights ? [0] : Bias ? [0, 1, 2] : [0, 1],
            Outputs = [3],
        };
    }

    /// <summary>The ONNX definition: the result and, for each element, Σ |w·x| + |b| (the largest of those pooled).</summary>
    public (double[] Result, double[] Magnitude) Define(float[] x, float[] w, float[] b)
    {
        int count = Product(Out), perGroupIn = InChannels / Group, perGroupOut = OutChannels / Group, kernel = Product(Kernel), input = Product(In);
        var full = new double[Batch * OutChannels * count];
        var size = new double[full.Length];
        int[][] taps = [.. Enumerable.Range(0, kernel).Select(k => Unravel(k, Kernel))];
        int[] output = Out, sources = new int[count * kernel];
        for (int p = 0; p < count; p++)
        {
            int[] o = Unravel(p, output);
            for (int k = 0; k < kernel; k++) sources[p * kernel + k] = Source(o, taps[k]);
        }
        for (int n = 0; n < Batch; n++)
            for (int m = 0; m < OutChannels; m++)
                for (int p = 0; p < count; p++)
                {
                    double sum = Bias ? b[m] : 0, magnitude = Math.Abs(sum);
                    for (int c = 0; c < perGroupIn; c++)
                        for (int k = 0; k < kernel; k++)
                        {
                            if (Stored is not null && !Stored[(m * perGroupIn + c) * kernel + k]) continue;
                            int at = sources[p * kernel + k];
                            if (at < 0) continue;
                            int channel = m / perGroupOut * perGroupIn + c;
                            double weight = Transposed ? w[(channel * perGroupOut + m % perGroupOut) * kernel + k] : w[(m * perGroupIn + c) * kernel + k];
                            double term = weight * x[(n * InChannels + channel) * input + at];
                            sum += term;
                            magnitude += Math.Abs(term);
                        }
                    if (Clamp is not null && !double.IsNaN(sum)) sum = Math.Min(Clamp[1], Math.Max(Clamp[0], sum));
                    (full[(n * OutChannels + m) * count + p], size[(n * OutChannels + m) * count + p]) = (sum, magnitude);
                }
        if (MaxPool == 1) return (full, size);
        int pooled = count / MaxPool;
        var result = new double[Batch * OutChannels * pooled];
        var sizes = new double[result.Length];
        for (int i = 0; i < result.Length; i++)
            for (int j = 0; j < MaxPool; j++)
            {
                int from = i / pooled * count + i % pooled * MaxPool + j;
                result[i] = j == 0 ? full[from] : Math.Max(result[i], full[from]);
                sizes[i] = Math.Max(sizes[i], size[from]);
            }
        return (result, sizes);
    }

    /// <summary>The input element that output position <paramref name="o"/> sees through kernel position <paramref name="k"/>; −1 for none.</summary>
    int Source(int[] o, int[] k)
    {
        int at = 0;
        for (int i = 0; i < Rank; i++)
        {
            int z;
            if (Transposed)
            {
                z = o[i] + Pads[i] - k[i] * Dilation[i];
                if (z % Stride[i] != 0) return -1;
                z /= Stride[i];
            }
            else z = o[i] * Stride[i] - Pads[i] + k[i] * Dilation[i];
            if (z < 0 || z >= In[i]) return -1;
            at = at * In[i] + z;
        }
        return at;
    }

    static TensorType Type(int batch, int channels, int[] axes)
    {
        int[] shape = [batch, channels, .. axes];
        return new TensorType(ElementType.Float32, shape.AsSpan());
    }

    static int[] Unravel(int index, int[] shape)
    {
        var at = new int[shape.Length];
        for (int i = shape.Length - 1; i >= 0; i--) (index, at[i]) = Math.DivRem(index, shape[i]);
        return at;
    }

    static int Product(int[] sizes) => sizes.Aggregate(1, (a, b) => a * b);

    static float[] Data(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() * 2 - 1)];

    public override string ToString() =>
        $"{(Transposed ? "ConvTranspose" : "Conv")} N{Batch} {InChannels}→{OutChannels} in[{string.Join(',', In)}] k[{string.Join(',', Kernel)}] s[{string.Join(',', Stride)}] "
        + $"d[{string.Join(',', Dilation)}] p[{string.Join(',', Pads)}] g{Group} pool{MaxPool}";
}
