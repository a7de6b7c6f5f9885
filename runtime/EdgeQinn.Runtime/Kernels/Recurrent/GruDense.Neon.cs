using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;

namespace EdgeQinn.Runtime.Kernels.Recurrent;

public readonly unsafe partial struct GruDense
{
    /// <summary>The new states of whole blocks of four units: h ← h̃ + (h − h̃) / (1 + e^−z), h̃ = tanh(xh + Rh h / (1 + e^−r)).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    static void IDenseCell.NeonUpdates(float* constants, int h, int blocks, float* sums, float* x, float* state, float* next, float* cell, float* y)
    {
        var activations = new GateActivations(constants);
        byte* z = (byte*)x, r = (byte*)(x + h), candidate = (byte*)(x + 2 * h), from = (byte*)state, to = (byte*)next, also = (byte*)y;
        for (nint i = 0, end = (nint)blocks * 16; i < end; i += 16, sums += 4 * Gates)
        {
            Vector128<float> update = Vector128.Load(sums), reset = Vector128.Load(sums + 4);
            (update, reset) = activations.OnePlusExpOfMinus(update + Vector128.Load((float*)(z + i)), reset + Vector128.Load((float*)(r + i)));
            var c = activations.Tanh(Vector128.Load((float*)(candidate + i)) + Vector128.Load(sums + 8) / reset);
            c += (Vector128.Load((float*)(from + i)) - c) / update;
            c.Store((float*)(to + i));
            if (also != null) c.Store((float*)(also + i));
        }
    }
}
