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
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Store(float* s, int block, int count, int rows, float* y, int plane)
    {
        for (int r = 0; r < rows; r += 4)
        {
            float* to = y + (nint)r * plane;
            int t = 0;
            if (rows - r >= 4)
                for (; t + 4 <= count; t += 4) Square(s + (nint)t * block + r, block, to + t, plane);
            for (; t < count; t++)
                for (int i = 0; i < Math.Min(4, rows - r); i++) to[i * (nint)plane + t] = s[(nint)t * block + r + i];
        }
    }

    /// <summary>Writes the transpose of the 4 × 4 square at <paramref name="from"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Square(float* from, nint fromPitch, float* to, nint toPitch)
    {
        Vector128<float> a = Vector128.Load(from), b = Vector128.Load(from + fromPitch);
        Vector128<float> c = Vector128.Load(from + 2 * fromPitch), d = Vector128.Load(from + 3 * fromPitch);
        Vector128<float> ac0 = ZipLow(a, c), ac1 = ZipHigh(a, c), bd0 = ZipLow(b, d), bd1 = ZipHigh(b, d);
        ZipLow(ac0, bd0).Store(to);
        ZipHigh(ac0, bd0).Store(to + toPitch);
        ZipLow(ac1, bd1).Store(to + 2 * toPitch);
        ZipHigh(ac1, bd1).Store(to + 3 * toPitch);
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
