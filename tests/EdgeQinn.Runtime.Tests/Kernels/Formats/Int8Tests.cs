using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Tests.Operators;
using EdgeQinn.Runtime.Tests.Weights;
using EdgeQinn.Runtime.Weights;
using EdgeQinn.Testing;
using Xunit;

namespace EdgeQinn.Runtime.Tests.Kernels.Formats;

/// <summary>Int8 layers are integer arithmetic: what they give is known exactly up to the last multiplication.</summary>
public unsafe class Int8Tests
{
    public static TheoryData<Isa> Isas() => [.. Cpu.Allowed()];

    public static TheoryData<Isa> QuantiseIsas() => [.. Quantise.Family.Implementations.Where(Cpu.Supports)];

    [Theory, MemberData(nameof(Isas))]
    public void Linear_layers_of_every_small_size(Isa isa)
    {
        var random = new Random(11);
        for (int i = 0; i <= 140; i++)
        {
            int m = i <= 67 ? i + 1 : random.Next(1, 200), n = i <= 67 ? random.Next(1, 68) : i - 67, rows = random.Next(1, 7);
            var weight = RandomWeights.Int8(random, RandomWeights.Matrix(m, n), m, i % 3 == 0 ? new ActivationRange(0.02f, random.Next(-128, 128)) : null);
            float[] x = Inputs(random, rows * n), bias = RandomWeights.Floats(random, m);
            var y = OperatorRunner.Run("Linear", new AttributeMap { { "clamp", ((float[])[-50f, 60f]).AsSpan() } },
                [EncodedTensor.FromSpan<float>(x, rows, n), weight.Encode(), EncodedTensor.FromSpan<float>(bias, m)], Cpu.Allowed(isa.ToString()), Feed.Constants)[0].Data<float>();
            var range = weight.Input ?? ActivationRange.FromRange(x.Min(), x.Max());
            for (int r = 0; r < rows; r++)
                for (int o = 0; o < m; o++)
                {
                    long sum = 0;
                    for (int j = 0; j < n; j++) sum += weight.Values[o * n + j] * (long)(Q(x[r * n + j], range) - range.ZeroPoint);
                    AssertClose(Math.Clamp(sum * (double)range.Scale * weight.Scales[o] + bias[o], -50, 60), y[r * m + o]);
                }
        }
    }

    public static TheoryData<Isa, string> IsasAndAlgorithms()
    {
        var data = new TheoryData<Isa, string>();
        foreach (Isa isa in Cpu.Allowed())
            foreach (string algorithm in (string[])["", "time", "winograd"]) data.Add(isa, algorithm);
        return data;
    }

    [Theory, MemberData(nameof(IsasAndAlgorithms))]
    public void Convolutions(Isa isa, string algorithm)
    {
        var random = new Random(12);
        bool winograd = algorithm == "winograd";
        for (int i = 0; i < 120; i++)
        {
            int group = i % 4 == 0 ? 2 : 1, perGroup = random.Next(2, 9), channels = group * perGroup, m = group * random.Next(1, i % 7 == 0 ? 40 : 9), taps = random.Next(1, winograd ? 12 : 6);
            int stride = winograd ? 1 : random.Next(1, 3), pad = random.Next(0, 3);
            // Of many channels, a few steps: they have a tile of their own.
            int length = i % 7 == 0 && !winograd ? Math.Max(taps, (random.Next(4, 8) - 1) * stride + taps - 2 * pad) : taps + random.Next(0, 150), outputs = (length + 2 * pad - taps) / stride + 1, pool = random.Next(1, Math.Min(outputs, 5) + 1);
            var type = new TensorType(ElementType.Float32, m, perGroup, taps);
            var weight = RandomWeights.Int8(random, type, m, i % 3 == 0 ? new ActivationRange(0.02f, random.Next(-128, 128)) : null);
            float[] x = Inputs(random, channels * length), bias = RandomWeights.Floats(random, m);
            var attributes = new AttributeMap { { "group", group }, { "strides", stride }, { "pads", ((int[])[pad, pad]).AsSpan() }, { "clamp", ((float[])[-5f, float.PositiveInfinity]).AsSpan() } };
            if (pool > 1) attributes.Add("max_pool", pool);
            if (algorithm.Length > 0) attributes.Add("algorithm", algorithm);
            var y = OperatorRunner.Run("Conv", attributes, [EncodedTensor.FromSpan<float>(x, 1, channels, length), weight.Encode(), EncodedTensor.FromSpan<float>(bias, m)],
                Cpu.Allowed(isa.ToString()), Feed.Constants)[0].Data<float>();
            var range = weight.Input ?? ActivationRange.FromRange(x.Min(), x.Max());
            double At(int o, int t)
            {
                long sum = 0;
                for (int c = 0; c < perGroup; c++)
                    for (int k = 0; k < taps; k++)
                    {
                        int at = t * stride + k - pad;
                        if (at >= 0 && at < length) sum += weight.Values[(o * perGroup + c) * taps + k] * (long)(Q(x[(o / (m / group) * perGroup + c) * length + at], range) - range.ZeroPoint);
                    }
                return Math.Max(-5, sum * (double)range.Scale * weight.Scales[o] + bias[o]);
            }
            for (int o = 0; o < m; o++)
                for (int t = 0; t < outputs / pool; t++)
                    AssertClose(Enumerable.Range(t * pool, pool).Max(s => At(o, s)), y[o * (outputs / pool) + t]);
        }
    }

