using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Diagnostics;

/// <summary>How one output fared over all golden cases.</summary>
/// <param name="Output">The output's name.</param>
/// <param name="MaxError">The largest |result − expected|; infinite where one is not a number and the other is.</param>
/// <param name="WorstCase">The case it occurred in.</param>
/// <param name="WorstElement">The element it occurred at.</param>
/// <param name="Elements">Elements compared.</param>
/// <param name="Failures">Elements outside the tolerance.</param>
public sealed record GoldenResult(string Output, double MaxError, int WorstCase, int WorstElement, long Elements, long Failures);

/// <summary>Runs golden cases and compares.</summary>
public static class GoldenCheck
{
    /// <summary>Runs every case of <paramref name="golden"/>.</summary>
    /// <returns>One result per compared output.</returns>
    /// <exception cref="GraphException">The vectors do not belong to this model: a name or type differs, or an input has no array.</exception>
    public static IReadOnlyList<GoldenResult> Run(Session session, GoldenVectors golden)
    {
        var inputs = golden.Inputs.Select(array => Match(session.Inputs, array, "input")).ToArray();
        var outputs = golden.Outputs.Select(array => Match(session.Outputs, array, "output")).ToArray();
        foreach (var input in session.Inputs)
            if (!inputs.Contains(input)) throw new GraphException($"the golden vectors have nothing for input '{input.Name}'");

        var results = golden.Outputs.Select(o => new GoldenResult(o.Name, 0, 0, 0, 0, 0)).ToArray();
        for (int c = 0; c < golden.CaseCount; c++)
        {
            for (int i = 0; i < inputs.Length; i++) golden.Input(c, i).CopyTo(inputs[i].AsBytes());
            session.Run();
            for (int o = 0; o < outputs.Length; o++) results[o] = Compare(results[o], outputs[o], golden, c, o);
        }
        return results;
    }

    /// <summary>The cases of <paramref name="golden"/> with what this session makes of them as the outputs expected.</summary>
    /// <exception cref="GraphException">As for <see cref="Run"/>.</exception>
    public static GoldenVectors Record(Session session, GoldenVectors golden)
    {
        var inputs = golden.Inputs.Select(array => Match(session.Inputs, array, "input")).ToArray();
        var outputs = golden.Outputs.Select(array => Match(session.Outputs, array, "output")).ToArray();
        return golden.WithOutputs(c =>
        {
            for (int i = 0; i < inputs.Length; i++) golden.Input(c, i).CopyTo(inputs[i].AsBytes());
            session.Run();
            return [.. outputs.Select(o => o.AsBytes().ToArray())];
        });
    }

    static GoldenResult Compare(GoldenResult result, Tensor output, GoldenVectors golden, int index, int slot)
    {
        ReadOnlySpan<byte> actual = output.AsBytes(), expected = golden.Output(index, slot);
        for (int e = 0; e < output.Type.Count; e++)
        {
            double y = ElementReader.Read(output.Type.Element, actual, e), want = ElementReader.Read(output.Type.Element, expected, e);
            double error = y.Equals(want) ? 0 : double.IsNaN(y - want) ? double.PositiveInfinity : Math.Abs(y - want);
            if (error > result.MaxError) result = result with { MaxError = error, WorstCase = index, WorstElement = e };
            if (!(error <= golden.AbsoluteTolerance + golden.RelativeTolerance * Math.Abs(want)) && error != 0) result = result with { Failures = result.Failures + 1 };
        }
        return result with { Elements = result.Elements + output.Type.Count };
    }

    static Tensor Match(IReadOnlyList<Tensor> tensors, GoldenArray array, string what)
    {
        foreach (var tensor in tensors)
        {
            if (tensor.Name != array.Name) continue;
            return tensor.Type.Equals(array.Type) ? tensor : throw new GraphException($"the golden vectors have {array.Type} for {what} '{array.Name}', the model {tensor.Type}");
        }
        throw new GraphException($"the golden vectors name {what} '{array.Name}', which the model lacks");
    }
}
