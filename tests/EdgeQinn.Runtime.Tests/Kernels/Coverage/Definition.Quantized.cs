using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Tests.Kernels.Coverage;

static partial class Definition
{
    static void AddQuantized()
    {
        // The quotient rounds in the operand's type before it is rounded to an integer.
        Add("QuantizeLinear", call => Answer.Exact([.. call.X.Data.Select(x => Saturated(
            Math.Round(call.X.Type.Element == ElementType.Float32 ? (float)x / (float)call.Inputs[1].Data[0] : x / call.Inputs[1].Data[0], MidpointRounding.ToEven) + call.Inputs[2].Data[0], call.Outputs[0].Element))]));
        Add("DequantizeLinear", call => Answer.Relative([.. call.X.Data.Select(x => (x - call.Inputs[2].Data[0]) * call.Inputs[1].Data[0])], 1));
        ByOperator.Add("DynamicQuantizeLinear", call =>
        {
            float low = 0, high = 0;
            foreach (double x in call.X.Data.Where(x => !double.IsNaN(x))) (low, high) = (Math.Min(low, (float)x), Math.Max(high, (float)x));
            float scale = high > low ? (high - low) / 255 : 1;
            double zero = Level(-low / scale);
            return
            [
                Answer.Exact([.. call.X.Data.Select(x => Level((float)x / scale, zero))]),
                Answer.Exact([scale]), Answer.Exact([zero]),
            ];
        });
        static double Level(float x, double zero = 0) => Saturated(Math.Round(x, MidpointRounding.ToEven) + zero, ElementType.UInt8);

        Add("MatMulInteger", call => Answer.Exact(IntegerProduct(call.X, call.Inputs[1], call.Inputs[2].Data[0], call.Inputs[3].Data[0])));
        Add("QLinearMatMul", call =>
        {
            double[] products = IntegerProduct(call.X, call.Inputs[3], call.Inputs[2].Data[0], call.Inputs[5].Data[0]);
            double scale = call.Inputs[1].Data[0] * call.Inputs[4].Data[0] / call.Inputs[6].Data[0];
            return Answer.Exact([.. products.Select(p => Saturated(Math.Round(p * scale, MidpointRounding.ToEven) + call.Inputs[7].Data[0], call.Outputs[0].Element))]);
        });
        Add("ConvInteger", call =>
        {
            var (x, w) = (call.X, call.Inputs[1]);
            int[] y = [.. call.Outputs[0].Shape];
            var (channels, length, taps) = (x.Shape[1], x.Shape[2], w.Shape[2]);
            var sums = new double[Product(y)];
            for (int i = 0; i < sums.Length; i++)
            {
                var (n, o, t) = (i / (y[1] * y[2]), i / y[2] % y[1], i % y[2]);
                for (int c = 0; c < channels; c++)
                    for (int k = 0; k < taps; k++)
                        sums[i] += (x.Data[(n * channels + c) * length + t + k] - call.Inputs[2].Data[0]) * (w.Data[(o * channels + c) * taps + k] - call.Inputs[3].Data[0]);
            }
            return Answer.Exact(sums);
        });
    }

    /// <summary>(A − a₀)(B − b₀).</summary>
    static double[] IntegerProduct(Operand a, Operand b, double zeroA, double zeroB)
    {
        int m = a.Shape[0], k = a.Shape[1], n = b.Shape[1];
        var y = new double[m * n];
        for (int i = 0; i < m; i++)
            for (int j = 0; j < n; j++)
                for (int p = 0; p < k; p++) y[i * n + j] += (a.Data[i * k + p] - zeroA) * (b.Data[p * n + j] - zeroB);
        return y;
    }

    static double Saturated(double x, ElementType type) => double.IsNaN(x) ? 0 : type switch
    {
        ElementType.Int8 => Math.Clamp(x, sbyte.MinValue, sbyte.MaxValue),
        ElementType.UInt8 => Math.Clamp(x, byte.MinValue, byte.MaxValue),
        ElementType.Int16 => Math.Clamp(x, short.MinValue, short.MaxValue),
        _ => Math.Clamp(x, ushort.MinValue, ushort.MaxValue),
    };
}
