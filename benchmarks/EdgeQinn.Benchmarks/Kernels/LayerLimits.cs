using System.Globalization;
using EdgeQinn.Runtime.Diagnostics.Timing;
using EdgeQinn.Runtime.Kernels;

namespace EdgeQinn.Benchmarks.Kernels;

/// <summary>
/// Where the time of a layer goes that stays below its bound, measured on layers of the same kind and other sizes. With C inputs and M outputs a kernel takes
/// T(C, M) = s·C·M + i·C + o·M + f: sums, what is done per input (padding, quantising, transforming), per output (bias, clamp, pool, store, transforming back) and
/// per run. Four layers give the four: this one and those with half as many inputs, outputs and both, or twice as many where half would leave registers empty. A recurrence of one register of units and one input shows what its states cost that follow from each other.
/// </summary>
static class LayerLimits
{
    /// <summary>Half of this many channels fills every kernel's registers.</summary>
    const int Wide = 64;

    /// <summary>A layer's time and what it goes to beyond its bound.</summary>
    /// <param name="Layer">Its name.</param>
    /// <param name="Microseconds">Its time.</param>
    /// <param name="Bound">What its multiply-adds, as stored, take at the measured peak, or reading its weights if that is longer, µs.</param>
    /// <param name="Parts">What the rest goes to, µs, the most first.</param>
    public sealed record Limit(string Layer, double Microseconds, double Bound, IReadOnlyList<(string What, double Microseconds)> Parts)
    {
        /// <summary>A row of a Markdown table.</summary>
        public string Row => string.Create(CultureInfo.InvariantCulture,
            $"| {Layer} | {Microseconds:F2} | {Bound:F2} | {string.Join("; ", Parts.Where(p => p.Microseconds >= 0.02 * Microseconds).Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.What} {p.Microseconds:F2}")))} |");
    }

    public const string Head = "| layer | µs | bound, µs | beyond the bound, µs, the most first |\n|---|--:|--:|---|";

    /// <summary>Of a convolution or linear layer. <paramref name="format"/>: <c>dense</c> or as the converter names it; <paramref name="algorithm"/>: a dense convolution's, or empty.</summary>
    public static Limit Of(BenchmarkLayer layer, string format, string algorithm = "")
    {
        int m = layer.Weight[0], c = layer.Weight[1];
        bool halve = c >= Wide && m >= Wide && c % 2 == 0 && m % 2 == 0;
        int least = halve ? 2 : 1;
        BenchmarkLayer Sized(int outputs, int inputs) => layer with { Weight = [m * outputs / least, c * inputs / least, .. layer.Weight[2..]] };
        // The layer itself is the first or the last.
        BenchmarkLayer[] layers = [Sized(1, 1), Sized(1, 2), Sized(2, 1), Sized(2, 2)];
        var weights = layers.Select(l => l.Build(format)).ToArray();
        var opened = layers.Zip(weights, (l, w) => FormatSpeed.Open(l.Graph(w.Encode(), algorithm))).ToArray();
        var (t, peak) = (FormatSpeed.Times(opened), Peak());
        int self = halve ? 3 : 0;
        string kernel = opened[self].LastKernel;
        foreach (var one in opened) one.Dispose();
        double sums = t[3] - t[1] - t[2] + t[0], inputs = least * (t[1] - t[0] - sums), outputs = least * (t[2] - t[0] - sums);
        sums *= least * least;
        double run = t[self] - sums - inputs - outputs, stored = weights[self].MultiplyAdds * ((double)layer.MultiplyAdds / weights[self].Type.Count);
        if (algorithm == "winograd") stored *= Products(layer.Weight[2]);
        double bound = stored / peak / 1000;
        if (layer.Operator == "Linear") bound = Math.Max(bound, Reading(weights[self].Encode().Parts.Sum(p => (long)p.Bytes.Length)));
        double filled = Filled(layer, kernel), empty = bound / filled - bound;
        return Sorted(layer.Title, t[self], bound,
            ($"lanes that hold no output ({1 - filled:P0})", empty), ($"sums at {bound / filled / sums:P0} of the bound's rate", sums - bound - empty),
            ("per input (pad, split, transform)", inputs), ("per output (bias, clamp, pool, store)", outputs), ("per run (call, first loads)", run));
    }

    /// <summary>The multiplications of F(4, r), whose r taps take a kernel in one section or several, per multiplication of the definition.</summary>
    static double Products(int kernel)
    {
        int taps = kernel <= 3 ? 3 : kernel is 6 or 7 ? 7 : 5, sections = (kernel + taps - 1) / taps;
        return sections * (taps + 3) / (4.0 * kernel);
    }

    /// <summary>Of a recurrence.</summary>
    public static Limit Recurrent(BenchmarkLayer layer, double boundMicroseconds)
    {
        int lanes = Cpu.Allowed()[0] switch { Isa.Avx512 => 16, Isa.Avx2 => 8, _ => 4 };
        BenchmarkLayer[] layers = [layer, layer with { Weight = [layer.Weight[0], 2 * layer.Weight[1]] }, layer with { Weight = [lanes, 1] }];
        var opened = layers.Select(l => FormatSpeed.Open(l.Graph())).ToArray();
        var (t, peak) = (FormatSpeed.Times(opened), Peak());
        foreach (var one in opened) one.Dispose();
        double products = (double)layer.Gates * layer.Weight[0] * layer.Weight[1] * layer.Vectors / peak / 1000, inputs = t[1] - t[0] - products;
        double chain = t[2] - layers[2].MultiplyAdds / peak / 1000;
        return Sorted(layer.Title, t[0], boundMicroseconds,
            (string.Create(CultureInfo.InvariantCulture, $"states that wait for each other ({chain / layer.Vectors * 1000:F0} ns per step with {lanes} units)"), chain),
            ("the inputs' products below the peak", inputs), ("sums and activations of the other units", t[0] - boundMicroseconds - chain - inputs));
    }

    static Limit Sorted(string layer, double microseconds, double bound, params (string What, double Microseconds)[] parts) =>
        new(layer, microseconds, bound, [.. parts.OrderByDescending(p => p.Microseconds)]);

    /// <summary>The share of a convolution's lanes that hold outputs.</summary>
    static double Filled(BenchmarkLayer layer, string kernel)
    {
        int row = layer.Operator == "Conv" ? layer.Positions[^1] / layer.Pool : 0, rows = layer.Weight[0];
        var allowed = Cpu.Allowed();
        if (kernel.StartsWith("conv.time", StringComparison.Ordinal))
        {
            var time = ConvTime.Family.Select(allowed);
            return Share(rows, time.Panel) * Share(row, time.Lanes);
        }
        if (kernel.StartsWith("conv.channel", StringComparison.Ordinal) || kernel.StartsWith("conv.winograd", StringComparison.Ordinal)) return Share(rows, ConvChannel.Family.Select(allowed).Panel);
        return 1;
    }

    static double Share(int used, int unit) => (double)used / ((used + unit - 1) / unit * unit);

    /// <summary>Reading that many bytes again and again, µs.</summary>
    static double Reading(long bytes)
    {
        using var rate = new ReadRate(bytes, Cpu.Allowed());
        return bytes / Enumerable.Range(0, 100).Max(_ => rate.Sample()) / 1000;
    }

    static double Peak() => Enumerable.Range(0, 200).Max(_ => ArithmeticPeak.Float(Cpu.Allowed()));
}
