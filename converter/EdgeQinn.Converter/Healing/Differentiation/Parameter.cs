using EdgeQinn.Converter.Healing.Parameters;

namespace EdgeQinn.Converter.Healing.Differentiation;

/// <summary>A constant of the graph that training changes: its tensor as layers read it, and the numbers it is made of.</summary>
sealed class Parameter
{
    readonly List<PackedMatrix> _packed = [];

    /// <summary>Starts from what <paramref name="trainable"/> holds.</summary>
    public Parameter(int index, string name, TrainableWeight trainable)
    {
        (Index, Name, Trainable) = (index, name, trainable);
        Value = new float[trainable.Rows * trainable.Columns];
        Gradient = new float[Value.Length];
        Refresh();
    }

    /// <summary>Its place in <see cref="Network.Parameters"/>.</summary>
    public int Index { get; }

    /// <summary>The constant's name.</summary>
    public string Name { get; }

    /// <summary>What it is made of.</summary>
    public TrainableWeight Trainable { get; }

    /// <summary>The tensor, row-major.</summary>
    public float[] Value { get; }

    /// <summary>The loss's gradient by <see cref="Value"/>, summed over the samples.</summary>
    public float[] Gradient { get; }

    /// <summary>Part of the tensor as a matrix laid out for products; it follows <see cref="Refresh"/>.</summary>
    public PackedMatrix Pack(int offset, int rows, int columns)
    {
        var packed = new PackedMatrix(this, offset, rows, columns);
        packed.Refresh();
        _packed.Add(packed);
        return packed;
    }

    /// <summary>Makes <see cref="Value"/> follow the numbers it is made of.</summary>
    public void Refresh()
    {
        Trainable.Materialise(Value);
        foreach (var packed in _packed) packed.Refresh();
    }

    /// <summary>Hands <see cref="Gradient"/> on to the numbers the tensor is made of.</summary>
    public void Backward() => Trainable.Backward(Gradient);
}

/// <summary>The matrix [<paramref name="rows"/>, <paramref name="columns"/>] at <paramref name="offset"/> of a parameter, as <see cref="Product.RunPacked"/> reads it.</summary>
sealed class PackedMatrix(Parameter parameter, int offset, int rows, int columns)
{
    float[]? _data;

    /// <summary>The packed matrix.</summary>
    public ReadOnlySpan<float> Data => _data;

    /// <summary>The matrix, row-major.</summary>
    public ReadOnlySpan<float> Matrix => parameter.Value.AsSpan(offset, rows * columns);

    /// <summary>Y = X Wᵀ + b with X [count, columns], b [rows] or empty, Y [count, rows].</summary>
    public void Multiply(int count, ReadOnlySpan<float> x, ReadOnlySpan<float> bias, Span<float> y) => Product.RunPacked(count, columns, rows, x, _data, bias, y);

    /// <summary>dX = dY W with dY [count, rows], dX [count, columns].</summary>
    public void MultiplyBack(int count, ReadOnlySpan<float> dy, Span<float> dx) => Product.Run(count, rows, columns, dy, Matrix, dx);

    /// <summary>Adds dYᵀ X to the gradient on <paramref name="tape"/>; <paramref name="scratch"/> holds a matrix.</summary>
    public void AddGradient(Tape tape, int count, ReadOnlySpan<float> dy, ReadOnlySpan<float> x, Span<float> scratch)
    {
        if (rows * columns == parameter.Value.Length && !tape.HasGradient(parameter))
        {
            Product.RunTransposed(rows, count, columns, dy, x, tape.WholeGradient(parameter));
            return;
        }
        Product.RunTransposed(rows, count, columns, dy, x, scratch);
        Layers.Rows.Add(scratch[..(rows * columns)], tape.Gradient(parameter).AsSpan(offset, rows * columns));
    }

    /// <summary>Follows the parameter.</summary>
    public void Refresh() => _data = Product.Pack(Matrix, rows, columns, _data);
}
