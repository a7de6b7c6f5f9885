using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels;

/// <summary>The operands of <see cref="Int8Conv"/>. Sizes and strides are in elements.</summary>
public unsafe struct Int8ConvArgs
{
    /// <summary>Input prepared by <see cref="ConvPad"/> and <see cref="Quantise"/>: units of channels; readable in whole vectors from every run's start at every tap.</summary>
    public int* X;

    /// <summary>How <see cref="X"/> maps to numbers; null where that was known when <see cref="Scales"/> and <see cref="Sums"/> were made, which are s_x·s and −z·Σ then.</summary>
    public Quantised* Mapping;

    /// <summary>Output, [Batch, Groups·Rows, Plane].</summary>
    public float* Y;

    /// <summary>[Groups, ⌈Rows / 4⌉, Taps, 4] units of weights; rows to spare are zero.</summary>
    public int* W;

    /// <summary>Per output channel, padded to whole fours in each group: the bias, the weights' scale, the sum of its weights.</summary>
    public float* Bias, Scales;

    /// <summary>Σ of each output channel's weights, padded likewise.</summary>
    public int* Sums;

    /// <summary>Scratch of <see cref="Int8Conv.ScratchLength"/> floats.</summary>
    public float* Scratch;

    /// <summary>The distance of each tap (of a unit of channels) from its window's first element, [Taps].</summary>
    public nint* Offsets;

    public ConvRun* Runs;

    public int Batch, Groups, Rows, Taps, RunCount, Plane;

    /// <summary>Distance between groups, and between images, in X.</summary>
    public int XGroup, XImage;

    /// <summary>Max-pool length along the single run; 1 for none.</summary>
    public int Pool;

    public float Lo, Hi;

    /// <summary>What <see cref="Scales"/> and <see cref="Sums"/> are still to be multiplied by.</summary>
    public readonly float ScaleFactor => Mapping == null ? 1 : Mapping->Scale;

    /// <inheritdoc cref="ScaleFactor"/>
    public readonly int SumFactor => Mapping == null ? 1 : -Mapping->ZeroPoint;
}

/// <summary>
/// Convolution in int8 with time on the lanes: y[o,t] = maxpool(clamp(s_x·s[o]·(Σ_tap w·q − z·Σ w) + b[o])), exact in int32 up to the last line.
/// Tiles of four channels by four vectors, two where the instruction set has only 16 registers.
/// </summary>
static unsafe partial class Int8Conv
{
    public static KernelFamily<Int8ConvArgs> Family { get; } = new KernelFamily<Int8ConvArgs>(
        "conv.time.i8", "y[o,t] = maxpool(clamp(sx·s[o]·(Σ w·q[window(t) + offset] - z·Σ w) + b[o]))", &Reference)
        .With(Isa.Vector128, &Run<Int8LanesPortable, Vector128<int>, Lanes4>, 2, 4)
        .With(Isa.Neon, Cpu.HasNeon ? &Neon : null, 4, 4)
        .With(Isa.NeonDot, Cpu.HasNeonDot ? &NeonDot : null, 4, 4)
        .With(Isa.Avx2, Cpu.HasAvx2 ? &Run<Int8Lanes8, Vector256<int>, Lanes8> : null, 2, 8)
        .With(Isa.Avx512, Cpu.HasAvx512 ? &Run<Int8Lanes16, Vector512<int>, Lanes16> : null, 2, 16);

    /// <summary>Channels per unit for a kernel; the reference takes pairs.</summary>
    public static int Unit(Kernel<Int8ConvArgs> kernel) => kernel.Isa == Isa.Scalar ? 2 : kernel.Panel;

    /// <summary>One run of four rows, in whole vectors, or six steps of sixteen rows, which have channels on the lanes.</summary>
    public static long ScratchLength(int lanes, int longest) => Math.Max(16 * 6, SparseConv.ScratchLength(4, lanes, longest));

