using System.Runtime.InteropServices;
using EdgeQinn.Runtime.Execution;

namespace EdgeQinn.Testing;

/// <summary>
/// Runs a model's plan with every buffer in memory of its own behind guard pages, aligned to no more than its elements, scratch filled
/// with NaN, constants and packed weights read-only: a step that reaches beyond what it declared dies, one that reads what nobody wrote gives NaN.
/// </summary>
public sealed unsafe class GuardedSession : IDisposable
{
    readonly Model _model;
    readonly Plan _plan;
    readonly List<GuardedBuffer<byte>> _buffers = [];
    readonly List<nint> _blocks = [];
    readonly SessionMemory _memory;

    /// <summary>Lays the buffers out for a batch; with <paramref name="guardBefore"/> they begin at a guard page instead of ending at one.</summary>
    public GuardedSession(Model model, bool guardBefore = false, int batch = 1)
    {
        (_model, _plan) = (model, model.PlanFor(batch));
        var places = new Plan.Place[_plan.Places.Length];
        for (int i = 0; i < places.Length; i++)
        {
            var place = _plan.Places[i];
            var buffer = new GuardedBuffer<byte>(checked((int)place.Bytes), guardBefore);
            _buffers.Add(buffer);
            if (place.External != null)
            {
                new ReadOnlySpan<byte>(place.External, buffer.Length).CopyTo(buffer.Span);
                buffer.ReadOnly();
            }
            else if (!place.Zeroed) buffer.Span.Fill(0xFF);
            places[i] = new Plan.Place(buffer.Pointer, 0, place.Bytes, place.Zeroed, place.Stride);
        }
        _memory = new SessionMemory(places, null);
        foreach (var step in _plan.Steps)
        {
            byte* block = (byte*)NativeMemory.AlignedAlloc((nuint)step.BlockBytes, 16);
            _blocks.Add((nint)block);
            step.Write(block, _memory);
        }
    }

    /// <summary>The elements of input <paramref name="i"/> of an item of the batch.</summary>
    public Span<T> Input<T>(int i, int item = 0) where T : unmanaged => View<T>(_model.Graph.Inputs[i], item);

    /// <summary>The elements of output <paramref name="i"/> of an item of the batch.</summary>
    public Span<T> Output<T>(int i, int item = 0) where T : unmanaged => View<T>(_model.Graph.Outputs[i], item);

    /// <summary>The bytes of a value of the graph.</summary>
    public Span<byte> Bytes(int value) => new(_memory.Pointer<byte>(_plan.ValueBuffers[value]), checked((int)_model.Graph.Values[value].Type.ByteLength));

    /// <summary>Runs all steps.</summary>
    public void Run()
    {
        for (int i = 0; i < _blocks.Count; i++) ((delegate*<void*, void>)_plan.Steps[i].Run)((void*)_blocks[i]);
    }

    /// <summary>Frees the memory.</summary>
    public void Dispose()
    {
        foreach (nint block in _blocks) NativeMemory.AlignedFree((void*)block);
        foreach (var buffer in _buffers) buffer.Dispose();
    }

    Span<T> View<T>(int value, int item) where T : unmanaged =>
        new(_memory.ForItem(item).Pointer<T>(_plan.ValueBuffers[value]), _model.Graph.Values[value].Type.Count);
}
