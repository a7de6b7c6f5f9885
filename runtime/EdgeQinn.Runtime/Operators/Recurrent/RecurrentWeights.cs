using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Operators.Dense;
using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Runtime.Operators.Recurrent;

/// <summary>One direction's matrix of a [D, M, N] tensor, constant in any encoding or computed, and the products with it.</summary>
sealed class RecurrentWeights
{
    readonly StepPlanner _planner;
    readonly EncodedTensor? _constant;
    readonly BufferRef _transposed;
    readonly int _m, _n;

    /// <summary>Appends what computed weights need once per run.</summary>
    public RecurrentWeights(OperatorCall call, StepPlanner planner, int input, int direction)
    {
        var shape = call.Input(input).Shape;
        (_planner, _m, _n) = (planner, shape[1], shape[2]);
        if (call.Constant(input) is { } constant) _constant = Matrix(constant, direction, _m, _n);
        else _transposed = DenseLinear.Transpose(planner.Input(input).Plus((long)direction * _m * _n * sizeof(float)), _m, _n, planner);
    }

    /// <summary>The matrix, where it is constant and dense.</summary>
    public EncodedTensor? Dense => _constant is { IsDense: true } ? _constant : null;

    /// <summary>The matrix of rows <paramref name="first"/> … only, where there is <see cref="Dense"/>.</summary>
    public RecurrentWeights Rows(int first, int count) => new(_planner, Slice(_constant!, first, count, _n));

    RecurrentWeights(StepPlanner planner, EncodedTensor matrix) => (_planner, _constant, _m, _n) = (planner, matrix, matrix.Type.Shape[0], matrix.Type.Shape[1]);

    /// <summary>Appends the steps of Y[rows, M] = X[rows, N] Wᵀ + bias.</summary>
    public void Multiply(int rows, BufferRef x, BufferRef y, BufferRef? bias)
    {
        if (_constant is not null) LinearFormats.Plan(new LinearLayer(_constant, rows, x, y, bias), _planner);
        else DenseLinear.PlanProduct(_planner, rows, _n, _m, x, _transposed, y, bias, float.NegativeInfinity, float.PositiveInfinity);
    }

    /// <summary>One direction's matrix; an encoded one stands for it as it is, because then there is one direction only.</summary>
    static EncodedTensor Matrix(EncodedTensor weights, int direction, int m, int n) =>
        weights.IsDense ? Slice(weights, direction * m, m, n) : AsMatrix(weights, new TensorType(ElementType.Float32, m, n));

    /// <summary>The terms of a sum have its type.</summary>
    static EncodedTensor AsMatrix(EncodedTensor weights, TensorType type) => weights.IsDense ? EncodedTensor.FromBytes(type, weights.Part("data").Bytes)
        : weights with { Type = type, Children = weights.Encoding == SumWeight.Name ? [.. weights.Children.Select(term => AsMatrix(term, type))] : weights.Children };

    static EncodedTensor Slice(EncodedTensor weights, int first, int rows, int columns) =>
        EncodedTensor.FromBytes(new TensorType(ElementType.Float32, rows, columns),
            weights.Part("data").Bytes.Slice(checked(first * columns * sizeof(float)), checked(rows * columns * sizeof(float))));
}
