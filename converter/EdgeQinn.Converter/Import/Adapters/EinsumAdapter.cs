using EdgeQinn.Converter.Graph;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Import.Adapters;

/// <summary>
/// Einstein sums become transposes, matrix products and sums: operands are contracted from left to right, each pair as one batched product
/// [batch, left, contracted] · [batch, contracted, right]. Products with constant weights become <c>Linear</c>, as Keras' dense layers are.
/// </summary>
static class EinsumAdapter
{
    public static IEnumerable<Adapter> All => [new("Einsum", 12, Einsum)];

    /// <summary>A value with one label per axis: a letter, or for axes under an ellipsis −1, −2, … counted from the last.</summary>
    sealed record Term(IrValue Value, int[] Labels)
    {
        public int Size(int label) => Value.Type.Shape[Array.IndexOf(Labels, label)];
    }

    static void Einsum(NodeImporter n)
    {
        var (inputs, output) = Parse(n);
        var rest = new Queue<Term>(inputs.Select(t => Diagonals(n, t)));
        var sum = rest.Dequeue();
        while (rest.TryDequeue(out var next))
        {
            var needed = output.Concat(rest.SelectMany(t => t.Labels)).ToHashSet();
            (sum, next) = (SumOut(n, sum, l => needed.Contains(l) || next.Labels.Contains(l)), SumOut(n, next, l => needed.Contains(l) || sum.Labels.Contains(l)));
            // The operand whose own axes come first in the result goes first, so that nothing has to be turned afterwards.
            bool swaps = FirstOwn(next, sum, output) < FirstOwn(sum, next, output);
            sum = swaps ? Contract(n, next, sum, needed) : Contract(n, sum, next, needed);
        }
        sum = SumOut(n, sum, output.Contains);
        n.Output(0, Order(n, sum, output).Value);
    }

    static (List<Term> Inputs, int[] Output) Parse(NodeImporter n)
    {
        string equation = n.Text("equation", "").Replace(" ", "", StringComparison.Ordinal);
        string[] sides = equation.Split("->");
        string[] terms = sides[0].Split(',');
        if (sides.Length > 2 || terms.Length != n.InputCount) throw n.Fail($"equation '{equation}' does not fit {n.InputCount} inputs");
        var inputs = new List<Term>();
        for (int i = 0; i < terms.Length; i++) inputs.Add(new Term(n.Input(i), Labels(n, terms[i], n.Input(i).Type.Rank)));
        var all = inputs.SelectMany(t => t.Labels).ToArray();
        int hidden = all.Where(l => l < 0).Select(l => -l).DefaultIfEmpty(0).Max();
        foreach (var group in inputs.SelectMany(t => t.Labels.Select(l => (Label: l, Size: t.Size(l)))).GroupBy(x => x.Label))
            if (group.Select(x => x.Size).Where(s => s != 1 || group.Key > 0).Distinct().Count() > 1) throw n.Fail($"equation '{equation}': an index has several lengths");
        // Without an arrow: hidden axes, then the letters that occur once, in alphabetical order.
        int[] output = sides.Length == 2 ? Labels(n, sides[1], sides[1].Count(char.IsAsciiLetter) + hidden)
            : [.. Hidden(hidden), .. all.Where(l => l > 0).GroupBy(l => l).Where(g => g.Count() == 1).Select(g => g.Key).Order()];
        if (output.Distinct().Count() != output.Length || output.Except(all).Any()) throw n.Fail($"equation '{equation}': the output's indices are not those of the inputs");
        return (inputs, output);
    }

    static IEnumerable<int> Hidden(int count) => Enumerable.Range(0, count).Select(i => i - count);

    static int[] Labels(NodeImporter n, string term, int rank)
    {
        int at = term.IndexOf("...", StringComparison.Ordinal);
        string letters = at < 0 ? term : term.Remove(at, 3);
        if (!letters.All(char.IsAsciiLetter) || letters.Length > rank || (at < 0 && letters.Length != rank)) throw n.Fail($"'{term}' does not name {rank} axes");
        int before = at < 0 ? letters.Length : at;
        return [.. letters[..before].Select(c => (int)c), .. Hidden(rank - letters.Length), .. letters[before..].Select(c => (int)c)];
    }

