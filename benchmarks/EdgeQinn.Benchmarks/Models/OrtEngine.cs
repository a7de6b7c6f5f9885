using EdgeQinn.OnnxRuntime;

namespace EdgeQinn.Benchmarks.Models;

/// <summary>ONNX Runtime: one thread, all graph optimisations, inputs and outputs bound once.</summary>
sealed class OrtEngine : Engine
{
    readonly OrtSession _session;
    readonly OrtBinding _binding;

    public OrtEngine(string name, byte[] onnx)
    {
        Name = name;
        _session = OrtSession.FromBytes(onnx);
        _binding = _session.Bind();
        Inputs = [.. _binding.Inputs.Select(t => (t.Name, t.Bytes / sizeof(float)))];
        Outputs = [.. _binding.Outputs.Select(t => t.Name)];
    }

    public override string Name { get; }

    public override IReadOnlyList<(string Name, int Length)> Inputs { get; }

    public override IReadOnlyList<string> Outputs { get; }

    public override Span<float> Input(string name) => _binding.Inputs.First(t => t.Name == name).AsSpan<float>();

    public override ReadOnlySpan<float> Output(string name) => _binding.Outputs.First(t => t.Name == name).AsSpan<float>();

    public override void Run() => _binding.Run();

    public override void Dispose()
    {
        _binding.Dispose();
        _session.Dispose();
    }
}
