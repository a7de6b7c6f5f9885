using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels;

/// <summary>The operands of <see cref="Int8SparseConv"/>. Sizes and strides are in elements.</summary>
public unsafe struct Int8SparseConvArgs
{
    /// <summary>The padded input, quantised: int16, or int8 where the kernel's taps come in fours; readable for whole tiles from every run's start at every tap.</summary>
    public void* X;

    /// <summary>How <see cref="X"/> maps to numbers.</summary>
    public Quantised* Mapping;

    /// <summary>Output, [Batch, Groups·Rows, Plane].</summary>
    public float* Y;

    /// <summary>Per output channel, each group padded to whole fours: the bias, the weights' scale.</summary>
    public float* Bias, Scales;

    /// <summary>Σ of each output channel's weights, padded likewise.</summary>
    public int* Sums;

    /// <summary>Scratch: one run of four rows, in whole tiles.</summary>
    public float* Scratch;

    /// <summary>[blocks of rows + 1] where each begins in <see cref="Offsets"/>: a multiple of the kernel's taps per unit.</summary>
    public int* Pointers;

    /// <summary>The distance of each stored tap from its window's first element; taps that fill up a unit repeat another's.</summary>
    public int* Offsets;

    /// <summary>[units of taps, 4 rows]: two int16 or four int8 weights each, the first lowest.</summary>
    public int* W;

    /// <summary>The rows of the output volume.</summary>
    public ConvRun* Runs;

    public int Batch, Groups, Rows, RunCount;

    /// <summary>Outputs per channel, after pooling.</summary>
    public int Plane;

    /// <summary>Distance between groups, and between images, in X.</summary>
    public int XGroup, XImage;

    /// <summary>Max-pool length along the single run; 1 for none.</summary>
    public int Pool;

    /// <summary>Bounds of the result before pooling.</summary>
    public float Lo, Hi;
}

/// <summary>
/// Sparse convolution in int8 with time on the lanes, four output channels sharing their taps: y[o,t] = maxpool(clamp(s_x·s[o]·(Σ over stored taps w·q − z·Σ w) + b[o])),
/// exact in int32 up to the last line. Neighbouring taps of a block, wherever they lie, are loaded for some steps of time and interleaved,
/// so that one multiplication of pairs (fours) takes them in; the interleaving is shared by the four channels.
/// </summary>
static unsafe partial class Int8SparseConv
{
    /// <summary>Rows per block.</summary>
    public const int Height = 4;

    public static KernelFamily<Int8SparseConvArgs> Family { get; } = new KernelFamily<Int8SparseConvArgs>(
        "sparseconv4.i8", "y[o,t] = maxpool(clamp(sx·s[o]·(Σ over stored taps: w·q[window(t) + offset] - z·Σ w) + b[o]))", &Reference)
        .With(Isa.Vector128, &Run<Int8LanesPortable, TapPairs4, Vector128<int>, Lanes4>, 2, 8)
        .With(Isa.Neon, Cpu.HasNeon ? &Neon : null, 2, 16)
        .With(Isa.NeonDot, Cpu.HasNeonDot ? &NeonDot : null, 4, 16)
        .With(Isa.Avx2, Cpu.HasAvx2 ? &Run<Int8Lanes8, TapPairs8, Vector256<int>, Lanes8> : null, 2, 16)
        .With(Isa.Avx512, Cpu.HasAvx512 ? &Run<Int8Lanes16, TapPairs16, Vector512<int>, Lanes16> : null, 2, 32);

    /// <summary>Taps per unit for a kernel: 2 of int16, or 4 of int8; the reference takes pairs.</summary>
    public static int Unit(Kernel<Int8SparseConvArgs> kernel) => kernel.Isa == Isa.Scalar ? 2 : kernel.Panel;