    static void Reference(Int8ConvArgs* a)
    {
        int blocks = (a->Rows + 3) / 4;
        for (int n = 0; n < a->Batch; n++)
            for (int g = 0; g < a->Groups; g++)
                for (int o = 0; o < a->Rows; o++)
                    for (int r = 0; r < a->RunCount; r++)
                        for (int t = 0; t < a->Runs[r].Count / a->Pool; t++)
                        {
                            float best = float.NegativeInfinity;
                            for (int i = t * a->Pool; i < (t + 1) * a->Pool; i++)
                            {
                                int row = g * blocks * 4 + o, sum = a->SumFactor * a->Sums[row];
                                for (int tap = 0; tap < a->Taps; tap++)
                                {
                                    int w = a->W[(((nint)g * blocks + o / 4) * a->Taps + tap) * 4 + o % 4], x = a->X[n * a->XImage + g * a->XGroup + a->Runs[r].X + i + a->Offsets[tap]];
                                    sum += (short)w * (short)x + (w >> 16) * (x >> 16);
                                }
                                float y = sum * (a->ScaleFactor * a->Scales[row]) + a->Bias[row];
                                best = MathF.Max(best, MathF.Min(a->Hi, MathF.Max(a->Lo, y)));
                            }
                            a->Y[((nint)n * a->Groups * a->Rows + g * a->Rows + o) * a->Plane + a->Runs[r].Y / a->Pool + t] = best;
                        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Run<L, V, F>(Int8ConvArgs* a) where L : struct, IInt8Lanes<V> where V : struct where F : unmanaged, ILanes<F>
    {
        int blocks = (a->Rows + 3) / 4;
        for (int n = 0; n < a->Batch; n++)
            for (int g = 0; g < a->Groups; g++)
                for (int b = 0; b < blocks; b++)
                {
                    int block = g * blocks + b, row = g * a->Rows + 4 * b, rows = Math.Min(4, a->Rows - 4 * b);
                    float* y = a->Y + ((nint)n * a->Groups * a->Rows + row) * a->Plane;
                    for (int r = 0; r < a->RunCount; r++)
                    {
                        ConvRun run = a->Runs[r];
                        int vectors = (run.Count + L.Count - 1) / L.Count;
                        int* x = a->X + (nint)n * a->XImage + (nint)g * a->XGroup + run.X;
                        bool direct = a->Pool == 1 && rows == 4 && run.Count % L.Count == 0;
                        float* d = direct ? y + run.Y : a->Scratch;
                        nint pitch = direct ? a->Plane : vectors * L.Count;
                        Tiles<L, V>(a, block, x, d, pitch, vectors);
                        for (int i = 0; i < rows && !direct; i++) ConvFinish.Store<F>(d + i * pitch, run.Count, a->Pool, y + (nint)i * a->Plane + run.Y / a->Pool);
                    }
                }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Tiles<L, V>(Int8ConvArgs* a, int block, int* x, float* d, nint pitch, int vectors) where L : struct, IInt8Lanes<V> where V : struct
    {
        bool wide = L.Count == 16 || System.Runtime.Intrinsics.Arm.AdvSimd.IsSupported;
        for (; wide && vectors >= 4; vectors -= 4, x += 4 * L.Count, d += 4 * L.Count) By4<L, V>(a, block, x, d, pitch);
        for (; vectors >= 2; vectors -= 2, x += 2 * L.Count, d += 2 * L.Count) By2<L, V>(a, block, x, d, pitch);
        if (vectors > 0) By1<L, V>(a, block, x, d, pitch);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void By4<L, V>(Int8ConvArgs* a, int block, int* x, float* d, nint pitch) where L : struct, IInt8Lanes<V> where V : struct
    {
        int* w = a->W + (nint)block * a->Taps * 4, sums = a->Sums + 4 * block;
        int z = a->SumFactor;
        V s00 = L.Broadcast(z * sums[0]), s01 = s00, s02 = s00, s03 = s00;
        V s10 = L.Broadcast(z * sums[1]), s11 = s10, s12 = s10, s13 = s10;
        V s20 = L.Broadcast(z * sums[2]), s21 = s20, s22 = s20, s23 = s20;
        V s30 = L.Broadcast(z * sums[3]), s31 = s30, s32 = s30, s33 = s30;
        for (nint* offset = a->Offsets, end = offset + a->Taps; offset < end; offset++, w += 4)
        {
            int* p = x + *offset;
            V x0 = L.Load(p), x1 = L.Load(p + L.Count), x2 = L.Load(p + 2 * L.Count), x3 = L.Load(p + 3 * L.Count);
            V v = L.Broadcast(w[0]);
            s00 = L.MultiplyAdd(s00, x0, v);
            s01 = L.MultiplyAdd(s01, x1, v);
            s02 = L.MultiplyAdd(s02, x2, v);
            s03 = L.MultiplyAdd(s03, x3, v);
            v = L.Broadcast(w[1]);
            s10 = L.MultiplyAdd(s10, x0, v);
            s11 = L.MultiplyAdd(s11, x1, v);
            s12 = L.MultiplyAdd(s12, x2, v);
            s13 = L.MultiplyAdd(s13, x3, v);
            v = L.Broadcast(w[2]);
            s20 = L.MultiplyAdd(s20, x0, v);
            s21 = L.MultiplyAdd(s21, x1, v);
            s22 = L.MultiplyAdd(s22, x2, v);
            s23 = L.MultiplyAdd(s23, x3, v);
            v = L.Broadcast(w[3]);
            s30 = L.MultiplyAdd(s30, x0, v);
            s31 = L.MultiplyAdd(s31, x1, v);
            s32 = L.MultiplyAdd(s32, x2, v);
            s33 = L.MultiplyAdd(s33, x3, v);
        }
        int row = 4 * block;
        Store2<L, V>(a, row, d, s00, s01);
        Store2<L, V>(a, row, d + 2 * L.Count, s02, s03);
        Store2<L, V>(a, row + 1, d + pitch, s10, s11);
        Store2<L, V>(a, row + 1, d + pitch + 2 * L.Count, s12, s13);
        Store2<L, V>(a, row + 2, d + 2 * pitch, s20, s21);
        Store2<L, V>(a, row + 2, d + 2 * pitch + 2 * L.Count, s22, s23);
        Store2<L, V>(a, row + 3, d + 3 * pitch, s30, s31);
        Store2<L, V>(a, row + 3, d + 3 * pitch + 2 * L.Count, s32, s33);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void By2<L, V>(Int8ConvArgs* a, int block, int* x, float* d, nint pitch) where L : struct, IInt8Lanes<V> where V : struct
    {
        int* w = a->W + (nint)block * a->Taps * 4, sums = a->Sums + 4 * block;
        int z = a->SumFactor;
        V s00 = L.Broadcast(z * sums[0]), s01 = s00;
        V s10 = L.Broadcast(z * sums[1]), s11 = s10;
        V s20 = L.Broadcast(z * sums[2]), s21 = s20;
        V s30 = L.Broadcast(z * sums[3]), s31 = s30;
        for (nint* offset = a->Offsets, end = offset + a->Taps; offset < end; offset++, w += 4)
        {
            int* p = x + *offset;
            V x0 = L.Load(p), x1 = L.Load(p + L.Count);
            V v = L.Broadcast(w[0]);
            s00 = L.MultiplyAdd(s00, x0, v);
            s01 = L.MultiplyAdd(s01, x1, v);
            v = L.Broadcast(w[1]);
            s10 = L.MultiplyAdd(s10, x0, v);
            s11 = L.MultiplyAdd(s11, x1, v);
            v = L.Broadcast(w[2]);
            s20 = L.MultiplyAdd(s20, x0, v);
            s21 = L.MultiplyAdd(s21, x1, v);
            v = L.Broadcast(w[3]);
            s30 = L.MultiplyAdd(s30, x0, v);
            s31 = L.MultiplyAdd(s31, x1, v);
        }
        int row = 4 * block;
        Store2<L, V>(a, row, d, s00, s01);
        Store2<L, V>(a, row + 1, d + pitch, s10, s11);
        Store2<L, V>(a, row + 2, d + 2 * pitch, s20, s21);
        Store2<L, V>(a, row + 3, d + 3 * pitch, s30, s31);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void By1<L, V>(Int8ConvArgs* a, int block, int* x, float* d, nint pitch) where L : struct, IInt8Lanes<V> where V : struct
    {
        int* w = a->W + (nint)block * a->Taps * 4, sums = a->Sums + 4 * block;
        int z = a->SumFactor;
        V s0 = L.Broadcast(z * sums[0]), s1 = L.Broadcast(z * sums[1]), s2 = L.Broadcast(z * sums[2]), s3 = L.Broadcast(z * sums[3]);
        for (nint* offset = a->Offsets, end = offset + a->Taps; offset < end; offset++, w += 4)
        {
            V x0 = L.Load(x + *offset);
            s0 = L.MultiplyAdd(s0, x0, L.Broadcast(w[0]));
            s1 = L.MultiplyAdd(s1, x0, L.Broadcast(w[1]));
            s2 = L.MultiplyAdd(s2, x0, L.Broadcast(w[2]));
            s3 = L.MultiplyAdd(s3, x0, L.Broadcast(w[3]));
        }
        Store1<L, V>(a, 4 * block, d, s0);
        Store1<L, V>(a, 4 * block + 1, d + pitch, s1);
        Store1<L, V>(a, 4 * block + 2, d + 2 * pitch, s2);
        Store1<L, V>(a, 4 * block + 3, d + 3 * pitch, s3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Store2<L, V>(Int8ConvArgs* a, int row, float* d, V first, V second) where L : struct, IInt8Lanes<V> where V : struct
    {
        Store1<L, V>(a, row, d, first);
        Store1<L, V>(a, row, d + L.Count, second);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Store1<L, V>(Int8ConvArgs* a, int row, float* d, V sum) where L : struct, IInt8Lanes<V> where V : struct =>
        L.Store(d, sum, a->ScaleFactor * a->Scales[row], a->Bias[row], a->Lo, a->Hi);
}
