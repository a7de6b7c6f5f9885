using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Operators;
using Xunit;

namespace EdgeQinn.Runtime.Tests.Operators;

/// <summary>Attention against softmax(scale · Q Kᵀ + mask) V in double, on every instruction set, with operands wherever they may lie.</summary>
public class AttentionOperatorTests
{
    /// <summary>Offset and distances of batch item, head and step.</summary>
    static int Element(int[] at, int b, int h, int t) => at[0] + b * at[1] + h * at[2] + t * at[3];

    static double[] Definition(int[] sizes, (float[] Data, int[] At) q, (float[] Data, int[] At) k, (float[] Data, int[] At) v, float scale,
        Func<int, int, int, int, double> mask, bool stepsFirst, bool maskedIsZero)
    {
        var (batch, heads, steps, keys, width, valueWidth) = (sizes[0], sizes[1], sizes[2], sizes[3], sizes[4], sizes[5]);
        double[] y = new double[batch * heads * steps * valueWidth];
        for (int b = 0; b < batch; b++)
            for (int h = 0; h < heads; h++)
                for (int t = 0; t < steps; t++)
                {
                    double[] scores = new double[keys];
                    for (int s = 0; s < keys; s++)
                    {
                        for (int d = 0; d < width; d++) scores[s] += (double)q.Data[Element(q.At, b, h, t) + d] * k.Data[Element(k.At, b, h, s) + d];
                        scores[s] = scores[s] * scale + mask(b, h, t, s);
                    }
                    double highest = scores.Max(), sum = scores.Sum(x => Math.Exp(x - highest));
                    int row = stepsFirst ? (b * steps + t) * heads + h : (b * heads + h) * steps + t;
                    for (int e = 0; e < valueWidth; e++)
                        for (int s = 0; s < keys; s++)
                            y[row * valueWidth + e] += maskedIsZero && double.IsNegativeInfinity(highest) ? 0 : Math.Exp(scores[s] - highest) / sum * v.Data[Element(v.At, b, h, s) + e];
                }
        return y;
    }

