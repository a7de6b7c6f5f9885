using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace EdgeQinn.Testing;

/// <summary>
/// Memory that ends exactly at an inaccessible page (or begins exactly after one), so that a kernel that reads or writes one byte too
/// far dies on the spot. Linux only: <c>mmap</c> and <c>mprotect</c>; elsewhere plain memory.
/// </summary>
public sealed unsafe class GuardedBuffer<T> : IDisposable where T : unmanaged
{
    const int ProtNone = 0, ProtRead = 1, ProtReadWrite = 3, MapPrivateAnonymous = 0x22;

    readonly byte* _block;
    readonly nuint _room, _page;
    bool _readOnly;

    /// <summary>Zeroed room for <paramref name="length"/> elements.</summary>
    /// <param name="length">Elements.</param>
    /// <param name="guardBefore">Whether the first element, rather than the last, touches the guard page.</param>
    public GuardedBuffer(int length, bool guardBefore = false)
    {
        Length = length;
        nuint bytes = (nuint)length * (nuint)sizeof(T);
        if (!OperatingSystem.IsLinux())
        {
            _block = (byte*)NativeMemory.AllocZeroed(bytes + 1);
            Pointer = (T*)_block;
            return;
        }
        _page = (nuint)Environment.SystemPageSize;
        _room = (bytes + _page - 1) / _page * _page;
        _block = IsKept && Pages.Spare(_room).TryTake(out nint spare) ? (byte*)spare : Map();
        Pointer = (T*)(guardBefore ? _block + _page : _block + _page + _room - bytes);
        new Span<byte>(Pointer, checked((int)bytes)).Clear();
    }

    /// <summary>A guarded copy of <paramref name="data"/>.</summary>
    public GuardedBuffer(ReadOnlySpan<T> data, bool guardBefore = false) : this(data.Length, guardBefore) => data.CopyTo(Span);

    /// <summary>The number of elements.</summary>
    public int Length { get; }

    /// <summary>The first element.</summary>
    public T* Pointer { get; }

    /// <summary>The elements.</summary>
    public Span<T> Span => new(Pointer, Length);

    /// <summary>Makes a write to the buffer fatal too: for operands that a kernel only reads.</summary>
    public GuardedBuffer<T> ReadOnly()
    {
        Protect(ProtRead);
        _readOnly = true;
        return this;
    }

    /// <summary>Frees the memory; little is kept for the next buffer of as many pages: mapping takes longer than most kernels under test.</summary>
    public void Dispose()
    {
        if (_page == 0)
        {
            NativeMemory.Free(_block);
            return;
        }
        if (_readOnly && IsKept) Protect(ProtReadWrite);
        if (IsKept) Pages.Spare(_room).Add((nint)_block);
        else if (Pages.Unmap(_block, _room + 2 * _page) != 0) throw new InvalidOperationException("munmap failed");
    }

    bool IsKept => _room <= Pages.MostSpare;

    byte* Map()
    {
        byte* block = Pages.Map(null, _room + 2 * _page, ProtNone, MapPrivateAnonymous, -1, 0);
        if (block == (byte*)-1) throw new InvalidOperationException($"mmap of {_room + 2 * _page} bytes failed");
        if (_room > 0 && Pages.Protect(block + _page, _room, ProtReadWrite) != 0) throw new InvalidOperationException("mprotect failed");
        return block;
    }

    void Protect(int protection)
    {
        if (_page != 0 && _room > 0 && Pages.Protect(_block + _page, _room, protection) != 0) throw new InvalidOperationException("mprotect failed");
    }
}

static unsafe partial class Pages
{
    static readonly ConcurrentDictionary<nuint, ConcurrentBag<nint>> Spares = new();

    /// <summary>Bytes beyond which blocks are not kept.</summary>
    public const int MostSpare = 1 << 18;

    /// <summary>Blocks of so many bytes, whole pages, between two inaccessible ones, writable, not in use.</summary>
    public static ConcurrentBag<nint> Spare(nuint bytes) => Spares.GetOrAdd(bytes, _ => []);

    [LibraryImport("libc", EntryPoint = "mmap")]
    public static partial byte* Map(void* address, nuint length, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    public static partial int Protect(void* address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    public static partial int Unmap(void* address, nuint length);
}
