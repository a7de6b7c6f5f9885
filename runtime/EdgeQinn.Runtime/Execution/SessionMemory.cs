namespace EdgeQinn.Runtime.Execution;

/// <summary>Turns a plan's buffers into one session's addresses.</summary>
public sealed unsafe class SessionMemory
{
    readonly Plan _plan;
    readonly byte* _arena;

    internal SessionMemory(Plan plan, byte* arena)
    {
        _plan = plan;
        _arena = arena;
    }

    /// <summary>The address of <paramref name="buffer"/>.</summary>
    public T* Pointer<T>(BufferRef buffer) where T : unmanaged
    {
        var place = _plan.Places[buffer.Id];
        return (T*)(place.External != null ? place.External : _arena + place.Offset);
    }
}
