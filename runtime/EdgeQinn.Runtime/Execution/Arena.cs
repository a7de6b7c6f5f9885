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
        var placed = new List<(Request Request, long Offset)>();
        long total = 0;
        foreach (var request in requests.OrderByDescending(r => r.Bytes).ThenBy(r => r.First))
        {
            long size = Align(request.Bytes), offset = 0;
            foreach (var (other, start) in placed.Where(p => p.Request.First <= request.Last && request.First <= p.Request.Last).OrderBy(p => p.Offset))
            {
                if (offset + size <= start) break;
                offset = Math.Max(offset, start + Align(other.Bytes));
            }
            placed.Add((request, offset));
            offsets[request.Id] = offset;
            total = Math.Max(total, offset + size);
        }
        return total;
    }

    static long Align(long bytes) => (Math.Max(bytes, 1) + NativeBuffer.Alignment - 1) / NativeBuffer.Alignment * NativeBuffer.Alignment;
}
