using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Converter.Healing.Parameters;

/// <summary>A factor of an encoding: its matrix as last materialised, and a gradient by it to fill.</summary>
sealed class Child
{
    readonly TrainableWeight _weight;

    /// <summary>Starts from the factor.</summary>
    public Child(Weight weight)
    {
        _weight = TrainableWeight.From(weight);
        (Value, Gradient) = (new float[weight.Rows * weight.Columns], new float[weight.Rows * weight.Columns]);
    }

    /// <summary>The matrix.</summary>
    public float[] Value { get; }

    /// <summary>Where the encoding puts the gradient by <see cref="Value"/> before <see cref="Backward"/>.</summary>
    public float[] Gradient { get; }

    /// <summary>M.</summary>
    public int Rows => _weight.Rows;

    /// <summary>N.</summary>
    public int Columns => _weight.Columns;

    /// <inheritdoc cref="TrainableWeight.Leaves"/>
    public IEnumerable<Leaf> Leaves => _weight.Leaves;

    /// <summary>Makes <see cref="Value"/> current.</summary>
    public float[] Refresh()
    {
        _weight.Materialise(Value);
        return Value;
    }

    /// <summary>Hands <see cref="Gradient"/> on.</summary>
    public void Backward() => _weight.Backward(Gradient);

    /// <inheritdoc cref="TrainableWeight.ToWeight"/>
    public Weight ToWeight() => _weight.ToWeight();
}
