namespace EdgeQinn.Converter.Healing.Differentiation;

/// <summary>One node of the graph as a differentiable function (reverse mode: Griewank and Walther 2008, ch. 3).</summary>
abstract class Layer
{
    /// <summary>Computes the outputs of all samples on <paramref name="tape"/> from the inputs there.</summary>
    public abstract void Forward(Tape tape);

    /// <summary>Adds to the gradients by inputs and parameters what the gradients by the outputs make of them. Follows a <see cref="Forward"/> with the same samples.</summary>
    public abstract void Backward(Tape tape);
}
