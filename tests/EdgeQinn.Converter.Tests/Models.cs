using EdgeQinn.Converter.Import;
using EdgeQinn.Converter.Onnx;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Testing.Onnx;

namespace EdgeQinn.Converter.Tests;

/// <summary>Short ways from a made-up model to a conversion or to results.</summary>
static class Models
{
    public const string File = "test.onnx";

    public static Conversion Convert(this OnnxGraphBuilder builder, bool optimize = true, ImportOptions? import = null) =>
        Conversion.Run(OnnxReader.Read(builder.ToArray(), File), new ConvertOptions { Optimize = optimize, Import = import ?? new() });

    /// <summary>The operators of the converted network, in order.</summary>
    public static string[] Operators(this Conversion conversion) => [.. conversion.Graph.Nodes.Select(n => n.Operator)];

    /// <summary>Runs the network on seeded inputs between −2 and 2; all outputs, one after the other.</summary>
    public static float[] Run(this Conversion conversion, int seed)
    {
        using var model = Model.Parse(EqnWriter.ToArray(conversion.Contents), File);
        using var session = model.CreateSession();
        var random = new Random(seed);
        foreach (var input in session.Inputs)
            foreach (ref float x in input.AsSpan<float>()) x = random.NextSingle() * 4 - 2;
        session.Run();
        return [.. session.Outputs.SelectMany(o => o.AsSpan<float>().ToArray())];
    }

    /// <summary>Runs the network on one float32 input; the first output, converted to float32.</summary>
    public static T[] Run<T>(this Conversion conversion, params float[] x) where T : unmanaged
    {
        using var model = Model.Parse(EqnWriter.ToArray(conversion.Contents), File);
        using var session = model.CreateSession();
        if (session.Inputs.Count > 0) x.CopyTo(session.Inputs[0].AsSpan<float>());
        session.Run();
        return session.Outputs[0].AsSpan<T>().ToArray();
    }
}
