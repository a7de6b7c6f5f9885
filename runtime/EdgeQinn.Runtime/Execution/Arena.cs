namespace EdgeQinn.Runtime.Execution;

/// <summary>
/// Lays buffers with known lifetimes into one block: largest first, each at the lowest offset that no buffer alive at the same
/// time overlaps (greedy by size, Pisarchyk and Lee 2020, arXiv 2001.03288).
/// </summary>
static class Arena
{
    /// <summary>A buffer alive from node <paramref name="First"/> to node <paramref name="Last"/>, both included.</summary>
    public readonly record struct Request(int Id, long Bytes, int First, int Last);

    /// <summary>Sets <paramref name="offsets"/>[id] for each request.</summary>
    /// <returns>The bytes the block needs.</returns>
    public static long Layout(IEnumerable<Request> requests, long[] offsets)
    {
        // Plain loops: LINQ over structs is instantiated anew for each of them in a NativeAOT binary.
        Request[] bySize = [.. requests];
        Array.Sort(bySize, (a, b) => a.Bytes != b.Bytes ? b.Bytes.CompareTo(a.Bytes) : a.First != b.First ? a.First.CompareTo(b.First) : a.Id.CompareTo(b.Id));
        var byOffset = new List<(Request Request, long Offset)>();
        long total = 0;
        foreach (var request in bySize)
        {
            long size = Align(request.Bytes), offset = 0;
            foreach (var (other, start) in byOffset)
            {
                if (other.First > request.Last || request.First > other.Last) continue;
                if (offset + size <= start) break;
                offset = Math.Max(offset, start + Align(other.Bytes));
            }
            int at = byOffset.FindIndex(p => p.Offset > offset);
            byOffset.Insert(at < 0 ? byOffset.Count : at, (request, offset));
            offsets[request.Id] = offset;
            total = Math.Max(total, offset + size);
        }
        return total;
    }

    static long Align(long bytes) => NativeBuffer.RoundUp(Math.Max(bytes, 1));
}
