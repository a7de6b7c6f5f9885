using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Execution;

/// <summary>A graph bound to this CPU: kernels chosen, weights packed, memory laid out. Shared by all sessions of a model.</summary>
sealed unsafe class Plan : IDisposable
{
    /// <summary>Fills in a step's argument block.</summary>
    public delegate void BlockWriter(byte* block, SessionMemory memory);

    /// <summary>A buffer's place: model memory, or an offset into the session's arena.</summary>
    public readonly struct Place(byte* external, long offset, long bytes, bool zeroed, long stride)
    {
        public readonly byte* External = external;
        public readonly long Offset = offset, Bytes = bytes;

        /// <summary>Bytes from one item of a batch to the next; 0 where all use the same memory.</summary>
        public readonly long Stride = stride;

        /// <summary>Whether steps rely on the memory being zero when the session starts.</summary>
        public readonly bool Zeroed = zeroed;
    }

    /// <summary>One kernel call; <paramref name="Uses"/> names the kernels that this one calls in turn.</summary>
    public sealed record Step(int Node, string Kernel, nint Run, int BlockBytes, BlockWriter Write, IReadOnlyList<string> Uses)
    {
        /// <summary>The same call for another item of a batch.</summary>
        public Step ForItem(int item) => this with { Write = (block, memory) => Write(block, memory.ForItem(item)) };
    }

    public required ModelGraph Graph { get; init; }

    /// <summary>The independent inputs that one run takes.</summary>
    public required int Batch { get; init; }

    public required IReadOnlyList<Step> Steps { get; init; }

    public required Place[] Places { get; init; }

    /// <summary>The place of each value that has one.</summary>
    public required BufferRef[] ValueBuffers { get; init; }

    public required long ArenaBytes { get; init; }

    /// <summary>Nodes with a weight that is stored in another encoding but runs as the dense matrix it stands for.</summary>
    public required IReadOnlySet<(int Node, string Encoding)> RunDense { get; init; }

    /// <summary>Packed weights and tables.</summary>
    public required IReadOnlyList<NativeBuffer> ModelMemory { get; init; }

    /// <summary>Pins of constants used in place.</summary>
    public required IReadOnlyList<System.Buffers.MemoryHandle> Pins { get; init; }

    /// <summary>What the session remembers from run to run.</summary>
    public required IReadOnlyList<BufferRef> State { get; init; }

    /// <summary>Where the session counts its runs, if any step asks.</summary>
    public required BufferRef? ClockPlace { get; init; }

    /// <summary>Bytes of packed weights and tables.</summary>
    public long ModelBytes => ModelMemory.Sum(m => m.Length);

    public void Dispose()
    {
        foreach (var memory in ModelMemory) memory.Dispose();
        foreach (var pin in Pins) pin.Dispose();
    }
}
