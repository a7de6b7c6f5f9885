using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Kernels.Dense;

namespace EdgeQinn.Converter.Healing.Differentiation;

/// <summary>Products of row-major float matrices, by the runtime's own GEMM kernel.</summary>
static unsafe class Product
{
    static readonly Kernel<GemmArgs> Kernel = Gemm.Family.Select(Cpu.Allowed());

    /// <summary>Y = X W with X [rows, inner], W [inner, columns], Y [rows, columns].</summary>
    public static void Run(int rows, int inner, int columns, ReadOnlySpan<float> x, ReadOnlySpan<float> w, Span<float> y) =>
        Run(rows, inner, columns, x, inner, 1, w, Kernel.Panel, columns, default, y);

    /// <summary>Y = Xᵀ W with X [inner, rows], W [inner, columns], Y [rows, columns].</summary>
    public static void RunTransposed(int rows, int inner, int columns, ReadOnlySpan<float> x, ReadOnlySpan<float> w, Span<float> y) =>
        Run(rows, inner, columns, x, 1, rows, w, Kernel.Panel, columns, default, y);

    /// <summary>Y = X Wᵀ + b with X [rows, inner], W [columns, inner] from <see cref="Pack"/>, b [columns] or empty, Y [rows, columns].</summary>
    public static void RunPacked(int rows, int inner, int columns, ReadOnlySpan<float> x, ReadOnlySpan<float> packed, ReadOnlySpan<float> bias, Span<float> y) =>
        Run(rows, inner, columns, x, inner, 1, packed, (long)inner * Kernel.Panel, Kernel.Panel, bias, y);

    /// <summary>Elements that <see cref="Pack"/> makes of W [columns, inner].</summary>
    public static int PackedLength(int columns, int inner) => checked((int)Gemm.PackedLength(columns, inner, Kernel.Panel));

    /// <summary>W [columns, inner] as <see cref="RunPacked"/> wants it.</summary>
    public static float[] Pack(ReadOnlySpan<float> w, int columns, int inner, float[]? reuse = null)
    {
        var packed = reuse ?? new float[PackedLength(columns, inner)];
        Gemm.Pack(w, columns, inner, Kernel.Panel, packed);
        return packed;
    }

    /// <summary>The transpose of <paramref name="x"/> [rows, columns].</summary>
    public static void Transpose(int rows, int columns, ReadOnlySpan<float> x, Span<float> y)
    {
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < columns; j++) y[j * rows + i] = x[i * columns + j];
    }

    static void Run(int rows, int inner, int columns, ReadOnlySpan<float> x, long xRow, long xColumn, ReadOnlySpan<float> w, long wPanel, long wStep,
        ReadOnlySpan<float> bias, Span<float> y)
    {
        if (rows == 0 || columns == 0) return;
        ReadOnlySpan<float> b = bias.IsEmpty ? new float[columns] : bias;
        if (x.Length < (long)rows * inner || w.Length < (long)inner * columns || b.Length < columns || y.Length < (long)rows * columns)
            throw new ArgumentException($"a product of [{rows},{inner}] and [{inner},{columns}] does not fit {x.Length}, {w.Length}, {b.Length} and {y.Length} elements");
        fixed (float* px = x, pw = w, pb = b, py = y)
        {
            var args = new GemmArgs
            {
                X = px, W = pw, B = pb, Y = py, XRow = xRow, XColumn = xColumn, WPanel = wPanel, WStep = wStep, YRow = columns,
                R = rows, N = inner, M = columns, Low = float.NegativeInfinity, High = float.PositiveInfinity,
            };
            Kernel.Run(&args);
        }
    }
}
