using System.Runtime.InteropServices;

namespace EdgeQinn.Runtime.Kernels.Dense;

/// <summary>Arguments of <see cref="Transpose2D"/>.</summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct Transpose2DArgs
{
    public float* X, Y;
    public int Rows, Columns;
}

/// <summary>A row-major matrix [Rows, Columns] turned into its transpose, for weights that are computed rather than constant.</summary>
public static unsafe class Transpose2D
{
    const int Tile = 16; // a tile's columns are one cache line of the result

    /// <summary>The kernels.</summary>
    public static readonly KernelFamily<Transpose2DArgs> Family = new("transpose2d.f32", "Y = Xᵀ", &Run);

    static void Run(Transpose2DArgs* a)
    {
        for (int c0 = 0; c0 < a->Columns; c0 += Tile)
            for (int r0 = 0; r0 < a->Rows; r0 += Tile)
                for (int c = c0; c < Math.Min(c0 + Tile, a->Columns); c++)
                    for (int r = r0; r < Math.Min(r0 + Tile, a->Rows); r++)
                        a->Y[(long)c * a->Rows + r] = a->X[(long)r * a->Columns + c];
    }
}
