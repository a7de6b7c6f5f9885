using System.Runtime.CompilerServices;
using EdgeQinn.Runtime.Kernels.VectorMath;

namespace EdgeQinn.Runtime.Kernels;

/// <summary>
/// <see cref="ConvTime"/> one output channel at a time, for depthwise convolution: channels share no input there, so a tile of several would
/// only multiply zeros. Four vectors of time stay in registers over all taps, without a call per tile.
/// </summary>
static unsafe class ConvDepthwise
{
    public static KernelFamily<ConvTimeArgs> Family { get; } = new KernelFamily<ConvTimeArgs>("conv.depthwise.f32", ConvTime.Contract, &ConvTime.Reference)
        .With(Isa.Vector128, &Run<Lanes4>, 1, 4)
        .With(Isa.Neon, Cpu.HasNeon ? &Run<Lanes4> : null, 1, 4)
        .With(Isa.Avx2, Cpu.HasAvx2 ? &Run<Lanes8> : null, 1, 8)
        .With(Isa.Avx512, Cpu.HasAvx512 ? &Run<Lanes16> : null, 1, 16);

    static void Run<V>(ConvTimeArgs* a) where V : unmanaged, ILanes<V>
    {
        for (int n = 0; n < a->Batch; n++)
            for (int g = 0; g < a->Groups; g++)
                for (int r = 0; r < a->Rows; r++)
                {
                    int channel = g * a->Rows + r;
                    float* x = a->X + (nint)n * a->XImage + (nint)g * a->XGroup, y = a->Y + ((nint)n * a->Groups * a->Rows + channel) * a->Plane;
                    Row<V>(a, a->W + (nint)channel * a->Taps, a->Bias[channel], x, y);
                }
    }

    /// <summary>All slots of one channel, four at a time; those missing at the end are the last one again.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void Row<V>(ConvTimeArgs* a, float* w, float bias, float* x, float* y) where V : unmanaged, ILanes<V>
    {
        V lo = V.Create(a->Lo), hi = V.Create(a->Hi);
        ConvSlot* last = a->Slots + a->SlotCount - 1;
        for (ConvSlot* slot = a->Slots; slot <= last; slot += 4)
        {
            ConvSlot* s1 = slot + 1 < last ? slot + 1 : last, s2 = slot + 2 < last ? slot + 2 : last, s3 = slot + 3 < last ? slot + 3 : last;
            float* x0 = x + slot->X, x1 = x + s1->X, x2 = x + s2->X, x3 = x + s3->X;
            V m0 = V.Create(float.NegativeInfinity), m1 = m0, m2 = m0, m3 = m0;
            for (int i = 0; i < a->Pool; i++)
            {
                int* offsets = a->Offsets + i * a->Taps;
                V a0 = V.Create(bias), a1 = a0, a2 = a0, a3 = a0;
                for (int tap = 0; tap < a->Taps; tap++)
                {
                    nint o = offsets[tap];
                    V s = V.Create(w[tap]);
                    a0 = V.MultiplyAdd(s, V.Load(x0 + o), a0);
                    a1 = V.MultiplyAdd(s, V.Load(x1 + o), a1);
                    a2 = V.MultiplyAdd(s, V.Load(x2 + o), a2);
                    a3 = V.MultiplyAdd(s, V.Load(x3 + o), a3);
                }
                (m0, m1, m2, m3) = (Lanes.Maximum(m0, a0), Lanes.Maximum(m1, a1), Lanes.Maximum(m2, a2), Lanes.Maximum(m3, a3));
            }
            V.StoreFirst(Lanes.Clamp(m0, lo, hi), y + slot->Y, slot->Count);
            V.StoreFirst(Lanes.Clamp(m1, lo, hi), y + s1->Y, s1->Count);
            V.StoreFirst(Lanes.Clamp(m2, lo, hi), y + s2->Y, s2->Count);
            V.StoreFirst(Lanes.Clamp(m3, lo, hi), y + s3->Y, s3->Count);
        }
    }
}
