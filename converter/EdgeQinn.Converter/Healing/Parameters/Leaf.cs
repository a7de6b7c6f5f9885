namespace EdgeQinn.Converter.Healing.Parameters;

/// <summary>Numbers that the optimiser changes: what a weight's encoding stores.</summary>
sealed class Leaf(float[] values)
{
    /// <summary>The numbers.</summary>
    public float[] Values { get; } = values;

    /// <summary>The loss's gradient by them.</summary>
    public float[] Gradient { get; } = new float[values.Length];
}
