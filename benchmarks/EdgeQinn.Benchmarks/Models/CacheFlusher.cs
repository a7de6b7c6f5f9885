namespace EdgeQinn.Benchmarks.Models;

/// <summary>Fills every cache with its own data.</summary>
sealed class CacheFlusher(long lastLevelBytes)
{
    const int Line = 64;

    readonly byte[] _memory = new byte[checked((int)(2 * lastLevelBytes))];

    /// <summary>Writes to each line of twice the last-level cache.</summary>
    public void Flush()
    {
        byte[] memory = _memory;
        for (int i = 0; i < memory.Length; i += Line) memory[i]++;
    }
}