    /// <summary>Axes with the same label become their diagonal: every (length + 1)-th element of both taken as one.</summary>
    static Term Diagonals(NodeImporter n, Term term)
    {
        while (term.Labels.GroupBy(l => l).FirstOrDefault(g => g.Count() > 1) is { } repeated)
        {
            int label = repeated.Key, size = term.Size(label);
            int first = Array.IndexOf(term.Labels, label), second = Array.IndexOf(term.Labels, label, first + 1);
            int[] others = [.. Enumerable.Range(0, term.Labels.Length).Where(a => a != first && a != second)];
            var turned = n.Transpose(term.Value, [.. others, first, second]);
            int[] outer = [.. others.Select(a => term.Value.Type.Shape[a])], steps = [.. outer.Select(_ => 1), size > 1 ? size + 1 : 1];
            var flat = n.Reshape(turned, [.. outer, size * size]);
            term = new Term(MovementAdapters.Cut(n, flat, new int[steps.Length], steps, [.. outer, size]), [.. others.Select(a => term.Labels[a]), label]);
        }
        return term;
    }

    static Term SumOut(NodeImporter n, Term term, Func<int, bool> keeps)
    {
        int[] axes = [.. Enumerable.Range(0, term.Labels.Length).Where(a => !keeps(term.Labels[a]))];
        return axes.Length == 0 ? term
            : new Term(n.Emit("ReduceSum", new AttributeMap { { "axes", axes }, { "keepdims", 0L } }, term.Value), [.. term.Labels.Where(keeps)]);
    }

    static int FirstOwn(Term term, Term other, int[] output)
    {
        int at = Array.FindIndex(output, l => term.Labels.Contains(l) && !other.Labels.Contains(l));
        return at < 0 ? int.MaxValue : at;
    }

    static Term Order(NodeImporter n, Term term, int[] labels) => new(n.Transpose(term.Value, Array.ConvertAll(labels, l => Array.IndexOf(term.Labels, l))), labels);

    static Term Contract(NodeImporter n, Term a, Term b, HashSet<int> needed)
    {
        int[] shared = [.. a.Labels.Intersect(b.Labels)];
        int[] batch = [.. shared.Where(needed.Contains)], inner = [.. shared.Except(batch)];
        int[] left = [.. a.Labels.Except(shared)], right = [.. b.Labels.Except(shared)];
        bool isFloat = a.Value.Type.Element is ElementType.Float32 or ElementType.Float64 or ElementType.Float16 or ElementType.BFloat16;
        bool repeats = inner.Any(l => a.Size(l) != b.Size(l)); // a hidden axis of length 1
        if (!isFloat || repeats || (left.Length == 0 && right.Length == 0 && inner.Length == 0)) return Multiply(n, a, b, batch, inner, left, right);

        int Product(Term t, int[] labels) => labels.Aggregate(1, (p, l) => p * t.Size(l));
        int[] Shape(Term t) => [.. batch.Select(t.Size)];
        var x = n.Reshape(Order(n, a, [.. batch, .. left, .. inner]).Value, [.. Shape(a), Product(a, left), Product(a, inner)]);
        var y = n.Reshape(Order(n, b, [.. batch, .. inner, .. right]).Value, [.. Shape(b), Product(b, inner), Product(b, right)]);
        var product = LinearAdapters.Product(n, x, y);
        int[] lengths = [.. batch.Select(l => a.Size(l) == 1 ? b.Size(l) : a.Size(l)), .. left.Select(a.Size), .. right.Select(b.Size)];
        return new Term(n.Reshape(product, lengths), [.. batch, .. left, .. right]);
    }

    /// <summary>The product element by element over all axes of both, then the sum: for integers, and where nothing is summed.</summary>
    static Term Multiply(NodeImporter n, Term a, Term b, int[] batch, int[] inner, int[] left, int[] right)
    {
        int[] all = [.. batch, .. left, .. right, .. inner];
        IrValue Spread(Term t) => n.Reshape(Order(n, t, [.. all.Where(t.Labels.Contains)]).Value, [.. all.Select(l => t.Labels.Contains(l) ? t.Size(l) : 1)]);
        return SumOut(n, new Term(n.Emit("Mul", [], Spread(a), Spread(b)), all), l => !inner.Contains(l));
    }
}
