namespace EdgeQinn.Runtime.Execution;

/// <summary>Turns a plan's buffers into one session's addresses.</summary>
public sealed unsafe class SessionMemory
{
    readonly Plan.Place[] _places;
    readonly byte* _arena;
    readonly int _item;

    internal SessionMemory(Plan plan, byte* arena) : this(plan.Places, arena) { }

    internal SessionMemory(Plan.Place[] places, byte* arena, int item = 0)
    {
        _places = places;
        _arena = arena;
        _item = item;
    }

    /// <summary>The addresses that item <paramref name="item"/> of a batch has.</summary>
    internal SessionMemory ForItem(int item) => new(_places, _arena, item);

    /// <summary>The address of <paramref name="buffer"/>.</summary>
    public T* Pointer<T>(BufferRef buffer) where T : unmanaged
    {
        var place = _places[buffer.Id];
        return (T*)((place.External != null ? place.External : _arena + place.Offset) + _item * place.Stride + buffer.Offset);
    }
}
