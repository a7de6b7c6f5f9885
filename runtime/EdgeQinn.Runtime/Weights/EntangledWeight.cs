using System.Collections.Immutable;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Weights;

/// <summary>How the groups of an <see cref="EntangledWeight"/> couple to the state they share.</summary>
public enum EntangledKind
{
    /// <summary>C_g diagonal (CP form): y_g = S (c_g ∘ h).</summary>
    Phase,

    /// <summary>C_g of 2×2 rotations, one angle per pair of components: the same state in another measurement basis.</summary>
    Rotation,

    /// <summary>C_g full (Tucker-2 form): y_g = S C_g h.</summary>
    Coupled,

    /// <summary>W = Σ_k A_k ⊗ B_k (operator-Schmidt form): inputs come in groups too.</summary>
    Schmidt,
}

/// <summary>
/// Groups of outputs that read one shared state h = U x: W_g = S·C_g·U for g = 1…G, M = G·m.
/// Children: U [r1, N]; S [m, r2]; C: Phase [G, r] · Rotation [G, r/2] angles in radians · Coupled [G, r2, r1].
/// Schmidt: A [K, G, G'] and B [K, m, n] with N = G'·n. Attributes: <c>kind</c> text.
/// </summary>
public sealed class EntangledWeight : Weight
{
    /// <summary>The encoding's name.</summary>
    public const string Name = "entangled";

    readonly ImmutableArray<Weight> _factors;

    /// <summary>Builds from the factors: U, S, C; or A, B for <see cref="EntangledKind.Schmidt"/>.</summary>
    public EntangledWeight(TensorType type, int rows, EntangledKind kind, params ImmutableArray<Weight> factors) : base(type, rows)
    {
        (Kind, _factors) = (kind, factors);
        if (factors.Length != (kind == EntangledKind.Schmidt ? 2 : 3)) throw Fail($"{KindName} has {factors.Length} factors");
        if (kind == EntangledKind.Schmidt) CheckSchmidt();
        else CheckShared();
    }

    /// <inheritdoc/>
    public override string Encoding => Name;

    /// <summary>How groups couple.</summary>
    public EntangledKind Kind { get; }

    /// <summary>[r1, N].</summary>
    public Weight U => _factors[0];

    /// <summary>[m, r2].</summary>
    public Weight S => _factors[1];

    /// <summary>[G, r], [G, r/2] or [G, r2, r1].</summary>
    public Weight C => _factors[2];

    /// <summary>[K, G, G'] of Schmidt.</summary>
    public Weight A => _factors[0];

    /// <summary>[K, m, n] of Schmidt.</summary>
    public Weight B => _factors[1];

    /// <summary>G.</summary>
    public int Groups => Kind == EntangledKind.Schmidt ? A.Type.Shape[1] : C.Type.Shape[0];

    /// <inheritdoc/>
    public override long MultiplyAdds
    {
        get
        {
            if (Kind == EntangledKind.Schmidt) return Operator().MultiplyAdds;
            long readOut = (long)Groups * S.MultiplyAdds;
            return U.MultiplyAdds + readOut + Kind switch
            {
                EntangledKind.Phase => (long)Groups * U.Rows,
                EntangledKind.Rotation => 2L * Groups * U.Rows,
                _ => C.MultiplyAdds,
            };
        }
    }

    /// <inheritdoc/>
    public override long Parameters => _factors.Sum(f => f.Parameters);

    /// <summary>The couplings in full: [G, r2, r1].</summary>
    public float[] Couplings()
    {
        int r1 = U.Rows, r2 = S.Columns;
        var c = C.ToArray();
        if (Kind == EntangledKind.Coupled) return c;
        var full = new float[Groups * r2 * r1];
        for (int g = 0; g < Groups; g++)
        {
            var block = full.AsSpan(g * r1 * r1, r1 * r1);
            if (Kind == EntangledKind.Phase)
                for (int k = 0; k < r1; k++) block[k * r1 + k] = c[g * r1 + k];
            else
                for (int k = 0; k < r1; k += 2)
                {
                    var (sin, cos) = Math.SinCos(c[(g * r1 + k) / 2]);
                    (block[k * r1 + k], block[k * r1 + k + 1]) = ((float)cos, -(float)sin);
                    (block[(k + 1) * r1 + k], block[(k + 1) * r1 + k + 1]) = ((float)sin, (float)cos);
                }
        }
        return full;
    }

