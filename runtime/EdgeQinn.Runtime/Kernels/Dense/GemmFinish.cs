using System.Runtime.InteropServices;

namespace EdgeQinn.Runtime.Kernels.Dense;

/// <summary>Arguments of <see cref="GemmFinish"/>; strides count floats, 0 repeats.</summary>
[StructLayout(LayoutKind.Sequential)]
public unsafe struct GemmFinishArgs
{
    public float* Y, C;
    public long CRow, CColumn;
    public int Rows, Columns;
    public float Alpha, Beta;
}

/// <summary>What ONNX <c>Gemm</c> adds to a product: <c>Y = α Y + β C</c>, C broadcast.</summary>
public static unsafe class GemmFinish
{
    /// <summary>The kernels.</summary>
    public static readonly KernelFamily<GemmFinishArgs> Family = new("gemm.finish.f32", "Y = α Y + β C", &Run);

    static void Run(GemmFinishArgs* a)
    {
        float* y = a->Y;
        for (int r = 0; r < a->Rows; r++)
            for (int m = 0; m < a->Columns; m++, y++)
                *y = a->Alpha * *y + a->Beta * a->C[r * a->CRow + m * a->CColumn];
    }
}
