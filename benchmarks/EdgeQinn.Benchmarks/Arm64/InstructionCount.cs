namespace EdgeQinn.Benchmarks.Arm64;

/// <summary>What one inference, or one layer of it, executes on an emulated core.</summary>
/// <param name="Model">The reference model.</param>
/// <param name="Format">The format its layers have, where they can.</param>
/// <param name="Layers">How many layers have it.</param>
/// <param name="LayersInAll">Of how many.</param>
/// <param name="Cpu">The emulated core.</param>
/// <param name="Layer">The layer; empty for the whole model.</param>
/// <param name="Operator">Its operator.</param>
/// <param name="Encoding">How its constants are stored, and whether they run dense.</param>
/// <param name="Kernels">The kernels of its steps.</param>
/// <param name="MultiplyAdds">The multiply-adds of the definition.</param>
/// <param name="StoredMultiplyAdds">Those that the weights as stored take.</param>
/// <param name="Instructions">Instructions executed.</param>
/// <param name="Simd">Of these floating-point and vector ones.</param>
/// <param name="Preparing">Of the instructions, those of steps that pad the input and quantise it.</param>
/// <param name="Spread">How far the two countings are apart, in instructions; the figures are the lesser.</param>
sealed record InstructionCount(
    string Model, string Format, int Layers, int LayersInAll, string Cpu, string Layer, string Operator, string Encoding, string Kernels, long MultiplyAdds, long StoredMultiplyAdds,
    double Instructions, double Simd, double Preparing, double Spread)
{
    /// <summary>Goals, instructions per multiply-add: of float32 layers, and of int8 ones where the core has dot product.</summary>
    public const double FloatGoal = 0.45, DotGoal = 0.12;

    /// <summary>Instructions ÷ multiply-adds of the definition.</summary>
    public double PerMultiplyAdd => Instructions / Math.Max(1, MultiplyAdds);

    /// <summary>Instructions behind padding and quantising ÷ multiply-adds of the definition.</summary>
    public double PerMultiplyAddPrepared => (Instructions - Preparing) / Math.Max(1, MultiplyAdds);

    /// <summary>Whether it is a linear layer or a convolution, which goals are set for.</summary>
    public bool IsProduct => Operator is "Linear" or "Conv";

    /// <summary>The most instructions per multiply-add that a layer should take on the kernels it runs on; null where no goal is set: int8 without dot product, recurrences.</summary>
    public double? Goal => !IsProduct ? null : Kernels.Contains(".i8/neondot", StringComparison.Ordinal) ? DotGoal : Kernels.Contains(".i8/", StringComparison.Ordinal) ? null : FloatGoal;

    /// <summary>Whether it takes more than its goal.</summary>
    public bool IsAboveGoal => PerMultiplyAdd > Goal;

    /// <summary>Instructions ÷ multiply-adds as stored.</summary>
    public double PerStored => Instructions / Math.Max(1, StoredMultiplyAdds);
}
