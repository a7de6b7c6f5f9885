namespace EdgeQinn.OnnxRuntime;

/// <summary>A session's inputs and outputs in fixed memory (ONNX Runtime's IoBinding): write, <see cref="Run"/>, read.</summary>
public sealed unsafe class OrtBinding : IDisposable
{
    readonly OrtSession _session;
    readonly delegate* unmanaged<nint, nint, nint, nint> _run = OrtApi.RunWithBinding;
    nint _binding;

    internal OrtBinding(OrtSession session, long open)
    {
        _session = session;
        Inputs = [.. session.Inputs.Select(i => Allocate(i, open))];
        Outputs = [.. session.Outputs.Select(o => Allocate(o, open))];
        _binding = OrtApi.CreateBinding(session.Handle);
        foreach (var tensor in Inputs) OrtApi.Bind(_binding, input: true, tensor.Name, tensor.Value);
        foreach (var tensor in Outputs) OrtApi.Bind(_binding, input: false, tensor.Name, tensor.Value);
    }

    /// <summary>The inputs, in the model's order.</summary>
    public IReadOnlyList<OrtTensor> Inputs { get; }

    /// <summary>The outputs, in the model's order.</summary>
    public IReadOnlyList<OrtTensor> Outputs { get; }

    /// <summary>Runs the model once.</summary>
    /// <exception cref="OrtException">An operator failed, or an output has another shape than the model said.</exception>
    public void Run()
    {
        nint status = _run(_session.Handle, 0, _binding);
        if (status != 0) OrtApi.Check(status);
    }

    /// <summary>Frees the tensors; the session stays.</summary>
    public void Dispose()
    {
        if (_binding == 0) return;
        OrtApi.ReleaseBinding(_binding);
        _binding = 0;
        foreach (var tensor in Inputs.Concat(Outputs)) tensor.Dispose();
    }

    static OrtTensor Allocate(OrtValueInfo info, long open) =>
        new(info.Name, info.Element, [.. info.Shape.Select(d => d < 0 ? open : d)]);
}
