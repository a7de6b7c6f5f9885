using System.Numerics;
using System.Numerics.Tensors;
using EdgeQinn.Converter.Healing.Parameters;

namespace EdgeQinn.Converter.Healing.Training;

/// <summary>Adam (Kingma and Ba 2015, arXiv 1412.6980, algorithm 1), with the gradient's norm bounded.</summary>
sealed class Adam
{
    const double Beta1 = 0.9, Beta2 = 0.999, Epsilon = 1e-8, LargestNorm = 5;

    readonly Leaf[] _leaves;

    /// <summary>Starts with moments of zero.</summary>
    public Adam(IEnumerable<Leaf> leaves)
    {
        _leaves = [.. leaves];
        Moments = [.. _leaves.SelectMany(l => (float[][])[new float[l.Values.Length], new float[l.Values.Length]])];
    }

    /// <summary>First and second moments, leaf by leaf.</summary>
    public IReadOnlyList<float[]> Moments { get; }

    /// <summary>Steps taken.</summary>
    public int Steps { get; set; }

    /// <summary>Moves the leaves against their gradients and clears those.</summary>
    public void Step(double rate)
    {
        Steps++;
        double norm = Math.Sqrt(_leaves.Sum(l => (double)TensorPrimitives.SumOfSquares<float>(l.Gradient)));
        if (!double.IsFinite(norm)) throw new EdgeQinn.Runtime.Format.EdgeQinnException("training diverged: the gradient is no finite number; use a smaller learning rate");
        double clip = norm > LargestNorm ? LargestNorm / norm : 1;
        float size = (float)(rate * Math.Sqrt(1 - Math.Pow(Beta2, Steps)) / (1 - Math.Pow(Beta1, Steps)));
        float epsilon = (float)(Epsilon * Math.Sqrt(1 - Math.Pow(Beta2, Steps)));
        Parallel.For(0, _leaves.Length, l => Step(_leaves[l], Moments[2 * l], Moments[2 * l + 1], (float)clip, size, epsilon));
    }

    static void Step(Leaf leaf, float[] first, float[] second, float clip, float size, float epsilon)
    {
        float[] values = leaf.Values, gradient = leaf.Gradient;
        int i = 0;
        for (; i <= values.Length - Vector<float>.Count; i += Vector<float>.Count) // lanes are elements; the formula stands below
        {
            Vector<float> g = new Vector<float>(gradient, i) * clip, m = (float)Beta1 * new Vector<float>(first, i) + (float)(1 - Beta1) * g;
            var v = (float)Beta2 * new Vector<float>(second, i) + (float)(1 - Beta2) * g * g;
            m.CopyTo(first, i);
            v.CopyTo(second, i);
            (new Vector<float>(values, i) - size * m / (Vector.SquareRoot(v) + new Vector<float>(epsilon))).CopyTo(values, i);
        }
        for (; i < values.Length; i++)
        {
            float g = gradient[i] * clip;
            first[i] = (float)Beta1 * first[i] + (float)(1 - Beta1) * g;
            second[i] = (float)Beta2 * second[i] + (float)(1 - Beta2) * g * g;
            values[i] -= size * first[i] / (MathF.Sqrt(second[i]) + epsilon);
        }
        Array.Clear(gradient);
    }
}