    static void Reference(Int8SparseConvArgs* a)
    {
        int blocks = (a->Rows + Height - 1) / Height;
        for (int n = 0; n < a->Batch; n++)
            for (int g = 0; g < a->Groups; g++)
                for (int o = 0; o < a->Rows; o++)
                    for (int r = 0; r < a->RunCount; r++)
                        for (int t = 0; t < a->Runs[r].Count / a->Pool; t++)
                        {
                            int block = g * blocks + o / Height, row = block * Height + o % Height;
                            float best = float.NegativeInfinity;
                            for (int i = t * a->Pool; i < (t + 1) * a->Pool; i++)
                            {
                                int sum = -a->Mapping->ZeroPoint * a->Sums[row];
                                for (int e = a->Pointers[block]; e < a->Pointers[block + 1]; e++)
                                    sum += (short)(a->W[e / 2 * Height + o % Height] >> (16 * (e % 2))) * ((short*)a->X)[n * a->XImage + g * a->XGroup + a->Runs[r].X + i + a->Offsets[e]];
                                float y = sum * (a->Mapping->Scale * a->Scales[row]) + a->Bias[row];
                                best = MathF.Max(best, MathF.Min(a->Hi, MathF.Max(a->Lo, y)));
                            }
                            a->Y[((nint)n * a->Groups * a->Rows + g * a->Rows + o) * a->Plane + a->Runs[r].Y / a->Pool + t] = best;
                        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Run<L, P, V, F>(Int8SparseConvArgs* a) where L : struct, IInt8Lanes<V> where P : struct, ITapPairs<V> where V : struct where F : unmanaged, ILanes<F>
    {
        int blocks = (a->Rows + Height - 1) / Height, step = 2 * L.Count, fused = Fused(a), stored = step / fused;
        for (int n = 0; n < a->Batch; n++)
            for (int g = 0; g < a->Groups; g++)
                for (int b = 0; b < blocks; b++)
                {
                    int block = g * blocks + b, row = g * a->Rows + Height * b, rows = Math.Min(Height, a->Rows - Height * b);
                    float* y = a->Y + ((nint)n * a->Groups * a->Rows + row) * a->Plane;
                    for (int r = 0; r < a->RunCount; r++)
                    {
                        ConvRun run = a->Runs[r];
                        int steps = (run.Count + step - 1) / step;
                        short* x = (short*)a->X + (nint)n * a->XImage + (nint)g * a->XGroup + run.X;
                        bool direct = a->Pool == fused && rows == Height && run.Count % step == 0;
                        float* d = direct ? y + run.Y / fused : a->Scratch, to = d;
                        nint pitch = direct ? a->Plane : steps * stored;
                        // Sixteen accumulators where there are 32 registers.
                        for (; L.Count == 16 && steps >= 2; steps -= 2, x += 2 * step, to += 2 * stored) Two<L, P, V>(a, block, x, to, pitch);
                        for (; steps > 0; steps--, x += step, to += stored) One<L, P, V>(a, block, x, to, pitch);
                        for (int i = 0; i < rows && !direct; i++) ConvFinish.Store<F>(d + i * pitch, run.Count / fused, a->Pool / fused, y + (nint)i * a->Plane + run.Y / a->Pool);
                    }
                }
    }

    /// <summary>How many neighbours are pooled while they are integers: what follows does not change their order.</summary>
    static int Fused(Int8SparseConvArgs* a) => a->Pool % 2 == 0 ? 2 : 1;

    /// <summary>Four channels over two registers of each tap: sums of row r are r0 … r3, in the order that <see cref="ITapPairs{V}.Load"/> gives.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Two<L, P, V>(Int8SparseConvArgs* a, int block, short* x, float* d, nint pitch) where L : struct, IInt8Lanes<V> where P : struct, ITapPairs<V> where V : struct
    {
        int* sums = a->Sums + Height * block, offset = a->Offsets + a->Pointers[block], end = a->Offsets + a->Pointers[block + 1], w = a->W + 2 * (nint)a->Pointers[block];
        int z = -a->Mapping->ZeroPoint;
        V s00 = L.Broadcast(z * sums[0]), s01 = s00, s02 = s00, s03 = s00;
        V s10 = L.Broadcast(z * sums[1]), s11 = s10, s12 = s10, s13 = s10;
        V s20 = L.Broadcast(z * sums[2]), s21 = s20, s22 = s20, s23 = s20;
        V s30 = L.Broadcast(z * sums[3]), s31 = s30, s32 = s30, s33 = s30;
        for (; offset < end; offset += 2, w += Height)
        {
            short* p = x + offset[0], q = x + offset[1];
            P.Load(p, q, out V x0, out V x1);
            P.Load(p + 2 * L.Count, q + 2 * L.Count, out V x2, out V x3);
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
        int row = Height * block, next = 2 * L.Count / Fused(a);
        Store<L, P, V>(a, row, d, s00, s01);
        Store<L, P, V>(a, row, d + next, s02, s03);
        Store<L, P, V>(a, row + 1, d + pitch, s10, s11);
        Store<L, P, V>(a, row + 1, d + pitch + next, s12, s13);
        Store<L, P, V>(a, row + 2, d + 2 * pitch, s20, s21);
        Store<L, P, V>(a, row + 2, d + 2 * pitch + next, s22, s23);
        Store<L, P, V>(a, row + 3, d + 3 * pitch, s30, s31);
        Store<L, P, V>(a, row + 3, d + 3 * pitch + next, s32, s33);
    }

    /// <summary>Four channels over one register of each tap.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void One<L, P, V>(Int8SparseConvArgs* a, int block, short* x, float* d, nint pitch) where L : struct, IInt8Lanes<V> where P : struct, ITapPairs<V> where V : struct
    {
        int* sums = a->Sums + Height * block, offset = a->Offsets + a->Pointers[block], end = a->Offsets + a->Pointers[block + 1], w = a->W + 2 * (nint)a->Pointers[block];
        int z = -a->Mapping->ZeroPoint;
        V s00 = L.Broadcast(z * sums[0]), s01 = s00;
        V s10 = L.Broadcast(z * sums[1]), s11 = s10;
        V s20 = L.Broadcast(z * sums[2]), s21 = s20;
        V s30 = L.Broadcast(z * sums[3]), s31 = s30;
        for (; offset < end; offset += 2, w += Height)
        {
            P.Load(x + offset[0], x + offset[1], out V x0, out V x1);
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
        int row = Height * block;
        Store<L, P, V>(a, row, d, s00, s01);
        Store<L, P, V>(a, row + 1, d + pitch, s10, s11);
        Store<L, P, V>(a, row + 2, d + 2 * pitch, s20, s21);
        Store<L, P, V>(a, row + 3, d + 3 * pitch, s30, s31);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Store<L, P, V>(Int8SparseConvArgs* a, int row, float* d, V low, V high) where L : struct, IInt8Lanes<V> where P : struct, ITapPairs<V> where V : struct
    {
        float scale = a->Mapping->Scale * a->Scales[row], bias = a->Bias[row];
        if (Fused(a) == 2)
        {
            L.Store(d, P.Pooled(low, high), scale, bias, a->Lo, a->Hi);
            return;
        }
        P.Order(ref low, ref high);
        L.Store(d, low, scale, bias, a->Lo, a->Hi);
        L.Store(d + L.Count, high, scale, bias, a->Lo, a->Hi);
    }
}
