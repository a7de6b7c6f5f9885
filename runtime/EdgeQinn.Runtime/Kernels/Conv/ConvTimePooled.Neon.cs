using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace EdgeQinn.Runtime.Kernels;

static unsafe partial class ConvTime
{
    /// <summary>Neighbouring tiles of three vectors of two outputs each, s and t; the first tap's products start the sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void PooledBy3(ConvTimeArgs* a, float* w, float* bias, float* x, int* early, int* late, float* d, nint pitch, int tiles, bool more)
    {
        var finish = new NeonFinish<BothBounds>(a, bias);
        int taps = a->Taps;
        for (; tiles > 0; tiles--, x += 12, d += 12)
        {
            float* p = x + (nuint)(uint)early[0], q = x + (nuint)(uint)late[0], weights = w;
            Vector128<float> v = Vector128.Load(weights), x0 = Vector128.Load(p), x1 = Vector128.Load(p + 4), x2 = Vector128.Load(p + 8);
            First(x0, x1, x2, v, out var s00, out var s01, out var s02, out var s10, out var s11, out var s12, out var s20, out var s21, out var s22, out var s30, out var s31, out var s32);
            (x0, x1, x2) = (Vector128.Load(q), Vector128.Load(q + 4), Vector128.Load(q + 8));
            First(x0, x1, x2, v, out var t00, out var t01, out var t02, out var t10, out var t11, out var t12, out var t20, out var t21, out var t22, out var t30, out var t31, out var t32);
            for (int tap = 1; tap < taps; tap++)
            {
                p = x + (nuint)(uint)early[tap];
                q = x + (nuint)(uint)late[tap];
                v = Vector128.Load(weights += NeonPanel);
                (x0, x1, x2) = (Vector128.Load(p), Vector128.Load(p + 4), Vector128.Load(p + 8));
                Add(x0, x1, x2, v, ref s00, ref s01, ref s02, ref s10, ref s11, ref s12, ref s20, ref s21, ref s22, ref s30, ref s31, ref s32);
                (x0, x1, x2) = (Vector128.Load(q), Vector128.Load(q + 4), Vector128.Load(q + 8));
                Add(x0, x1, x2, v, ref t00, ref t01, ref t02, ref t10, ref t11, ref t12, ref t20, ref t21, ref t22, ref t30, ref t31, ref t32);
            }
            finish.Pool(0, d, s00, s01, s02, t00, t01, t02, more);
            finish.Pool(1, d + pitch, s10, s11, s12, t10, t11, t12, more);
            finish.Pool(2, d + 2 * pitch, s20, s21, s22, t20, t21, t22, more);
            finish.Pool(3, d + 3 * pitch, s30, s31, s32, t30, t31, t32, more);
        }
    }

    /// <summary>As <see cref="PooledBy3"/>, where the second output's taps read what the next taps of the first do: each input is loaded once for both.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void PooledSharedBy3<B>(ConvTimeArgs* a, float* w, float* bias, float* x, float* d, nint pitch, int tiles) where B : struct, IBounds
    {
        var finish = new NeonFinish<B>(a, bias);
        int taps = a->Taps;
        int* late = a->Offsets + taps;
        for (; tiles > 0; tiles--, x += 12, d += 12)
        {
            float* weights = w, p = x + (nuint)(uint)a->Offsets[0];
            Vector128<float> v = Vector128.Load(weights), x0 = Vector128.Load(p), x1 = Vector128.Load(p + 4), x2 = Vector128.Load(p + 8);
            First(x0, x1, x2, v, out var s00, out var s01, out var s02, out var s10, out var s11, out var s12, out var s20, out var s21, out var s22, out var s30, out var s31, out var s32);
            p = x + (nuint)(uint)late[0];
            (x0, x1, x2) = (Vector128.Load(p), Vector128.Load(p + 4), Vector128.Load(p + 8));
            First(x0, x1, x2, v, out var t00, out var t01, out var t02, out var t10, out var t11, out var t12, out var t20, out var t21, out var t22, out var t30, out var t31, out var t32);
            for (int tap = 1; tap < taps; tap++)
            {
                v = Vector128.Load(weights += NeonPanel);
                Add(x0, x1, x2, v, ref s00, ref s01, ref s02, ref s10, ref s11, ref s12, ref s20, ref s21, ref s22, ref s30, ref s31, ref s32);
                p = x + (nuint)(uint)late[tap];
                (x0, x1, x2) = (Vector128.Load(p), Vector128.Load(p + 4), Vector128.Load(p + 8));
                Add(x0, x1, x2, v, ref t00, ref t01, ref t02, ref t10, ref t11, ref t12, ref t20, ref t21, ref t22, ref t30, ref t31, ref t32);
            }
            finish.Pool(0, d, s00, s01, s02, t00, t01, t02, false);
            finish.Pool(1, d + pitch, s10, s11, s12, t10, t11, t12, false);
            finish.Pool(2, d + 2 * pitch, s20, s21, s22, t20, t21, t22, false);
            finish.Pool(3, d + 3 * pitch, s30, s31, s32, t30, t31, t32, false);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void PooledBy1(ConvTimeArgs* a, float* w, float* bias, float* x, int* early, int* late, float* d, nint pitch, bool more)
    {
        Vector128<float> s0, s1, s2, s3, t0, t1, t2, t3;
        s0 = s1 = s2 = s3 = t0 = t1 = t2 = t3 = Vector128<float>.Zero;
        for (int tap = 0; tap < a->Taps; tap++, w += NeonPanel)
        {
            Vector128<float> v = Vector128.Load(w), x0 = Vector128.Load(x + (nuint)(uint)early[tap]), x1 = Vector128.Load(x + (nuint)(uint)late[tap]);
            Two(x0, x1, v, 0, ref s0, ref t0);
            Two(x0, x1, v, 1, ref s1, ref t1);
            Two(x0, x1, v, 2, ref s2, ref t2);
            Two(x0, x1, v, 3, ref s3, ref t3);
        }
        var finish = new NeonFinish<BothBounds>(a, bias);
        finish.Pool(0, d, s0, t0, more);
        finish.Pool(1, d + pitch, s1, t1, more);
        finish.Pool(2, d + 2 * pitch, s2, t2, more);
        finish.Pool(3, d + 3 * pitch, s3, t3, more);
    }
}
