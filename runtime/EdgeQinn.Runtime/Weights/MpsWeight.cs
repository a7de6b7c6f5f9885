using System.Collections.Immutable;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Weights;

/// <summary>
/// Matrix-product operator (tensor train): W[(i_1…i_d), (j_1…j_d)] = Σ over bonds of ∏_k G_k[α_{k−1}, i_k, j_k, α_k], multi-indices row-major.
/// Children: the cores G_k, float32[χ_{k−1}, m_k, n_k, χ_k] with χ_0 = χ_d = 1. ∏m_k ≥ M and ∏n_k ≥ N: outputs beyond M are dropped, inputs beyond N
/// are zero (Oseledets 2011; Novikov et al. 2015). With two cores W = Σ_α A_α ⊗ B_α, the operator-Schmidt form.
/// </summary>
public sealed class MpsWeight : Weight
{
    /// <summary>The encoding's name.</summary>
    public const string Name = "mps";

    /// <summary>The most cores a file may hold.</summary>
    public const int MaxCores = 16;

    /// <summary>Builds from the cores.</summary>
    public MpsWeight(TensorType type, int rows, params ImmutableArray<Weight> cores) : base(type, rows)
    {
        Cores = cores;
        if (cores.Length is 0 or > MaxCores) throw Fail($"has {cores.Length} cores, expected 1 to {MaxCores}");
        (PaddedRows, PaddedColumns) = (1, 1);
        int bond = 1;
        for (int k = 0; k < cores.Length; k++)
        {
            if (cores[k].Type.Rank != 4) throw Fail($"core {k} is {cores[k].Type}, expected rank 4");
            var shape = cores[k].Type.Shape;
            if (shape[0] != bond) throw Fail($"core {k} begins with bond {shape[0]}, the one before ends with {bond}");
            bond = shape[3];
            PaddedRows = Grow(PaddedRows, shape[1], Rows, "rows");
            PaddedColumns = Grow(PaddedColumns, shape[2], Columns, "columns");
        }
        if (bond != 1) throw Fail($"the last bond is {bond}, expected 1");
        if (PaddedRows < Rows || PaddedColumns < Columns) throw Fail($"modes make [{PaddedRows},{PaddedColumns}], smaller than [{Rows},{Columns}]");
    }

    /// <inheritdoc/>
    public override string Encoding => Name;

    /// <summary>G_k [χ_{k−1}, m_k, n_k, χ_k].</summary>
    public ImmutableArray<Weight> Cores { get; }

    /// <summary>∏ m_k.</summary>
    public int PaddedRows { get; }

    /// <summary>∏ n_k.</summary>
    public int PaddedColumns { get; }

    /// <summary>The sweep from the last core to the first: for d = 2, χ·n_1·m_2·(n_2 + m_1).</summary>
    public override long MultiplyAdds
    {
        get
        {
            long total = 0, before = PaddedColumns, after = 1;
            foreach (var core in Cores.Reverse())
            {
                var s = core.Type.Shape;
                before /= s[2];
                total += before * s[2] * s[3] * s[0] * s[1] * after;
                after *= s[1];
            }
            return total;
        }
    }

    /// <inheritdoc/>
    public override long Parameters => Cores.Sum(c => c.Parameters);

    /// <inheritdoc/>
    public override void Materialise(Span<float> destination)
    {
        var merged = MpsCore.FromWeight(Cores[0]);
        foreach (var core in Cores.Skip(1)) merged = merged.Merge(MpsCore.FromWeight(core));
        for (int i = 0; i < Rows; i++)
            merged.Data.AsSpan(i * PaddedColumns, Columns).CopyTo(destination[(i * Columns)..]);
    }

    /// <inheritdoc/>
    public override EncodedTensor Encode() => Encode(NewAttributes(), [], Cores.AsSpan());

    internal static MpsWeight Read(EncodedTensor tensor, WeightReader reader)
    {
        reader.Expect(0, 0, 1, MaxCores);
        return new MpsWeight(tensor.Type, reader.Rows, [.. Enumerable.Range(0, tensor.Children.Length).Select(reader.Child)]);
    }

    /// <summary>Padding to more than twice the size, or past 2³¹, is an error: nobody builds that, and it would cost the board its memory.</summary>
    int Grow(int size, int mode, int needed, string what)
    {
        long grown = (long)size * mode;
        return mode > 0 && grown <= Math.Max(16L, 2L * needed) ? (int)grown : throw Fail($"modes make {grown} {what} for {needed}");
    }
}
