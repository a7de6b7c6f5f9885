using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Kernels;

namespace EdgeQinn.Cli.Demo;

/// <summary>
/// The trained network inside the program: ecg-beat-gru, made by
/// <c>edgeqinn-convert convert benchmarks/models/ecg-beat-gru.onnx --contract converter/contracts/ecg-beat.json --golden …</c>.
/// </summary>
static class BundledModel
{
    /// <summary>The resource's name.</summary>
    public const string Name = "ecg-beat-gru.eqn";

    /// <summary>Checks and binds it.</summary>
    public static unsafe Model Load(IReadOnlyList<Isa> allowed)
    {
        using var resource = (UnmanagedMemoryStream)typeof(BundledModel).Assembly.GetManifestResourceStream(Name)!;
        return Model.Parse(new ReadOnlySpan<byte>(resource.PositionPointer, (int)resource.Length), Name, allowed);
    }
}
