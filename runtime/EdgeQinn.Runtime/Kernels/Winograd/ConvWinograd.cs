using System.Runtime.CompilerServices;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels;

/// <summary>Arguments of <see cref="ConvWinograd"/>. Sizes are in elements; a section is a run of at most r taps of the kernel.</summary>
public unsafe struct ConvWinogradArgs
{
    /// <summary>Input [Batch, Groups·Channels, Length].</summary>
    public float* X;

    /// <summary>Transformed weights [Groups, ⌈Rows / block⌉, products, Sections·Channels, block], block being the kernel's panel.</summary>
    public float* U;

    /// <summary>Bias [Groups, ⌈Rows / block⌉·block].</summary>
    public float* Bias;

    /// <summary>In int8: how the input maps to numbers, and the weights' scale per row, padded as <see cref="Bias"/>.</summary>
    public Quantised* Mapping;

    public float* Scales;

    /// <summary>Zeros [block].</summary>
    public float* Zeros;

    /// <summary>Output [Batch, Groups·Rows, Outputs / Pool].</summary>
    public float* Y;

    /// <summary>Scratch of <see cref="ConvWinograd.ScratchLength"/> floats.</summary>
    public float* Scratch;

    /// <summary>Rows of the transformed input as taps of the products: i·<see cref="ConvWinograd.TilePitch"/>, [Sections·Channels].</summary>
    public int* Offsets;

    /// <summary>0, 1, 2, …, [Chunk].</summary>
    public int* Tiles;

    public int Batch, Groups, Rows, Channels, Sections, Length, Begin, Outputs;

    /// <summary>Tiles worked on at once; 4·Chunk is a multiple of Pool.</summary>
    public int Chunk;

    /// <summary>Max-pool length; 1 for none.</summary>
    public int Pool;

    public float Lo, Hi;
}

/// <summary>
/// One-dimensional convolution with stride 1 by minimal filtering. A chunk of tiles of 4 outputs at a time: the input is transformed with
/// tiles on the lanes, then for each block of channels the products are accumulated over input channels with output channels on the lanes
/// (<see cref="ConvChannel.Accumulate"/>), transformed back, pooled, clamped and turned round. A kernel longer than the filter's r taps is
/// cut into sections that add up before the transform back. Each output mixes 4 + r − 1 inputs, so one infinite or NaN input may turn
/// all 4 outputs of its tiles into NaN.
/// </summary>
static unsafe partial class ConvWinograd
{
    const int Outputs = IMinimalFilter.Outputs;

    /// <summary>Channels that are staged together: what is stored there must have left the store buffer when it is loaded at other boundaries.</summary>
    const int Together = 8;

    public static KernelFamily<ConvWinogradArgs> Filter3 { get; } = Family<MinimalFilter3>();

    public static KernelFamily<ConvWinogradArgs> Filter5 { get; } = Family<MinimalFilter5>();

    public static KernelFamily<ConvWinogradArgs> Filter7 { get; } = Family<MinimalFilter7>();

    static KernelFamily<ConvWinogradArgs> Family<TFilter>() where TFilter : struct, IMinimalFilter => new KernelFamily<ConvWinogradArgs>(
        $"conv.winograd{TFilter.Taps}.f32", "y = maxpool(clamp(b + Aᵀ Σ_c u[c] ∘ Bᵀx[c])); packed [block][product][section][channel][panel]",
        &Reference<TFilter>)
        .With(Isa.Vector128, &Run<TFilter, ConvChannelTile2<Lanes4>, Lanes4>, 8, 4)
        .With(Isa.Neon, Cpu.HasNeon ? &Run<TFilter, ConvChannelTileNeon, Lanes4> : null, 16, 4)
        .With(Isa.Avx2, Cpu.HasAvx2 ? &Run<TFilter, ConvChannelTile2<Lanes8>, Lanes8> : null, 16, 8)
        .With(Isa.Avx512, Cpu.HasAvx512 ? &Run<TFilter, ConvChannelTile2<Lanes16>, Lanes16> : null, 32, 16);

    public static int Products<TFilter>() where TFilter : struct, IMinimalFilter => TFilter.Taps + Outputs - 1;

    /// <summary>Distance between channels of the transformed input: the chunk's tiles in whole vectors, of no more lanes than it fills.</summary>
    public static int TilePitch(int chunk, int lanes) => (chunk + TileLanes(chunk, lanes) - 1) / TileLanes(chunk, lanes) * TileLanes(chunk, lanes);

    /// <summary>Floats of scratch: staged input, transformed input, products, outputs.</summary>
    public static long ScratchLength(int taps, int sections, int channels, int chunk, int lanes, int block)
    {
        long even = RoundUp(chunk, 4);
        return Together * StageLength(taps, sections, chunk, lanes)
            + (long)(taps + Outputs - 1) * (Slab(sections * channels, chunk, lanes) + even * block) + even * Outputs * block;
    }

    /// <summary>Distance between products of the transformed input; no multiple of 4 kB, which would put all into one set of the cache.</summary>
    static int Slab(int depth, int chunk, int lanes) => depth * TilePitch(chunk, lanes) + 16;

