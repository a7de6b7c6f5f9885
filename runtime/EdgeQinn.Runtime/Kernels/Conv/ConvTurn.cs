using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels;

/// <summary>The way out of a kernel that has channels on its lanes: max-pool, clamp and turn [position, channel] into [channel, position].</summary>
static unsafe class ConvTurn
{
    /// <summary>In place s[t·block + r] = clamp(max_i s[(t·pool + i)·block + r]) for t &lt; count, r &lt; block; NaN where any is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void PoolAndClamp<V>(float* s, int block, int count, int pool, float lo, float hi) where V : unmanaged, ILanes<V>
    {
        V low = V.Create(lo), high = V.Create(hi);
        float* from = s;
        for (int t = 0; t < count; t++, from += (pool - 1) * block)
            for (float* end = s + block; s < end; s += V.Count, from += V.Count)
            {
                V max = V.Load(from);
                for (int i = 1; i < pool; i++) max = Lanes.Maximum(max, V.Load(from + i * block));
                V.Store(Lanes.Clamp(max, low, high), s);
            }
    }

    /// <summary>y[r·plane + t] = s[t·block + r] for r &lt; rows, t &lt; count, by 4 × 4 squares.</summary>
    /// <param name="s">Readable for a multiple of 4 positions and of 4 rows.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Store(float* s, int block, int count, int rows, float* y, int plane)
    {
        for (int r = 0; r < rows; r += 4, y += 4 * (nint)plane)
        {
            float* from = s + r, to = y;
            int left = count;
            if (rows - r >= 4)
                for (; left >= 4; left -= 4, from += 4 * (nint)block, to += 4) Square(from, block, to, plane, 4, 4);
            for (; left > 0; left -= 4, from += 4 * (nint)block, to += 4) Square(from, block, to, plane, Math.Min(4, rows - r), left);
        }
    }

    /// <summary>Writes the transpose of the 4 × 4 square at <paramref name="from"/>: the first rows, the first elements of each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Square(float* from, nint fromPitch, float* to, nint toPitch, int rows, int count)
    {
        Vector128<float> a = Vector128.Load(from), b = Vector128.Load(from + fromPitch);
        Vector128<float> c = Vector128.Load(from + 2 * fromPitch), d = Vector128.Load(from + 3 * fromPitch);
        Vector128<float> ac0 = ZipLow(a, c), ac1 = ZipHigh(a, c), bd0 = ZipLow(b, d), bd1 = ZipHigh(b, d);
        Lanes4.StoreFirst(new Lanes4(ZipLow(ac0, bd0)), to, count);
        if (rows > 1) Lanes4.StoreFirst(new Lanes4(ZipHigh(ac0, bd0)), to + toPitch, count);
        if (rows > 2) Lanes4.StoreFirst(new Lanes4(ZipLow(ac1, bd1)), to + 2 * toPitch, count);
        if (rows > 3) Lanes4.StoreFirst(new Lanes4(ZipHigh(ac1, bd1)), to + 3 * toPitch, count);
    }

    /// <summary>a0 b0 a1 b1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<float> ZipLow(Vector128<float> a, Vector128<float> b) =>
        Sse.IsSupported ? Sse.UnpackLow(a, b) : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipLow(a, b) : Vector128.Create(a[0], b[0], a[1], b[1]);

    /// <summary>a2 b2 a3 b3.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<float> ZipHigh(Vector128<float> a, Vector128<float> b) =>
        Sse.IsSupported ? Sse.UnpackHigh(a, b) : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipHigh(a, b) : Vector128.Create(a[2], b[2], a[3], b[3]);
}
