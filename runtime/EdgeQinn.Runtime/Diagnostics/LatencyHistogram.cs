using System.Numerics;

namespace EdgeQinn.Runtime.Diagnostics;

/// <summary>
/// Counts durations in buckets whose width grows with the duration: exact below 128 ns, within 1/128 above. Recording allocates nothing,
/// takes constant time and never loses a value; minimum and maximum are exact.
/// </summary>
public sealed class LatencyHistogram
{
    const int SubBits = 7, Sub = 1 << SubBits;

    /// <summary>Durations to 2⁶² ns; beyond counts as that.</summary>
    const int Buckets = (62 - SubBits + 1) * Sub;

    readonly long[] _counts = new long[Buckets];
    Int128 _sum;

    /// <summary>The number of durations recorded.</summary>
    public long Count { get; private set; }

    /// <summary>The shortest, in ns; 0 before any.</summary>
    public long Min { get; private set; }

    /// <summary>The longest, in ns; 0 before any.</summary>
    public long Max { get; private set; }

    /// <summary>The mean in ns; 0 before any.</summary>
    public double Mean => Count == 0 ? 0 : (double)_sum / Count;

    /// <summary>Records a duration in ns; negative counts as 0.</summary>
    public void Record(long nanoseconds)
    {
        nanoseconds = Math.Clamp(nanoseconds, 0, (1L << 62) - 1);
        _counts[Bucket(nanoseconds)]++;
        Min = Count == 0 ? nanoseconds : Math.Min(Min, nanoseconds);
        Max = Math.Max(Max, nanoseconds);
        _sum += nanoseconds;
        Count++;
    }

    /// <summary>The duration in ns that <paramref name="percent"/> of those recorded do not exceed, rounded up to its bucket's end; 0 before any.</summary>
    public long Percentile(double percent)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(percent);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(percent, 100);
        long rank = Math.Max(1, (long)Math.Ceiling(percent / 100 * Count)), seen = 0;
        if (Count == 0) return 0;
        for (int b = 0; b < Buckets; b++)
        {
            seen += _counts[b];
            if (seen >= rank) return Math.Clamp(End(b), Min, Max);
        }
        return Max;
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        Array.Clear(_counts);
        (Count, Min, Max, _sum) = (0, 0, 0, 0);
    }

    static int Bucket(long value)
    {
        int shift = Math.Max(0, BitOperations.Log2((ulong)value) - SubBits);
        return shift * Sub + (int)(value >> shift);
    }

    /// <summary>The highest value of a bucket.</summary>
    static long End(int bucket)
    {
        int shift = Math.Max(0, bucket / Sub - 1);
        return ((long)(bucket - shift * Sub + 1) << shift) - 1;
    }
}
