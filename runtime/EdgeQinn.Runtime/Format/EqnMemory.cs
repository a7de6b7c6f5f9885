using System.Buffers;
using System.IO.MemoryMappedFiles;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace EdgeQinn.Runtime.Format;

/// <summary>
/// A file's bytes at a fixed address that is a multiple of 64: mapped, or copied from memory. A mapped file must not be shortened
/// while it is open (the operating system would end the process); replace it by renaming another over it, as <see cref="EqnWriter"/> does.
/// </summary>
sealed unsafe class EqnMemory : MemoryManager<byte>
{
    readonly MemoryMappedFile? _file;
    readonly MemoryMappedViewAccessor? _view;
    readonly byte[]? _copy;
    readonly int _length;
    byte* _pointer;

    EqnMemory(MemoryMappedFile file, MemoryMappedViewAccessor view, int length)
    {
        (_file, _view, _length) = (file, view, length);
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref _pointer);
        _pointer += view.PointerOffset;
    }

    EqnMemory(byte[] pinned, int start, int length)
    {
        (_copy, _length) = (pinned, length);
        _pointer = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(pinned)) + start;
    }

    /// <summary>Maps a file.</summary>
    /// <exception cref="FileFormatException">It is shorter than a header or longer than a file may be.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static EqnMemory Map(string path)
    {
        using var handle = File.OpenHandle(path);
        long length = RandomAccess.GetLength(handle);
        if (length < EqnLayout.HeaderBytes) throw new FileFormatException(path, length, $"the file ends here; an .eqn file has at least {EqnLayout.HeaderBytes} bytes");
        if (length > EqnLayout.MaxFileBytes) throw new FileFormatException(path, 0, $"the file has {length} bytes, at most {EqnLayout.MaxFileBytes}");
        var file = MemoryMappedFile.CreateFromFile(handle, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
        return new EqnMemory(file, file.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read), (int)length);
    }

    /// <summary>Copies bytes to aligned memory.</summary>
    public static EqnMemory Copy(ReadOnlySpan<byte> bytes)
    {
        byte[] pinned = GC.AllocateUninitializedArray<byte>(bytes.Length + EqnLayout.Alignment, pinned: true);
        long address = (long)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(pinned));
        int start = (int)(EqnLayout.Align(address) - address);
        bytes.CopyTo(pinned.AsSpan(start));
        return new EqnMemory(pinned, start, bytes.Length);
    }

    /// <inheritdoc/>
    public override Span<byte> GetSpan()
    {
        ObjectDisposedException.ThrowIf(_pointer == null, this);
        return new Span<byte>(_pointer, _length);
    }

    /// <inheritdoc/>
    public override MemoryHandle Pin(int elementIndex = 0)
    {
        ObjectDisposedException.ThrowIf(_pointer == null, this);
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)elementIndex, (uint)_length);
        return new MemoryHandle(_pointer + elementIndex, pinnable: this);
    }

    /// <inheritdoc/>
    public override void Unpin() { }

    /// <summary>Unmaps.</summary>
    public void Close() => Dispose(true);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (_pointer == null) return;
        _pointer = null;
        _view?.SafeMemoryMappedViewHandle.ReleasePointer();
        _view?.Dispose();
        _file?.Dispose();
        GC.KeepAlive(_copy);
    }
}