    /// <summary>Filtering in integers wraps round on the way and still gives the bits of the direct kernel, for the largest numbers int8 can hold too.</summary>
    [Theory, MemberData(nameof(Isas))]
    public void Filtered_convolutions_equal_direct_ones_bit_for_bit(Isa isa)
    {
        var random = new Random(14);
        for (int i = 0; i < 24; i++)
        {
            int channels = i < 6 ? 1000 : random.Next(2, 100), m = random.Next(1, 36), taps = i % 2 == 0 ? 3 : 5, length = random.Next(taps, 150), zero = i % 3 == 0 ? -128 : i % 3 == 1 ? 127 : random.Next(-128, 128);
            int[] extremes = [-127, 127];
            sbyte[] values = [.. Enumerable.Range(0, m * channels * taps).Select(_ => (sbyte)(i % 4 == 0 ? 127 : i % 4 == 1 ? extremes[random.Next(2)] : random.Next(-127, 128)))];
            var weight = new Int8Weight(new TensorType(ElementType.Float32, m, channels, taps), values, [.. RandomWeights.Floats(random, m).Select(MathF.Abs)], new ActivationRange(1, zero));
            float[] x = [.. Enumerable.Range(0, channels * length).Select(_ => i % 4 == 0 ? (zero < 0 ? 300f : -300f) : i % 4 == 1 ? 600 * random.Next(2) - 300 : 300 * random.NextSingle() - 150)];
            Assert.Equal(Run("time", [Isa.Scalar]), Run("winograd", Cpu.Allowed(isa.ToString())));

            float[] Run(string algorithm, IReadOnlyList<Isa> isas) => OperatorRunner.Run("Conv", new AttributeMap { { "pads", 1, 2 }, { "algorithm", algorithm } },
                [EncodedTensor.FromSpan<float>(x, 1, channels, length), weight.Encode(), EncodedTensor.FromSpan<float>(RandomWeights.Floats(new Random(i), m), m)], isas, Feed.Constants)[0].Data<float>().ToArray();
        }
    }

    /// <summary>Blocks of int8 weights multiply the input quantised by its range wherever that pays, and then exactly.</summary>
    [Theory, MemberData(nameof(Isas))]
    public void Sparse_convolutions(Isa isa)
    {
        var random = new Random(15);
        for (int i = 0; i < 100; i++)
        {
            int group = i % 5 == 0 ? 2 : 1, perGroup = random.Next(1, 6), channels = group * perGroup, m = group * (group > 1 ? 4 * random.Next(1, 4) : random.Next(1, 20)), taps = random.Next(1, 6);
            int stride = random.Next(1, 3), dilation = random.Next(1, 3), pad = random.Next(0, 3), reach = (taps - 1) * dilation + 1, length = reach + random.Next(0, 150);
            int outputs = (length + 2 * pad - reach) / stride + 1, pool = random.Next(1, Math.Min(outputs, 5) + 1), batch = random.Next(1, 3);
            var weight = RandomWeights.BlockSparse(random, new TensorType(ElementType.Float32, m, perGroup, taps), m, i % 3 == 0 ? 16 : 4, i % 3 == 1 ? 4 : 1, 0.1 + 0.6 * random.NextDouble(), int8: true);
            float[] x = Inputs(random, batch * channels * length), bias = RandomWeights.Floats(random, m), w = weight.ToArray();
            var attributes = new AttributeMap { { "group", group }, { "strides", stride }, { "dilations", dilation }, { "pads", pad, pad }, { "clamp", -5f, float.PositiveInfinity }, { "algorithm", "int8" } };
            if (pool > 1) attributes.Add("max_pool", pool);
            var y = OperatorRunner.Run("Conv", attributes, [EncodedTensor.FromSpan<float>(x, batch, channels, length), weight.Encode(), EncodedTensor.FromSpan<float>(bias, m)],
                Cpu.Allowed(isa.ToString()), Feed.Constants)[0].Data<float>();
            var range = ActivationRange.FromRange(x.Min(), x.Max());
            double At(int n, int o, int t)
            {
                double sum = 0;
                for (int c = 0; c < perGroup; c++)
                    for (int k = 0; k < taps; k++)
                    {
                        int at = t * stride + k * dilation - pad;
                        if (at < 0 || at >= length) continue;
                        float value = x[(n * channels + o / (m / group) * perGroup + c) * length + at];
                        sum += w[(o * perGroup + c) * taps + k] * (range.Scale * (double)(Q(value, range) - range.ZeroPoint));
                    }
                return Math.Max(-5, sum + bias[o]);
            }
            for (int n = 0; n < batch; n++)
                for (int o = 0; o < m; o++)
                    for (int t = 0; t < outputs / pool; t++)
                    {
                        double expected = Enumerable.Range(t * pool, pool).Max(s => At(n, o, s)), actual = y[(n * m + o) * (outputs / pool) + t];
                        Assert.True(Math.Abs(expected - actual) <= 2e-5 * (Math.Abs(expected) + 1), $"{actual}, expected {expected}");
                    }
        }
    }

