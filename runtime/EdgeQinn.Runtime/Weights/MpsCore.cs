using System.Collections.Immutable;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Weights;

/// <summary>A core of an MPS as plain numbers: [<paramref name="Left"/>, <paramref name="Rows"/>, <paramref name="Columns"/>, <paramref name="Right"/>], row-major.</summary>
public sealed record MpsCore(int Left, int Rows, int Columns, int Right, float[] Data)
{
    const long MaxElements = 1L << 28;

    /// <summary>The core that a rank-4 weight holds.</summary>
    public static MpsCore FromWeight(Weight core)
    {
        ImmutableArray<int> s = core.Type.Shape;
        return new MpsCore(s[0], s[1], s[2], s[3], core.ToArray());
    }

    /// <summary>This core and the next as one, [Left, Rows·next.Rows, Columns·next.Columns, next.Right]: the bond between them is summed.</summary>
    /// <exception cref="GraphException">The result would not fit a tensor.</exception>
    public MpsCore Merge(MpsCore next)
    {
        // (left, i, j) × bond times bond × (i', j', right), then i' goes before j.
        int outer = Left * Rows * Columns, inner = next.Rows * next.Columns * next.Right;
        long size = (long)outer * inner;
        if (size > MaxElements) throw new GraphException($"encoding 'mps': merging cores makes {size} elements, at most {MaxElements}");
        var product = new float[size];
        DenseMath.Multiply(Data, next.Data, outer, Right, inner, product);
        var merged = new float[product.Length];
        int run = next.Columns * next.Right;
        for (int li = 0; li < Left * Rows; li++)
            for (int j = 0; j < Columns; j++)
                for (int i = 0; i < next.Rows; i++)
                    product.AsSpan(((li * Columns + j) * next.Rows + i) * run, run).CopyTo(merged.AsSpan(((li * next.Rows + i) * Columns + j) * run));
        return new MpsCore(Left, Rows * next.Rows, Columns * next.Columns, next.Right, merged);
    }
}
