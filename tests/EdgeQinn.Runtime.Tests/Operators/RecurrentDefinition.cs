using EdgeQinn.Runtime.Kernels.Recurrent;

namespace EdgeQinn.Runtime.Tests.Operators;

/// <summary>GRU, LSTM and RNN in double precision, written from the text of the ONNX operators alone.</summary>
sealed class RecurrentDefinition
{
    public required int T, Batch, I, H, D;
    public required double[] X, W, R, B, InitialH, InitialC, P;
    public required int[] Lengths;
    public required bool[] Reverse;
    public double Clip = double.PositiveInfinity;
    public bool LinearBeforeReset, InputForget;

    /// <summary>f, g, h of each direction in turn.</summary>
    public required CellActivation[] Activations;

    public double[] Y = [], Yh = [], Yc = [];

    public void Gru() => Run(3, (d, gates, recurrent, h, c) =>
    {
        var (f, g) = (Activations[2 * d], Activations[2 * d + 1]);
        double[] before = recurrent(h);
        var z = new double[H];
        var r = new double[H];
        for (int i = 0; i < H; i++)
        {
            z[i] = Apply(f, gates[i] + before[i]);
            r[i] = Apply(f, gates[H + i] + before[H + i]);
        }
        double[] after = LinearBeforeReset ? before : recurrent([.. h.Select((v, i) => v * r[i])]);
        for (int i = 0; i < H; i++)
        {
            double candidate = Apply(g, gates[2 * H + i] + (LinearBeforeReset ? r[i] : 1) * after[2 * H + i]);
            h[i] = (1 - z[i]) * candidate + z[i] * h[i];
        }
    });

    public void Lstm() => Run(4, (d, gates, recurrent, h, c) =>
    {
        var (f, g, output) = (Activations[3 * d], Activations[3 * d + 1], Activations[3 * d + 2]);
        double[] sum = [.. gates.Zip(recurrent(h), (a, b) => a + b)];
        double Peephole(int gate, int i) => P.Length == 0 ? 0 : P[(d * 3 + gate) * H + i];
        for (int i = 0; i < H; i++)
        {
            double it = Apply(f, sum[i] + Peephole(0, i) * c[i]);
            double ft = InputForget ? 1 - it : Apply(f, sum[2 * H + i] + Peephole(2, i) * c[i]);
            double ct = ft * c[i] + it * Apply(g, sum[3 * H + i]);
            double ot = Apply(f, sum[H + i] + Peephole(1, i) * ct);
            c[i] = ct;
            h[i] = ot * Apply(output, ct);
        }
    });

    public void Rnn() => Run(1, (d, gates, recurrent, h, c) =>
    {
        double[] sum = [.. gates.Zip(recurrent(h), (a, b) => a + b)];
        for (int i = 0; i < H; i++) h[i] = Apply(Activations[d], sum[i]);
    });

    delegate void Step(int direction, double[] gates, Func<double[], double[]> recurrent, double[] h, double[] c);

    void Run(int g, Step step)
    {
        Y = new double[T * D * Batch * H];
        Yh = new double[D * Batch * H];
        Yc = new double[D * Batch * H];
        for (int d = 0; d < D; d++)
            for (int b = 0; b < Batch; b++)
            {
                int first = (d * Batch + b) * H, rows = g * H;
                var h = new double[H];
                var c = new double[H];
                for (int i = 0; i < H; i++)
                {
                    if (InitialH.Length > 0) h[i] = InitialH[first + i];
                    if (InitialC.Length > 0) c[i] = InitialC[first + i];
                }
                double Bias(int part, int row) => B.Length == 0 ? 0 : B[(d * 2 + part) * rows + row];
                int length = Lengths.Length == 0 ? T : Lengths[b];
                for (int s = 0; s < length; s++)
                {
                    int t = Reverse[d] ? length - 1 - s : s;
                    var gates = new double[rows];
                    for (int m = 0; m < rows; m++)
                    {
                        gates[m] = Bias(0, m);
                        for (int n = 0; n < I; n++) gates[m] += W[(d * rows + m) * I + n] * X[(t * Batch + b) * I + n];
                    }
                    step(d, gates, state =>
                    {
                        var product = new double[rows];
                        for (int m = 0; m < rows; m++)
                        {
                            product[m] = Bias(1, m);
                            for (int n = 0; n < H; n++) product[m] += R[(d * rows + m) * H + n] * state[n];
                        }
                        return product;
                    }, h, c);
                    h.CopyTo(Y, ((t * D + d) * Batch + b) * H);
                }
                h.CopyTo(Yh, first);
                c.CopyTo(Yc, first);
            }
    }

    double Apply(CellActivation f, double x)
    {
        x = Math.Clamp(x, -Clip, Clip);
        return f.Kind switch
        {
            CellActivationKind.Sigmoid => 1 / (1 + Math.Exp(-x)),
            CellActivationKind.Tanh => Math.Tanh(x),
            CellActivationKind.Relu => Math.Max(0, x),
            CellActivationKind.Affine => f.Alpha * x + f.Beta,
            CellActivationKind.LeakyRelu => x >= 0 ? x : f.Alpha * x,
            CellActivationKind.ThresholdedRelu => x > f.Alpha ? x : 0,
            CellActivationKind.ScaledTanh => f.Alpha * Math.Tanh(f.Beta * x),
            CellActivationKind.HardSigmoid => Math.Min(Math.Max(f.Alpha * x + f.Beta, 0), 1),
            CellActivationKind.Elu => x >= 0 ? x : f.Alpha * (Math.Exp(x) - 1),
            CellActivationKind.Softsign => x / (1 + Math.Abs(x)),
            CellActivationKind.Softplus => Math.Log(1 + Math.Exp(x)),
            _ => throw new ArgumentOutOfRangeException(nameof(f)),
        };
    }
}
