using System.Numerics.Tensors;
using EdgeQinn.Converter.Calibration;
using EdgeQinn.Converter.Compression;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Converter.Selection;

/// <summary>Makes one layer's candidates: fits each format, and takes its bytes, its time and the error of its outputs on inputs held out.</summary>
sealed class CandidateBuilder(ModelGraph graph, ILayerCost cost, LayerTimesMemory memory)
{
    /// <summary>Times that differ by less are the same: measurements are no better.</summary>
    const double TimeTolerance = 1.02;

    readonly MeasuredLayerCost _measured = new();

    /// <summary>All candidates of a layer, dense first.</summary>
    /// <param name="site">The layer.</param>
    /// <param name="inputs">What calibration knows of it.</param>
    /// <param name="formats">What to try.</param>
    public IReadOnlyList<Candidate> Build(WeightSite site, LayerInputs inputs, IReadOnlyList<string> formats)
    {
        if (!site.HasFreeBias) inputs = inputs with { Moments = inputs.Moments.AboutZero() };
        var layer = site.Weight with { Inputs = inputs };
        double denseTime = Time(graph, site, Candidate.Dense, double.NaN);
        var dense = new Candidate(Candidate.Dense, new DenseWeight(EncodedTensor.FromSpan<float>(layer.Data, layer.Type.Shape.AsSpan()), layer.Rows), null,
            CandidateState.Competes, "", 4L * layer.Data.Length, layer.Data.Length, layer.Data.Length, denseTime, 0, 0);
        var built = new Candidate[formats.Count];
        Parallel.For(0, formats.Count, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, i => built[i] = Fit(layer, formats[i]));
        for (int i = 0; i < built.Length; i++) built[i] = Timed(built[i], site, denseTime);
        return [dense, .. WithoutDominated(built, dense)];
    }

    static Candidate Fit(DenseLayer layer, string format)
    {
        Weight weight;
        try
        {
            weight = FormatRequest.Parse($"*={format}").Build(layer);
        }
        catch (Exception e) when (e is EdgeQinnException or ArgumentException)
        {
            return new Candidate(format, null, null, CandidateState.DoesNotFit, e.Message, 0, 0, 0, double.NaN, double.NaN, double.NaN);
        }
        var (error, shift) = OutputError(layer, weight);
        bool isFinite = double.IsFinite(error) && shift.All(float.IsFinite);
        return new Candidate(format, weight, shift.All(s => s == 0) ? null : shift, isFinite ? CandidateState.Competes : CandidateState.DoesNotFit, isFinite ? "" : "the fit did not converge",
            LayerFormats.Bytes(weight.Encode()), weight.Parameters, weight.MultiplyAdds, double.NaN, error, double.NaN);
    }

    Candidate Timed(Candidate candidate, WeightSite site, double denseTime)
    {
        if (candidate.State != CandidateState.Competes) return candidate;
        double time = Time(WeightReplacement.Apply(graph, [new WeightReplacement(site, candidate.Weight!.Encode(), candidate.BiasShift)]), site, candidate.Format, denseTime);
        return time <= TimeTolerance * denseTime ? candidate with { Microseconds = time }
            : candidate with { Microseconds = time, State = CandidateState.Slower, Reason = $"slower than dense: {time:0.00} µs, dense {denseTime:0.00} µs" };
    }

    /// <summary>A layer's time; where it is not known, as much of the dense layer's as it takes on this machine.</summary>
    double Time(ModelGraph changed, WeightSite site, string format, double denseTime) => memory.Get($"{site.Name} {format}", () =>
    {
        if (cost.Microseconds(changed, site.Node) is var known && !double.IsNaN(known)) return known;
        double here = _measured.Microseconds(changed, site.Node);
        return double.IsNaN(denseTime) ? here : denseTime * here / _measured.Microseconds(graph, site.Node);
    });

    /// <summary>
    /// √(E‖W x + b − Ŵ q(x) − b̂‖² ÷ E‖W (x − μ)‖²) over the inputs held out, with b̂ = b + (W − Ŵ) μ and q the rounding of the inputs where the weight
    /// says how; and b̂ − b.
    /// </summary>
    static (double Error, float[] Shift) OutputError(DenseLayer layer, Weight weight)
    {
        var inputs = layer.Inputs!;
        int rows = layer.Rows, n = layer.Columns, count = inputs.HeldOut.Length / n;
        float[] approximation = weight.ToArray(), delta = [.. layer.Data.Zip(approximation, (a, b) => a - b)], mean = Array.ConvertAll(inputs.Moments.Mean, m => (float)m);
        var shift = new float[rows];
        for (int i = 0; i < rows; i++) shift[i] = TensorPrimitives.Dot<float>(delta.AsSpan(i * n, n), mean);
        var range = (weight as Int8Weight)?.Input;
        double[] lost = new double[count], norm = new double[count];
        Parallel.For(0, count, s =>
        {
            float[] x = inputs.HeldOut[(s * n)..((s + 1) * n)];
            float[]? rounding = range is { } r ? [.. x.Select(v => v - ActivationRanges.Quantised(v, r))] : null;
            for (int j = 0; j < n; j++) x[j] -= mean[j];
            for (int i = 0; i < rows; i++)
            {
                double e = TensorPrimitives.Dot<float>(delta.AsSpan(i * n, n), x), y = TensorPrimitives.Dot<float>(layer.Data.AsSpan(i * n, n), x);
                if (rounding is not null) e += TensorPrimitives.Dot<float>(approximation.AsSpan(i * n, n), rounding);
                lost[s] += e * e;
                norm[s] += y * y;
            }
        });
        return (Math.Sqrt(lost.Sum() / Math.Max(norm.Sum(), double.Epsilon)), shift);
    }

    static IEnumerable<Candidate> WithoutDominated(Candidate[] built, Candidate dense)
    {
        foreach (var candidate in built)
        {
            if (candidate.State != CandidateState.Competes)
            {
                yield return candidate;
                continue;
            }
            if (candidate.Bytes >= dense.Bytes)
            {
                yield return candidate with { State = CandidateState.Dominated, Reason = $"no smaller than dense ({dense.Bytes} bytes)" };
                continue;
            }
            var better = built.Where(o => o.State == CandidateState.Competes && o != candidate && IsBetter(o, candidate)).MinBy(o => o.LayerError);
            yield return better is null ? candidate : candidate with { State = CandidateState.Dominated, Reason = $"{better.Format} has error {better.LayerError:0.000}, {better.Bytes} bytes, {better.Microseconds:0.00} µs" };
        }
    }

    /// <summary>Whether <paramref name="a"/> is at least as good in everything and better in something.</summary>
    static bool IsBetter(Candidate a, Candidate b) =>
        a.LayerError <= b.LayerError && a.Bytes <= b.Bytes && a.Microseconds <= TimeTolerance * b.Microseconds && (a.LayerError < b.LayerError || a.Bytes < b.Bytes || a.Microseconds < b.Microseconds / TimeTolerance)
        && !(b.LayerError <= a.LayerError && b.Bytes <= a.Bytes && b.Microseconds < a.Microseconds);
}
