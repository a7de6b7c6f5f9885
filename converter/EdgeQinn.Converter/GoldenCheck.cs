using System.Runtime.InteropServices;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter;

/// <summary>How well a network reproduces golden vectors.</summary>
/// <param name="Cases">The number of cases run.</param>
/// <param name="MaxError">The largest absolute error of any element; infinite where one is not a number though the other is.</param>
/// <param name="Worst">The output and case with the largest error beyond tolerance; null where all passed.</param>
public sealed record GoldenCheck(int Cases, double MaxError, string? Worst)
{
    /// <summary>Whether every element is within tolerance.</summary>
    public bool Passed => Worst is null;

    /// <summary>Runs every case.</summary>
    /// <exception cref="GraphException">The runtime refuses the graph.</exception>
    public static GoldenCheck Run(ModelGraph graph, GoldenVectors golden)
    {
        using var model = Model.FromGraph(graph);
        using var session = model.CreateSession();
        double max = 0, excess = 0;
        string? worst = null;
        for (int c = 0; c < golden.CaseCount; c++)
        {
            for (int i = 0; i < golden.Inputs.Count; i++) golden.Input(c, i).CopyTo(session.Input(golden.Inputs[i].Name).AsBytes());
            session.Run();
            for (int o = 0; o < golden.Outputs.Count; o++)
            {
                var array = golden.Outputs[o];
                var (error, beyond) = Compare(session.Output(array.Name).AsBytes(), golden.Output(c, o), array.Type.Element, golden.AbsoluteTolerance, golden.RelativeTolerance);
                max = Math.Max(max, error);
                if (beyond <= excess) continue;
                (excess, worst) = (beyond, $"output '{array.Name}' of case {c}: error {error:g3}, allowed {golden.AbsoluteTolerance:g3} + {golden.RelativeTolerance:g3}·|expected|");
            }
        }
        return new GoldenCheck(golden.CaseCount, max, worst);
    }

    /// <summary>The largest error, and the largest beyond tolerance. Types other than float32 and float64 must agree exactly.</summary>
    static (double Error, double Beyond) Compare(ReadOnlySpan<byte> actual, ReadOnlySpan<byte> expected, ElementType element, double absolute, double relative)
    {
        double error = 0, beyond = 0;
        int size = element.Size();
        for (int i = 0; i < actual.Length; i += size)
        {
            double a, e;
            switch (element)
            {
                case ElementType.Float32: (a, e) = (MemoryMarshal.Read<float>(actual[i..]), MemoryMarshal.Read<float>(expected[i..])); break;
                case ElementType.Float64: (a, e) = (MemoryMarshal.Read<double>(actual[i..]), MemoryMarshal.Read<double>(expected[i..])); break;
                default: (a, e) = (actual.Slice(i, size).SequenceEqual(expected.Slice(i, size)) ? 0 : double.PositiveInfinity, 0); break;
            }
            if (a.Equals(e)) continue;
            double difference = double.IsNaN(a - e) ? double.PositiveInfinity : Math.Abs(a - e);
            error = Math.Max(error, difference);
            beyond = Math.Max(beyond, difference - (absolute + relative * Math.Abs(e)));
        }
        return (error, beyond);
    }
}
