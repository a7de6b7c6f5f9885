using System.Runtime.InteropServices;

namespace EdgeQinn.Runtime.Execution;

/// <summary>Zeroed native memory aligned to 64 bytes, freed with its owner.</summary>
sealed unsafe class NativeBuffer : IDisposable
{
    public const int Alignment = 64;

    byte* _pointer;

    public NativeBuffer(long bytes)
    {
        Length = bytes;
        nuint size = (nuint)Math.Max(bytes, 1);
        _pointer = (byte*)NativeMemory.AlignedAlloc(size, Alignment);
        NativeMemory.Clear(_pointer, size);
    }

    ~NativeBuffer() => Free();

    /// <summary>The next multiple of <see cref="Alignment"/>.</summary>
    public static long RoundUp(long bytes) => (bytes + Alignment - 1) / Alignment * Alignment;

    public long Length { get; }

    public byte* Pointer => _pointer;

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    void Free()
    {
        NativeMemory.AlignedFree(_pointer);
        _pointer = null;
    }
}
