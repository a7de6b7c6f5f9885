using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels;

/// <summary>A row of the output volume: consecutive outputs whose windows are neighbours in the prepared input.</summary>
/// <param name="X">Offset of the first output's window from the group's input.</param>
/// <param name="Y">Offset of the first output from its channel's plane, before pooling.</param>
/// <param name="Count">Outputs.</param>
public readonly record struct ConvRun(int X, int Y, int Count);

/// <summary>The operands of <see cref="SparseConv"/>. Sizes and strides are in elements.</summary>
public unsafe struct SparseConvArgs
{
    /// <summary>Input prepared by <see cref="ConvPad"/>; readable for whole vectors from every run's start at every tap.</summary>
    public float* X;

    /// <summary>Output, [Batch, Groups·Rows, Plane].</summary>
    public float* Y;

    /// <summary>[Groups·Rows], padded to whole blocks at the end.</summary>
    public float* Bias;

    /// <summary>Scratch: one run of one block of rows, in whole vectors.</summary>
    public float* Scratch;

    /// <summary>[blocks of rows + 1] where each begins in <see cref="Offsets"/>.</summary>
    public uint* Pointers;

    /// <summary>The distance of each stored tap from its window's first element.</summary>
    public int* Offsets;

    /// <summary>[taps, rows per block].</summary>
    public float* Values;

    /// <summary>The rows of the output volume.</summary>
    public ConvRun* Runs;

    public int Batch, Groups, Rows, RunCount;

    /// <summary>Outputs per channel, after pooling.</summary>
    public int Plane;

    /// <summary>Distance between groups, and between images, in X.</summary>
    public int XGroup, XImage;

    /// <summary>Max-pool length along the single run; 1 for none.</summary>
    public int Pool;

    /// <summary>Bounds of the result before pooling; NaN passes.</summary>
    public float Lo, Hi;
}

/// <summary>
/// Sparse convolution with time on the SIMD lanes: y[o,t] = maxpool(clamp(b[o] + Σ over stored taps w·x[window(t) + offset])). Lanes are
/// consecutive outputs of the last axis, so zeros are skipped one by one without any gather. <c>sparseconv1</c> stores taps per output
/// channel; <c>sparseconv4</c> per four channels, which then share every load of x. (<see cref="SegmentedConv"/> reads single taps faster.)
/// </summary>
static unsafe partial class SparseConv
{
    const string Contract = "y[o,t] = maxpool(clamp(b[o] + Σ over stored taps: w·x[window(t) + offset]))";

    /// <summary>Taps of their own for every output channel.</summary>
    public static KernelFamily<SparseConvArgs> Single { get; } = new KernelFamily<SparseConvArgs>("sparseconv1.f32", Contract, &Reference1)
        .With(Isa.Vector128, &Run1<Lanes4>, 1, 4)
        .With(Isa.Neon, Cpu.HasNeon ? &Run1<Lanes4> : null, 1, 4)
        .With(Isa.Avx2, Cpu.HasAvx2 ? &Run1<Lanes8> : null, 1, 8)
        .With(Isa.Avx512, Cpu.HasAvx512 ? &Run1<Lanes16> : null, 1, 16);

    /// <summary>Four output channels share their taps.</summary>
    public static KernelFamily<SparseConvArgs> Quad { get; } = new KernelFamily<SparseConvArgs>("sparseconv4.f32", Contract, &Reference4)
        .With(Isa.Vector128, &Run4<Lanes4>, 4, 4)
        .With(Isa.Neon, Cpu.HasNeon ? &Run4<Lanes4> : null, 4, 4)
        .With(Isa.Avx2, Cpu.HasAvx2 ? &Run4<Lanes8> : null, 4, 8)
        .With(Isa.Avx512, Cpu.HasAvx512 ? &Run4<Lanes16> : null, 4, 16);

    /// <summary>Floats of scratch for runs of at most <paramref name="longest"/> outputs.</summary>
    public static long ScratchLength(int block, int lanes, int longest) => (long)block * ((longest + lanes - 1) / lanes * lanes);

    static void Reference1(SparseConvArgs* a) => Reference(a, 1);

    static void Reference4(SparseConvArgs* a) => Reference(a, 4);

    /// <summary>The formula, output by output.</summary>
    static void Reference(SparseConvArgs* a, int height)
    {
        int blocks = (a->Rows + height - 1) / height;
        for (int n = 0; n < a->Batch; n++)
            for (int g = 0; g < a->Groups; g++)
                for (int o = 0; o < a->Rows; o++)
                    for (int r = 0; r < a->RunCount; r++)
                        for (int t = 0; t < a->Runs[r].Count / a->Pool; t++)
                        {
                            float best = float.NegativeInfinity;
                            for (int i = t * a->Pool; i < (t + 1) * a->Pool; i++)
                            {
                                float sum = a->Bias[g * a->Rows + o];
                                int block = g * blocks + o / height;
                                for (uint e = a->Pointers[block]; e < a->Pointers[block + 1]; e++)
                                    sum += a->Values[e * height + o % height] * a->X[n * a->XImage + g * a->XGroup + a->Runs[r].X + i + a->Offsets[e]];
                                best = MathF.Max(best, MathF.Min(a->Hi, MathF.Max(a->Lo, sum)));
                            }
                            a->Y[((nint)n * a->Groups * a->Rows + g * a->Rows + o) * a->Plane + a->Runs[r].Y / a->Pool + t] = best;
                        }
    }
}
