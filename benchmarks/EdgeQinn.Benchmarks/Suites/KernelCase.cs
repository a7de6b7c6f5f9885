using EdgeQinn.Runtime.Diagnostics.Timing;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;

namespace EdgeQinn.Benchmarks.Suites;

/// <summary>One measurement: a layer as a model of one node, or one step of such a model.</summary>
/// <param name="Kernel">The kernel that is measured, such as <c>gemv.f32/avx2</c>; of a layer, the one that takes most of its time.</param>
/// <param name="Title">What it runs on.</param>
/// <param name="Graph">The model.</param>
/// <param name="Allowed">The instruction sets it is bound to.</param>
/// <param name="Step">The step that runs; −1 for all.</param>
/// <param name="StoredMultiplyAdds">With the weight as it is stored; 0 where the measurement is not of a product.</param>
/// <param name="MultiplyAdds">With a dense weight.</param>
/// <param name="Bytes">Of the stored weight, the inputs and the outputs.</param>
/// <param name="IsInt8">Whether the multiply-adds are of int8 numbers.</param>
public sealed record KernelCase(
    string Kernel, string Title, ModelGraph Graph, IReadOnlyList<Isa> Allowed, int Step, long StoredMultiplyAdds, long MultiplyAdds, long Bytes, bool IsInt8) : IDisposable
{
    Model? _model;
    Session? _session;

    /// <summary>Binds the model.</summary>
    public void Open()
    {
        _model = Model.ForStream(Graph, Allowed); // operators of streams are measured too
        _session = _model.CreateSession();
        LayerTimer.FillInputs(_session);
        _session.Run(); // a step by itself needs what the steps before it leave
    }

    /// <summary>Runs it once.</summary>
    public void Run()
    {
        if (Step < 0) _session!.Run();
        else _session!.RunStep(Step);
    }

    /// <summary>The machine's bound for one run, in ns, and whether it is reading.</summary>
    public (double Nanoseconds, bool IsReading) Bound(MachinePeaks peaks)
    {
        double arithmetic = StoredMultiplyAdds / (IsInt8 ? peaks.Int8MultiplyAdds : peaks.FloatMultiplyAdds), reading = Bytes / peaks.ReadRateOf(Bytes);
        return (Math.Max(arithmetic, reading), reading > arithmetic);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _session?.Dispose();
        _model?.Dispose();
        (_session, _model) = (null, null);
    }

    /// <inheritdoc/>
    public override string ToString() => Title;
}
