using System.Runtime.InteropServices;

namespace EdgeQinn.Runtime.Kernels.Recurrent;

/// <summary>
/// Arguments of a recurrent cell: one time step of one sequence, its matrix products done. G gates of H units, in ONNX's order.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct CellArgs
{
    /// <summary>The input's part of the gates, W x + Wb [G · H].</summary>
    public float* X;

    /// <summary>The state's part of the gates, R h + Rb [G · H].</summary>
    public float* P;

    /// <summary>A GRU's state's part of the candidate, Rh h + Rbh or Rh (r ⊙ h) + Rbh [H].</summary>
    public float* Candidate;

    /// <summary>The hidden state [H], updated.</summary>
    public float* State;

    /// <summary>The cell state [H] of an LSTM, updated.</summary>
    public float* Cell;

    /// <summary>Where the new hidden state also goes [H]; null for nowhere.</summary>
    public float* Y;

    /// <summary>r ⊙ h [H] of a GRU that resets before the product.</summary>
    public float* Reset;

    /// <summary>Peephole weights [3 · H] of an LSTM, in the order i o f; null for none.</summary>
    public float* Peepholes;

    /// <summary>Units.</summary>
    public int H;

    /// <summary>Whether a GRU's reset gate applies after the product: h̃ = g(Wx + r ⊙ (Rh + Rb)).</summary>
    public bool ResetAfter;

    /// <summary>Whether an LSTM's forget gate is 1 − i.</summary>
    public bool InputForget;

    /// <summary>The bound that inputs of activations are clipped to; ∞ for none.</summary>
    public float Clip;

    /// <summary>The activations f, g and h of ONNX.</summary>
    public CellActivation F, G, Output;

    /// <summary>Whether this is the everyday cell, which the vector kernels are written for: sigmoid gates, tanh, no clip, no peepholes, no coupling.</summary>
    public readonly bool IsPlain =>
        F.Kind == CellActivationKind.Sigmoid && G.Kind == CellActivationKind.Tanh && Output.Kind == CellActivationKind.Tanh &&
        float.IsPositiveInfinity(Clip) && Peepholes == null && !InputForget;

    /// <summary>Clips the input of an activation.</summary>
    internal readonly float Bound(float x) => x < -Clip ? -Clip : x > Clip ? Clip : x;
}
