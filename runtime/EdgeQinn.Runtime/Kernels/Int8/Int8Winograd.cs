using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels;

/// <summary>
/// One-dimensional int8 convolution with stride 1 by minimal filtering in integers: as <see cref="ConvWinograd"/>, with a pair of input channels in each word of the
/// input (<see cref="Quantise"/>, units of 2) and of the weights, and exact (<see cref="IIntegerFilter"/>): bit for bit what
/// <see cref="Int8Conv"/> gives. .NET multiplies at most twice as many int8 or int16 as float32 per instruction on x64;
/// filtering saves as many multiplications as it does in float32. Measured on Zen 5 (AVX-512), layers of the reference ECG network take two thirds of the time of
/// filtered float32: products run at 86 % of VPMADDWD's bound, quantising and the transforms, which are no narrower in the end, take the rest.
/// </summary>
static unsafe class Int8Winograd
{
    const int Outputs = IMinimalFilter.Outputs;

    /// <summary>Channels per word.</summary>
    public const int Unit = 2;

    public static KernelFamily<ConvWinogradArgs> Filter3 { get; } = Family<IntegerFilter3>();

    public static KernelFamily<ConvWinogradArgs> Filter5 { get; } = Family<IntegerFilter5>();

    static KernelFamily<ConvWinogradArgs> Family<TFilter>() where TFilter : struct, IIntegerFilter => new KernelFamily<ConvWinogradArgs>(
        $"conv.winograd{TFilter.Taps}.i8", "y = maxpool(clamp(b + sx·s[o]·Aᵀ(Σ_c u[c] ∘ Bᵀ(q[c] - z)) / divisor)); packed [block][product][section][pair of channels][panel]",
        &Reference<TFilter>)
        .With(Isa.Vector128, &ConvWinograd.Run<TFilter, ConvChannelTile2<PairLanes4>, Lanes4>, 8, 4)
        .With(Isa.Neon, Cpu.HasNeon ? &ConvWinograd.Run<TFilter, ConvChannelTilePairs, Lanes4> : null, 16, 4)
        .With(Isa.Avx2, Cpu.HasAvx2 ? &ConvWinograd.Run<TFilter, ConvChannelTile2<PairLanes8>, Lanes8> : null, 16, 8)
        .With(Isa.Avx512, Cpu.HasAvx512 ? &ConvWinograd.Run<TFilter, ConvChannelTile2<PairLanes16>, Lanes16> : null, 32, 16);

    /// <summary>The formula, tile by tile, in wide integers.</summary>
    static void Reference<TFilter>(ConvWinogradArgs* a) where TFilter : struct, IIntegerFilter
    {
        int plane = a->Outputs / a->Pool, depth = a->Sections * a->Channels, products = ConvWinograd.Products<TFilter>();
        long* sums = stackalloc long[Outputs];
        for (int n = 0; n < a->Batch; n++)
            for (int g = 0; g < a->Groups; g++)
                for (int o = 0; o < a->Rows; o++)
                {
                    int row = g * a->Rows + o;
                    int* x = (int*)a->X + (nint)(n * a->Groups + g) * a->Channels * a->Length, u = (int*)a->U + (nint)row * products * depth;
                    float* to = a->Y + ((nint)n * a->Groups * a->Rows + row) * plane;
                    for (int t = 0; t < plane * a->Pool; t++)
                    {
                        if (t % Outputs == 0) Tile<TFilter>(a, x, t, u, sums);
                        float y = sums[t % Outputs] / TFilter.Divisor * (a->Mapping->Scale * a->Scales[row]) + a->Bias[row];
                        float clamped = MathF.Min(a->Hi, MathF.Max(a->Lo, y));
                        to[t / a->Pool] = t % a->Pool == 0 ? clamped : MathF.Max(to[t / a->Pool], clamped);
                    }
                }
    }

    /// <summary>Divisor times the sums of the 4 outputs from output <paramref name="first"/> on.</summary>
    static void Tile<TFilter>(ConvWinogradArgs* a, int* x, int first, int* u, long* sums) where TFilter : struct, IIntegerFilter
    {
        int depth = a->Sections * a->Channels, products = ConvWinograd.Products<TFilter>();
        for (int k = 0; k < Outputs; k++) sums[k] = 0;
        for (int i = 0; i < products; i++)
        {
            long sum = 0;
            for (int c = 0; c < depth; c++)
                for (int half = 0; half < Unit; half++)
                {
                    int z = 0;
                    for (int j = 0; j < products; j++)
                    {
                        int at = first - a->Begin + c / a->Channels * TFilter.Taps + j;
                        if (at >= 0 && at < a->Length) z += TFilter.Inputs[i * products + j] * (Half(x[(nint)(c % a->Channels) * a->Length + at], half) - a->Mapping->ZeroPoint);
                    }
                    sum += Half(u[i * depth + c], half) * (long)z;
                }
            for (int k = 0; k < Outputs; k++) sums[k] += TFilter.Results[k * products + i] * sum;
        }
    }

    static int Half(int pair, int half) => half == 0 ? (short)pair : pair >> 16;
}
