using EdgeQinn.Converter.Import;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Testing.Onnx;
using Xunit;

namespace EdgeQinn.Converter.Tests.Import;

/// <summary>Einstein sums against their definition: for every index of the output, the sum of products over all others.</summary>
public class EinsumTests
{
    static readonly Dictionary<char, int> Lengths = new() { ['a'] = 2, ['b'] = 3, ['c'] = 4, ['d'] = 5, ['e'] = 2, ['i'] = 3, ['j'] = 4, ['k'] = 3, ['X'] = 2 };

    /// <summary>The equation with explicit indices on both sides, and as it stands in the model.</summary>
    static void Check(string explicitly, string equation, bool weights = false)
    {
        string[] sides = explicitly.Split("->"), terms = sides[0].Split(',');
        var builder = new OnnxGraphBuilder().Output("y");
        for (int i = 0; i < terms.Length; i++)
        {
            int[] shape = [.. terms[i].Select(c => Lengths[c])];
            if (weights && i > 0) builder.Weights($"x{i}", 1, shape);
            else builder.Input($"x{i}", shape);
        }
        builder.Node("Einsum", string.Join(' ', terms.Select((_, i) => $"x{i}")), "y", ("equation", equation));

        using var model = Model.FromGraph(builder.Convert(optimize: false).Graph);
        using var session = model.CreateSession();
        var random = new Random(7);
        float[][] data = new float[terms.Length][];
        for (int i = 0; i < terms.Length; i++)
        {
            bool isWeights = weights && i > 0;
            var numbers = isWeights ? new Random(1) : random;
            data[i] = new float[terms[i].Aggregate(1, (p, c) => p * Lengths[c])];
            for (int k = 0; k < data[i].Length; k++) data[i][k] = numbers.NextSingle() * 2 - 1;
            if (!isWeights) data[i].CopyTo(session.Inputs[i].AsSpan<float>());
        }
        session.Run();
        Assert.Equal(sides[1].Select(c => Lengths[c]), session.Outputs[0].Type.Shape);
        double[] expected = Definition(terms, sides[1], data);
        for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], session.Outputs[0].AsSpan<float>()[i], 1e-5);
    }

    static double[] Definition(string[] terms, string output, float[][] data)
    {
        char[] indices = [.. terms.SelectMany(t => t).Distinct()];
        double[] sums = new double[output.Aggregate(1, (p, c) => p * Lengths[c])];
        int[] at = new int[indices.Length];
        int Position(string labels) => labels.Aggregate(0, (p, c) => p * Lengths[c] + at[Array.IndexOf(indices, c)]);
        while (true)
        {
            double product = 1;
            for (int i = 0; i < terms.Length; i++) product *= data[i][Position(terms[i])];
            sums[Position(output)] += product;
            int axis = indices.Length - 1;
            while (axis >= 0 && ++at[axis] == Lengths[indices[axis]]) at[axis--] = 0;
            if (axis < 0) return sums;
        }
    }

    [Theory]
    [InlineData("ij->ji")]
    [InlineData("ij->i")]
    [InlineData("ij->")]
    [InlineData("iij->ij")]
    [InlineData("ii->")]
    [InlineData("iik->k")]
    [InlineData("i,i->")]
    [InlineData("i,j->ij")]
    [InlineData("i,j->ji")]
    [InlineData("ij,ij->ij")]
    [InlineData("ij,ij->i")]
    [InlineData("bij,bjk->bik")]
    [InlineData("bij,bjk->kbi")]
    [InlineData("bij,bjk->ik")]
    [InlineData("abc,cde->abde")]
    [InlineData("aecd,abcd->acbe")]
    [InlineData("ab,bc,cd->ad")]
    [InlineData("ab,bc,ca->")]
    [InlineData("ab,cd->dbca")]
    [InlineData("abc,b->ac")]
    public void The_sum_is_its_definition(string equation)
    {
        Check(equation, equation);
        if (equation.Contains(',', StringComparison.Ordinal)) Check(equation, equation, weights: true);
    }

    [Theory]
    [InlineData("ij,jc->ci", "ij,jc")] // without an arrow: indices that occur once, in alphabetical order
    [InlineData("cj,jb->bc", "cj,jb")]
    [InlineData("Xij,Xjc->Xic", "...ij,...jc->...ic")]
    [InlineData("Xij,jc->Xic", "...ij,jc->...ic")]
    [InlineData("Xij,jc->cXi", " ...ij, jc -> c...i ")]
    [InlineData("Xij->Xji", "...ij->...ji")]
    [InlineData("Xij,jc->Xci", "...ij,jc")]
    public void Ellipses_and_implicit_outputs_follow_the_standard(string explicitly, string equation) =>
        Check(explicitly, equation);

    [Theory]
    [InlineData("ij,jk->il")]
    [InlineData("ij->ij")]
    [InlineData("ij,jk->ii")]
    [InlineData("i*,jk->i")]
    [InlineData("ij,jk->i->k")]
    public void Equations_that_do_not_fit_are_refused(string equation) => Assert.Throws<ConversionException>(() =>
        new OnnxGraphBuilder().Input("a", 2, 3).Input("b", 3, 4).Output("y").Node("Einsum", "a b", "y", ("equation", equation)).Convert());

    [Fact]
    public void Integers_are_summed_exactly()
    {
        var builder = new OnnxGraphBuilder().Constant<int>("a", [1 << 24, 1, 2, 3], 2, 2).Constant<int>("b", [1, 1, 1, 5], 2, 2).Output("y", ElementType.Int32).Node("Einsum", "a b", "y", ("equation", "ij,jk->ik"));
        Assert.Equal([(1 << 24) + 1, (1 << 24) + 5, 5, 17], builder.Convert().Run<int>());
    }
}
