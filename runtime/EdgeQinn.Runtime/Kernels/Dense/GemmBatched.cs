using System.Runtime.InteropServices;

namespace EdgeQinn.Runtime.Kernels.Dense;

/// <summary>Arguments of <see cref="GemmBatched"/>.</summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct GemmBatchedArgs
{
    /// <summary>The product of one item; its X, W and Y are those of item 0.</summary>
    public GemmArgs Item;

    /// <summary>The kernel that computes an item.</summary>
    public delegate*<GemmArgs*, void> Gemm;

    /// <summary>Per item the distances, in floats, of its X, W and Y from those of item 0.</summary>
    public long* Offsets;

    /// <summary>The number of items.</summary>
    public int Count;
}

/// <summary>Many matrix products of one shape, whose operands may repeat: broadcast <c>MatMul</c>.</summary>
public static unsafe class GemmBatched
{
    /// <summary>The kernels.</summary>
    public static readonly KernelFamily<GemmBatchedArgs> Family = new("gemm.batched.f32", "Yᵢ = clamp(Xᵢ Wᵢ + b) for each i", &Run);

    static void Run(GemmBatchedArgs* a)
    {
        GemmArgs item = a->Item;
        long* offset = a->Offsets;
        for (int i = 0; i < a->Count; i++, offset += 3)
        {
            item.X = a->Item.X + offset[0];
            item.W = a->Item.W + offset[1];
            item.Y = a->Item.Y + offset[2];
            a->Gemm(&item);
        }
    }
}