    /// <summary>Lanes of the transform of the input.</summary>
    public static int TileLanes(int chunk, int lanes) => chunk <= 4 ? Math.Min(4, lanes) : chunk <= 8 ? Math.Min(8, lanes) : lanes;

    /// <summary>Padded input of one channel that is looked at for a chunk: that of its tiles, whole vectors of them, and of a vector more; in cache lines.</summary>
    static int StageLength(int taps, int sections, int chunk, int lanes) =>
        RoundUp((TilePitch(chunk, lanes) + TileLanes(chunk, lanes)) * Outputs + (sections - 1) * taps, 16);

    static int RoundUp(int value, int unit) => (value + unit - 1) / unit * unit;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<TFilter, TTile, V>(ConvWinogradArgs* a)
        where TFilter : struct, IMinimalFilter where TTile : struct, IConvChannelTile where V : unmanaged, ILanes<V>
    {
        int block = TTile.Channels, blocks = RoundUp(a->Rows, block) / block, plane = a->Outputs / a->Pool;
        int depth = a->Sections * a->Channels, slab = Slab(depth, a->Chunk, V.Count);
        float* z = a->Scratch + Together * StageLength(TFilter.Taps, a->Sections, a->Chunk, V.Count);
        float* m = z + (nint)Products<TFilter>() * slab;
        int products = RoundUp(a->Chunk, 4) * block;
        float* s = m + (nint)Products<TFilter>() * products;
        for (int n = 0; n < a->Batch; n++)
            for (int g = 0; g < a->Groups; g++)
                for (int first = 0; first < plane * a->Pool; first += Outputs * a->Chunk)
                {
                    int count = Math.Min(Outputs * a->Chunk, plane * a->Pool - first), tiles = (count + Outputs - 1) / Outputs;
                    float* x = a->X + (nint)(n * a->Groups + g) * a->Channels * a->Length;
                    TransformInput<TFilter, V>(a, x, first, z, slab);
                    for (int b = 0; b < blocks; b++)
                    {
                        float* u = a->U + (nint)(g * blocks + b) * Products<TFilter>() * depth * block;
                        for (int i = 0; i < Products<TFilter>(); i++)
                            ConvChannel.Accumulate<TTile>(
                                a->Offsets, depth, u + (nint)i * depth * block, a->Zeros, z + (nint)i * slab, a->Tiles, tiles, m + (nint)i * products);
                        int row = (g * blocks + b) * block;
                        float* y = a->Y + (nint)((n * a->Groups + g) * a->Rows + b * block) * plane + first / a->Pool;
                        int fused = TransformOutput<TFilter, V>(a, m, products, block, tiles, row, s);
                        if (fused != a->Pool) ConvTurn.PoolAndClamp<V>(s, block, count / a->Pool, a->Pool, a->Lo, a->Hi);
                        ConvTurn.Store<V, ConvTurn.AsIs>(s, block, count / a->Pool, Math.Min(block, a->Rows - b * block), y, plane);
                    }
                }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void TransformInput<TFilter, V>(ConvWinogradArgs* a, float* x, int first, float* z, int slab)
        where TFilter : struct, IMinimalFilter where V : unmanaged, ILanes<V>
    {
        if (V.Count > 4 && a->Chunk <= 4) TransformTiles<TFilter, Lanes4>(a, x, first, z, slab, V.Count);
        else if (V.Count > 8 && a->Chunk <= 8) TransformTiles<TFilter, Lanes8>(a, x, first, z, slab, V.Count);
        else TransformTiles<TFilter, V>(a, x, first, z, slab, V.Count);
    }

    /// <summary>
    /// z[i, section·channel, tile] = (Bᵀ d)_i of the tiles from output <paramref name="first"/> on. Position w of a channel is x[begin + w], zero in the padding; d_i of
    /// section q's tile j is position q·taps + 4j + i. Vectors of positions that lie inside the input come from there, the others from a copy of its ends with the
    /// padding around them; where a zero point is subtracted, all come from the copy.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void TransformTiles<TFilter, T>(ConvWinogradArgs* a, float* x, int first, float* z, int slab, int lanes)
        where TFilter : struct, IMinimalFilter where T : unmanaged, ILanes<T>
    {
        int length = StageLength(TFilter.Taps, a->Sections, a->Chunk, lanes), pitch = TilePitch(a->Chunk, lanes), run = Outputs * T.Count;
        int begin = first - a->Begin, from = Math.Clamp(-begin, 0, length), to = Math.Clamp(a->Length - begin, from, length);
        int direct = TFilter.IsInteger ? length : from, end = to - run, head = Math.Min(to, from + run), tail = Math.Max(from, end);
        float* stage = a->Scratch;
        for (int i = 0; i < Together; i++)
        {
            new Span<float>(stage + i * length, from).Clear();
            new Span<float>(stage + i * length + to, length - to).Clear();
        }
        for (int c = 0; c < a->Channels; c += Together)
        {
            int together = Math.Min(Together, a->Channels - c);
            for (int i = 0; i < together; i++)
            {
                float* channel = x + (nint)(c + i) * a->Length + begin, staged = stage + i * length;
                if (TFilter.IsInteger) CopyCentred<T>(channel + from, staged + from, to - from, a->Mapping->ZeroPoint);
                else
                {
                    if (from > 0) Copy<T>(channel + from, staged + from, head - from);
                    if (to < length) Copy<T>(channel + tail, staged + tail, to - tail);
                }
            }
            for (int q = 0; q < a->Sections; q++)
                for (int i = 0; i < together; i++)
                {
                    float* channel = x + (nint)(c + i) * a->Length + begin, staged = stage + i * length, turned = z + (nint)(q * a->Channels + c + i) * pitch;
                    int at = q * TFilter.Taps;
                    Split((at >= direct && at <= end ? channel : staged) + at, out T d0, out T d1, out T d2, out T d3);
                    for (float* done = turned + pitch; turned < done; turned += T.Count)
                    {
                        at += run;
                        Split((at >= direct && at <= end ? channel : staged) + at, out T next0, out T next1, out T next2, out T next3);
                        TFilter.Input(d0, d1, d2, d3, next0, next1, next2, next3, turned, slab);
                        (d0, d1, d2, d3) = (next0, next1, next2, next3);
                    }
                }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Copy<T>(float* from, float* to, int count) where T : unmanaged, ILanes<T>
    {
        int i = 0;
        for (; i + T.Count <= count; i += T.Count) T.Store(T.Load(from + i), to + i);
        if (i < count && count >= T.Count) T.Store(T.Load(from + count - T.Count), to + count - T.Count);
        else
            for (; i < count; i++) to[i] = from[i];
    }

    /// <summary>Pairs of int16 less the zero point: what is padded is zero then.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void CopyCentred<T>(float* from, float* to, int count, int zeroPoint) where T : unmanaged, ILanes<T>
    {
        int i = 0, pair = zeroPoint << 16 | zeroPoint & 0xFFFF;
        T shift = T.CreateInt(pair);
        for (; i + T.Count <= count; i += T.Count) T.Store(T.SubtractShort(T.Load(from + i), shift), to + i);
        for (; i < count; i++)
        {
            int both = ((int*)from)[i];
            ((int*)to)[i] = (both >> 16) - zeroPoint << 16 | (short)both - zeroPoint & 0xFFFF;
        }
    }

    /// <summary>Lane j of d_i is x[4j + i].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Split<T>(float* x, out T d0, out T d1, out T d2, out T d3) where T : unmanaged, ILanes<T>
    {
        T a = T.Load(x), b = T.Load(x + T.Count), c = T.Load(x + 2 * T.Count), d = T.Load(x + 3 * T.Count);
        T even0 = T.Evens(a, b), even1 = T.Evens(c, d), odd0 = T.Odds(a, b), odd1 = T.Odds(c, d);
        (d0, d1, d2, d3) = (T.Evens(even0, even1), T.Evens(odd0, odd1), T.Odds(even0, even1), T.Odds(odd0, odd1));
    }

    /// <summary>s[output, channel] = clamp(bias + Aᵀ m), pooled where the pool divides 4 (then that is returned; else 1).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static int TransformOutput<TFilter, V>(ConvWinogradArgs* a, float* m, int pitch, int block, int tiles, int row, float* s)
        where TFilter : struct, IMinimalFilter where V : unmanaged, ILanes<V>
    {
        V lo = V.Create(a->Lo), hi = V.Create(a->Hi);
        int fused = a->Pool is 2 or 4 ? a->Pool : 1;
        for (int half = 0; half < block; half += V.Count)
        {
            V b = V.Load(a->Bias + row + half), scale = TFilter.IsInteger ? V.Create(a->Mapping->Scale) * V.Load(a->Scales + row + half) : b;
            float* from = m + half, to = s + half;
            for (int j = 0; j < tiles; j++, from += block)
            {
                TFilter.Output(from, pitch, scale, b, out V y0, out V y1, out V y2, out V y3);
                if (fused == 1)
                {
                    V.Store(Lanes.Clamp(y0, lo, hi), to);
                    V.Store(Lanes.Clamp(y1, lo, hi), to + block);
                    V.Store(Lanes.Clamp(y2, lo, hi), to + 2 * block);
                    V.Store(Lanes.Clamp(y3, lo, hi), to + 3 * block);
                    to += 4 * block;
                    continue;
                }
                // A NaN product of a pair of points is in all four outputs, that of 0 in y0 alone, that of ∞ in y3 alone: y0 and y3 tell.
                V early = Lanes.Clamp(V.Max(y1, y0), lo, hi), late = Lanes.Clamp(V.Max(y2, y3), lo, hi);
                if (fused == 2)
                {
                    V.Store(early, to);
                    V.Store(late, to + block);
                    to += 2 * block;
                }
                else
                {
                    V.Store(Lanes.Maximum(early, late), to);
                    to += block;
                }
            }
        }
        return fused;
    }
}
