using System.Diagnostics;
using EdgeQinn.Benchmarks.OnnxRuntime;
using EdgeQinn.Converter;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Benchmarks.Models;

/// <summary>Measures one ONNX model on every engine.</summary>
sealed class ModelBenchmark(int warmRounds, int coldRounds, int coldStarts)
{
    const int Loads = 9, AllocationRuns = 200;

    /// <summary>Two float32 implementations agree to this, relative to the outputs' size; what differs more is wrong, and is not timed.</summary>
    const double Tolerance = 1e-3;

    /// <exception cref="WrongResultException">An engine computes something else than the others.</exception>
    public ModelResult Measure(string onnxPath)
    {
        string name = Path.GetFileNameWithoutExtension(onnxPath);
        byte[] exported = File.ReadAllBytes(onnxPath);
        using var files = new TemporaryFolder();
        string eqn = files.Path(name + ".eqn"), best = files.Path(name + ".best.onnx");
        EqnWriter.Write(eqn, Conversion.Run(onnxPath, new ConvertOptions()).Contents);
        File.WriteAllBytes(best, OnnxModels.AtItsBest(exported));

        (string Cold, string File, Func<Engine> Open)[] contenders =
        [
            ("edgeqinn", eqn, () => new EdgeQinnEngine("EdgeQinn", eqn)),
            ("onnxruntime", onnxPath, () => new OrtEngine("ONNX Runtime, as exported", exported)),
            ("onnxruntime", best, () => new OrtEngine("ONNX Runtime, at its best", File.ReadAllBytes(best))),
        ];
        double[] loads = [.. contenders.Select(c => LoadTime(c.Open))];
        Engine[] engines = [.. contenders.Select(c => c.Open())];
        try
        {
            double[] differences = Compare(name, engines, reference: 1);
            var warm = Interleaved.Warm(engines, warmRounds);
            var cold = Interleaved.Cold(engines, coldRounds, new CacheFlusher(Machine.LastLevelCacheBytes));
            return new(name, [.. engines.Select((engine, i) => new EngineResult(
                engine.Name, differences[i], loads[i],
                Latency.Of(warm[i].SelectMany(b => b)), Latency.Of(cold[i].SelectMany(b => b)), Ratio.Of(warm[0], warm[i]),
                Allocations(engine), ColdStart.Measure(contenders[i].Cold, contenders[i].File, coldStarts)))]);
        }
        finally
        {
            foreach (var engine in engines) engine.Dispose();
        }
    }

    /// <summary>Gives all engines the same inputs and returns how far each is from the reference.</summary>
    internal static double[] Compare(string model, Engine[] engines, int reference)
    {
        var random = new Random(1);
        foreach (var (input, length) in engines[reference].Inputs)
        {
            float[] values = [.. Enumerable.Range(0, length).Select(_ => (float)(2 * random.NextDouble() - 1))];
            foreach (var engine in engines) values.CopyTo(engine.Input(input));
        }
        foreach (var engine in engines) engine.Run();
        return [.. engines.Select(engine => Difference(model, engine, engines[reference]))];
    }

    static double Difference(string model, Engine engine, Engine reference)
    {
        double difference = 0, size = 1;
        foreach (string output in reference.Outputs)
        {
            ReadOnlySpan<float> actual = engine.Output(output), expected = reference.Output(output);
            for (int i = 0; i < expected.Length; i++)
            {
                difference = Math.Max(difference, Math.Abs(actual[i] - expected[i]));
                size = Math.Max(size, Math.Abs(expected[i]));
            }
        }
        if (!(difference <= Tolerance * size))
            throw new WrongResultException($"{model}: {engine.Name} differs from {reference.Name} by {difference:G3}; wrong results are not timed");
        return difference;
    }

    static double LoadTime(Func<Engine> open)
    {
        var times = new List<long>();
        for (int i = 0; i < Loads; i++)
        {
            long start = Stopwatch.GetTimestamp();
            using var engine = open();
            times.Add(Stopwatch.GetTimestamp() - start);
        }
        return Latency.Of(times).P50 / 1e3;
    }

    /// <summary>The least of some repetitions: a collection in between closes the thread's allocation buffer and counts its rest.</summary>
    static double Allocations(Engine engine)
    {
        long least = long.MaxValue;
        for (int repetition = 0; repetition < 5; repetition++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < AllocationRuns; i++) engine.Run();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        return least / (double)AllocationRuns;
    }
}

/// <summary>An engine computes something else than the others.</summary>
sealed class WrongResultException(string message) : Exception(message);
