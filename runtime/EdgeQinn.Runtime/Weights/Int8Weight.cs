using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Weights;

/// <summary>
/// Symmetric int8 with a float scale per row: w[i, j] = scales[i] · values[i, j], values in −127…127.
/// Run with activations in int8 too: x ≈ input_scale · (q − input_zero_point), q in −128…127. Attributes <c>input_scale</c> and
/// <c>input_zero_point</c> give that mapping where calibration found it; without them it is taken from each input's range when it arrives.
/// Parts: <c>values</c> int8[M, N], <c>scales</c> float32[M].
/// </summary>
public sealed class Int8Weight : Weight
{
    /// <summary>The encoding's name.</summary>
    public const string Name = "int8";

    const string ScaleAttribute = "input_scale", ZeroPointAttribute = "input_zero_point";

    readonly TensorPart _values, _scales;

    /// <summary>A weight that copies its arrays.</summary>
    public Int8Weight(TensorType type, ReadOnlySpan<sbyte> values, ReadOnlySpan<float> scales, ActivationRange? input = null)
        : this(type, scales.Length, TensorParts.Create("values", values, scales.Length, values.Length / Math.Max(1, scales.Length)),
            TensorParts.Create("scales", scales, scales.Length), input)
    {
    }

    Int8Weight(TensorType type, int rows, TensorPart values, TensorPart scales, ActivationRange? input) : base(type, rows)
    {
        (_values, _scales, Input) = (values, scales, input);
        if (!values.Type.Shape.AsSpan().SequenceEqual([Rows, Columns])) throw Fail($"values are {values.Type}, expected [{Rows},{Columns}]");
        if (Values.Contains(sbyte.MinValue)) throw Fail("holds the value -128; values lie in -127…127");
        foreach (float s in Scales)
            if (!float.IsFinite(s) || s < 0) throw Fail($"holds the scale {s}");
        if (input is { } range && !(float.IsFinite(range.Scale) && range.Scale > 0 && range.ZeroPoint is >= sbyte.MinValue and <= sbyte.MaxValue))
            throw Fail($"has {ScaleAttribute} {range.Scale} and {ZeroPointAttribute} {range.ZeroPoint}");
    }

    /// <inheritdoc/>
    public override string Encoding => Name;

    /// <summary>int8[M, N], row-major.</summary>
    public ReadOnlySpan<sbyte> Values => _values.As<sbyte>();

    /// <summary>One per row.</summary>
    public ReadOnlySpan<float> Scales => _scales.As<float>();

    /// <summary>How activations map to int8; null where each input's own range decides.</summary>
    public ActivationRange? Input { get; }

    /// <inheritdoc/>
    public override long MultiplyAdds => Type.Count;

    /// <inheritdoc/>
    public override long Parameters => Type.Count + Rows;

    /// <inheritdoc/>
    public override void Materialise(Span<float> destination)
    {
        var values = Values;
        var scales = Scales;
        for (int i = 0; i < Rows; i++)
            for (int j = 0; j < Columns; j++) destination[i * Columns + j] = scales[i] * values[i * Columns + j];
    }

    /// <inheritdoc/>
    public override EncodedTensor Encode()
    {
        var attributes = NewAttributes();
        if (Input is { } range)
        {
            attributes.Add(ScaleAttribute, range.Scale);
            attributes.Add(ZeroPointAttribute, range.ZeroPoint);
        }
        return Encode(attributes, [_values, _scales]);
    }

    internal static Int8Weight Read(EncodedTensor tensor, WeightReader reader)
    {
        reader.Expect(2, 2, 0, 0);
        int rows = reader.Rows;
        var values = reader.Part("values");
        if (values.Type.Element != ElementType.Int8) throw reader.Fail($"values are {values.Type}, expected int8");
        ActivationRange? input = null;
        if (tensor.Attributes.Has(ScaleAttribute))
            input = new ActivationRange(tensor.Attributes.Float(ScaleAttribute), tensor.Attributes.Int(ZeroPointAttribute));
        return new Int8Weight(tensor.Type, rows, values, reader.Part("scales", ElementType.Float32, rows), input);
    }
}

/// <summary>x ≈ <paramref name="Scale"/> · (q − <paramref name="ZeroPoint"/>), q in −128…127.</summary>
public readonly record struct ActivationRange(float Scale, int ZeroPoint)
{
    /// <summary>
    /// The mapping that covers [<paramref name="min"/>, <paramref name="max"/>] and 0, which it represents exactly
    /// (Jacob et al. 2018, arXiv 1712.05877, eq. 1).
    /// </summary>
    public static ActivationRange FromRange(float min, float max)
    {
        (min, max) = (MathF.Min(min, 0), MathF.Max(max, 0));
        float scale = (max - min) / 255;
        if (!(scale > 0) || !float.IsFinite(scale)) return new ActivationRange(1, 0);
        return new ActivationRange(scale, Math.Clamp((int)MathF.Round(-128 - min / scale, MidpointRounding.ToEven), -128, 127));
    }
}