    static float[] Data(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() * 2 - 1)];
    }

    static AttributeMap Attributes(int[] sizes, int[] q, int[] k, int[] v, float scale) =>
        new() { { "sizes", sizes }, { "query", q }, { "key", k }, { "value", v }, { "scale", scale } };

    static void Check(double[] expected, AttributeMap attributes, params EncodedTensor?[] inputs) => OperatorRunner.RunAll("Attention", attributes, inputs, y =>
    {
        var actual = y[0].Data<float>();
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++) Assert.True(Math.Abs(expected[i] - actual[i]) <= 2e-6 + 2e-6 * Math.Abs(expected[i]) || double.IsNaN(expected[i]) && float.IsNaN(actual[i]), $"element {i}: {expected[i]}, got {actual[i]}");
    });

    /// <summary>Heads first and steps first, sizes around panels of 8, 16 and 32 and tiles of 6 and 24, values as wide as a panel with all heads together.</summary>
    [Theory]
    [InlineData(1, 1, 1, 1, 1, 1)]
    [InlineData(1, 2, 7, 5, 4, 3)]
    [InlineData(2, 3, 25, 9, 8, 8)]
    [InlineData(1, 4, 6, 33, 5, 8)]
    [InlineData(2, 2, 3, 17, 16, 4)]
    [InlineData(1, 1, 50, 31, 7, 37)]
    public void Every_layout_and_size(int batch, int heads, int steps, int keys, int width, int valueWidth)
    {
        int[] sizes = [batch, heads, steps, keys, width, valueWidth];
        float[] q = Data(batch * heads * steps * width, 1), k = Data(batch * heads * keys * width, 2), v = Data(batch * heads * keys * valueWidth, 3);
        foreach (bool stepsFirst in new[] { false, true })
        {
            int[] At(int length, int w) => stepsFirst ? [0, length * heads * w, w, heads * w] : [0, heads * length * w, length * w, w];
            var (aq, ak, av) = (At(steps, width), At(keys, width), At(keys, valueWidth));
            var attributes = Attributes(sizes, aq, ak, av, 0.7f);
            if (stepsFirst) attributes.Add("steps_first", 1L);
            Check(Definition(sizes, (q, aq), (k, ak), (v, av), 0.7f, (_, _, _, _) => 0, stepsFirst, false), attributes,
                EncodedTensor.FromSpan<float>(q, q.Length), EncodedTensor.FromSpan<float>(k, k.Length), EncodedTensor.FromSpan<float>(v, v.Length));
        }
    }

    [Fact]
    public void Queries_keys_and_values_in_one_tensor()
    {
        const int Steps = 5, Heads = 2, Width = 3, Row = 3 * Heads * Width;
        int[] sizes = [1, Heads, Steps, Steps, Width, Width];
        float[] x = Data(Steps * Row, 4);
        int[] At(int part) => [part * Heads * Width, 0, Width, Row];
        Check(Definition(sizes, (x, At(0)), (x, At(1)), (x, At(2)), 1, (_, _, _, _) => 0, false, false), Attributes(sizes, At(0), At(1), At(2), 1),
            EncodedTensor.FromSpan<float>(x, Steps, Row), EncodedTensor.FromSpan<float>(x, Steps, Row), EncodedTensor.FromSpan<float>(x, Steps, Row));
    }

    [Theory]
    [InlineData(1, 1, 1, 5)]
    [InlineData(2, 1, 1, 5)]
    [InlineData(2, 3, 4, 5)]
    [InlineData(1, 3, 4, 1)]
    [InlineData(1, 1, 4, 5)]
    public void Masks_broadcast(int mb, int mh, int mt, int ms)
    {
        int[] sizes = [2, 3, 4, 5, 2, 2], q = [0, 24, 8, 2], kv = [0, 30, 10, 2], shape = [mb, mh, mt, ms];
        float[] x = Data(48, 5), y = Data(60, 6), z = Data(60, 7), mask = Data(mb * mh * mt * ms, 8);
        double At(int b, int h, int t, int s) => mask[((b % mb * mh + h % mh) * mt + t % mt) * ms + s % ms];
        Check(Definition(sizes, (x, q), (y, kv), (z, kv), 0.5f, At, false, false), Attributes(sizes, q, kv, kv, 0.5f),
            EncodedTensor.FromSpan<float>(x, 48), EncodedTensor.FromSpan<float>(y, 60), EncodedTensor.FromSpan<float>(z, 60), EncodedTensor.FromSpan<float>(mask, shape));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_query_without_keys_is_nan_or_zero(bool zero)
    {
        int[] sizes = [1, 1, 3, 2, 2, 2], at = [0, 0, 0, 2];
        float[] x = Data(6, 5), y = Data(4, 6), z = Data(4, 7), mask = [0, float.NegativeInfinity, float.NegativeInfinity, float.NegativeInfinity, 0, 0];
        var attributes = Attributes(sizes, at, at, at, 1);
        if (zero) attributes.Add("masked_is_zero", 1L);
        Check(Definition(sizes, (x, at), (y, at), (z, at), 1, (_, _, t, s) => mask[2 * t + s], false, zero), attributes,
            EncodedTensor.FromSpan<float>(x, 6), EncodedTensor.FromSpan<float>(y, 4), EncodedTensor.FromSpan<float>(z, 4), EncodedTensor.FromSpan<float>(mask, 3, 2));
    }

    [Theory]
    [InlineData(new[] { 1, 1, 3, 2, 2, 2 }, new[] { 1, 0, 0, 2 }, "leads to element 6")]
    [InlineData(new[] { 1, 1, 3, 2, 2, 2 }, new[] { 0, 0, 0, -2 }, "negative")]
    [InlineData(new[] { 1, 1, 0, 2, 2, 2 }, new[] { 0, 0, 0, 2 }, "must be positive")]
    [InlineData(new[] { int.MaxValue, int.MaxValue, int.MaxValue, 2, 2, 2 }, new[] { int.MaxValue, int.MaxValue, int.MaxValue, int.MaxValue }, "overflow")]
    [InlineData(new[] { 1, 1, 3 }, new[] { 0, 0, 0, 2 }, "expected 6")]
    public void What_leads_out_of_an_operand_is_refused(int[] sizes, int[] query, string reason)
    {
        int[] at = [0, 0, 0, 2];
        var error = Assert.Throws<GraphException>(() => OperatorRunner.Run("Attention", Attributes(sizes, query, at, at, 1),
            [EncodedTensor.FromSpan<float>(new float[6], 6), EncodedTensor.FromSpan<float>(new float[4], 4), EncodedTensor.FromSpan<float>(new float[4], 4)]));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }
}