    /// <summary>Schmidt as the two-core MPS it is: G_1[0, g, g', k] = A[k, g, g'], G_2[k, a, b, 0] = B[k, a, b].</summary>
    public MpsWeight Operator()
    {
        var (a, b) = (A.Type.Shape, B.Type.Shape);
        var source = A.ToArray();
        var first = new float[source.Length];
        for (int k = 0; k < a[0]; k++)
            for (int gg = 0; gg < a[1] * a[2]; gg++) first[gg * a[0] + k] = source[k * a[1] * a[2] + gg];
        return new MpsWeight(Type, Rows, new DenseWeight(first, 1, a[1], a[2], a[0]), new DenseWeight(B.ToArray(), b[0], b[1], b[2], 1));
    }

    /// <inheritdoc/>
    public override void Materialise(Span<float> destination)
    {
        if (Kind == EntangledKind.Schmidt)
        {
            Operator().Materialise(destination);
            return;
        }
        int r1 = U.Rows, r2 = S.Columns, m = S.Rows;
        var (u, s, c) = (U.ToArray(), S.ToArray(), Couplings());
        var state = new float[r2 * Columns];
        for (int g = 0; g < Groups; g++)
        {
            DenseMath.Multiply(c.AsSpan(g * r2 * r1, r2 * r1), u, r2, r1, Columns, state);
            DenseMath.Multiply(s, state, m, r2, Columns, destination.Slice(g * m * Columns, m * Columns));
        }
    }

    /// <inheritdoc/>
    public override EncodedTensor Encode()
    {
        var attributes = NewAttributes();
        attributes.Add("kind", KindName);
        return Encode(attributes, [], _factors.AsSpan());
    }

    internal static EntangledWeight Read(EncodedTensor tensor, WeightReader reader)
    {
        reader.Expect(0, 0, 2, 3);
        var kind = tensor.Attributes.Text("kind") switch
        {
            "phase" => EntangledKind.Phase,
            "rotation" => EntangledKind.Rotation,
            "coupled" => EntangledKind.Coupled,
            "schmidt" => EntangledKind.Schmidt,
            var other => throw reader.Fail($"kind '{other}' is not known; there are phase, rotation, coupled, schmidt"),
        };
        return new EntangledWeight(tensor.Type, reader.Rows, kind, [.. Enumerable.Range(0, tensor.Children.Length).Select(reader.Child)]);
    }

    string KindName => Kind.ToString().ToLowerInvariant();

    void CheckShared()
    {
        int r1 = U.Rows, r2 = S.Columns;
        if (U.Columns != Columns) throw Fail($"U has {U.Columns} columns, expected {Columns}");
        if (C.Type.Rank < 2 || (long)Groups * S.Rows != Rows) throw Fail($"{C.Type} couplings and {S.Rows} outputs each do not make {Rows} rows");
        bool fits = Kind switch
        {
            EntangledKind.Phase => r1 == r2 && C.Type.Shape.AsSpan().SequenceEqual([Groups, r1]),
            EntangledKind.Rotation => r1 == r2 && r1 % 2 == 0 && C.Type.Shape.AsSpan().SequenceEqual([Groups, r1 / 2]),
            _ => C.Type.Shape.AsSpan().SequenceEqual([Groups, r2, r1]),
        };
        if (!fits) throw Fail($"{KindName} couplings {C.Type} do not join a state of {r1} to a read-out of {r2}");
    }

    void CheckSchmidt()
    {
        var (a, b) = (A.Type, B.Type);
        if (a.Rank != 3 || b.Rank != 3 || a.Shape[0] != b.Shape[0]) throw Fail($"A is {a} and B is {b}, expected [K,G,G'] and [K,m,n]");
        if ((long)a.Shape[1] * b.Shape[1] != Rows || (long)a.Shape[2] * b.Shape[2] != Columns) throw Fail($"A {a} and B {b} do not make [{Rows},{Columns}]");
    }
}