    [Theory, MemberData(nameof(QuantiseIsas))]
    public void Quantising_gives_the_same_bits_everywhere(Isa isa)
    {
        var random = new Random(13);
        foreach (int unit in (int[])[2, 4])
            for (int i = 0; i < 200; i++)
            {
                int blocks = random.Next(1, 3), channels = random.Next(1, 40), plane = i % 3 == 0 ? 1 : random.Next(2, 70), units = (channels + unit - 1) / unit;
                int phases = random.Next(1, 3), before = plane == 1 ? 0 : random.Next(0, 4), after = phases == 1 && plane == 1 ? 0 : random.Next(0, 3) * phases + (before + plane) % phases, row = before + plane + after;
                float[] x = Inputs(random, blocks * channels * plane);
                if (i % 5 == 0) x[random.Next(x.Length)] = float.NaN;
                if (i % 7 == 0) x[random.Next(x.Length)] = float.PositiveInfinity;
                Assert.Equal(Run(Isa.Scalar), Run(isa));

                string Run(Isa which)
                {
                    using var xs = new GuardedBuffer<float>(x, i % 2 == 0).ReadOnly();
                    using var ys = new GuardedBuffer<int>(blocks * units * row, i % 2 == 0);
                    Quantised mapping;
                    var args = new QuantiseArgs { Range = xs.Pointer, RangeCount = x.Length, X = xs.Pointer, Y = ys.Pointer, Mapping = &mapping, Blocks = blocks, Channels = channels, Plane = plane, Unit = unit, Before = before, After = after, Phases = phases };
                    Quantise.Family[which].Run(&args);
                    return $"{mapping.Scale:r} {mapping.ZeroPoint}: {string.Join(' ', ys.Span.ToArray())}";
                }
            }
    }

    [Fact]
    public void The_range_represents_zero_and_its_ends()
    {
        foreach (var (min, max) in ((float, float)[])[(0, 6), (-1, 1), (-3, 0), (2, 5), (-7, -2), (-0.3f, 12)])
        {
            var range = ActivationRange.FromRange(min, max);
            Assert.InRange(range.ZeroPoint, -128, 127);
            Assert.True(Math.Abs(Back(min) - min) <= range.Scale && Math.Abs(Back(max) - max) <= range.Scale, $"[{min}, {max}]: {range}");
            Assert.Equal(0, Back(0));

            float Back(float x) => range.Scale * (Q(x, range) - range.ZeroPoint);
        }
        Assert.Equal(new ActivationRange(1, 0), ActivationRange.FromRange(0, 0));
    }

    static float[] Inputs(Random random, int count) => [.. RandomWeights.Floats(random, count).Select(v => v * 3 + 0.5f)];

    static int Q(float x, ActivationRange range) =>
        (int)MathF.Round(Math.Clamp(x * (1 / range.Scale), -128 - range.ZeroPoint, 127 - range.ZeroPoint), MidpointRounding.ToEven) + range.ZeroPoint;

    static void AssertClose(double expected, float actual) => Assert.True(Math.Abs(expected - actual) <= 2e-6 * (Math.Abs(expected) + 1), $"{actual}, expected {expected}");
}
