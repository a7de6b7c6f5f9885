using System.Collections.Immutable;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Kernels.Recurrent;
using EdgeQinn.Runtime.Operators.Dense;

namespace EdgeQinn.Runtime.Operators.Recurrent;

/// <summary>
/// What GRU, LSTM and RNN share. Per direction: one matrix product for the inputs of all steps, then the time loop, whose step is a
/// product with the state and the cell.
/// </summary>
public abstract class RecurrentOperator : Operator
{
    /// <summary>Gates per unit.</summary>
    protected abstract int Gates { get; }

    /// <summary>Whether there is a cell state beside the hidden state.</summary>
    protected virtual bool HasCellState => false;

    /// <summary>The activations of one direction where the node names none.</summary>
    protected abstract ReadOnlySpan<CellActivationKind> StandardActivations { get; }

    /// <summary>The cell's kernels.</summary>
    protected abstract KernelFamily<CellArgs> Cell { get; }

    /// <summary>The kernels that run plain cells with dense weights whole, if there are any.</summary>
    protected virtual KernelFamily<DenseRecurrenceArgs>? Dense => null;

    /// <summary>Whether the state is reset before the product with its weights, which then needs a second one.</summary>
    protected virtual bool ResetsBefore(OperatorCall call) => false;

    /// <summary>The final state alone will do: the whole sequence is then never kept.</summary>
    public override bool RequiresFirstOutput => false;

    /// <inheritdoc/>
    public override ImmutableArray<TensorType> Infer(OperatorCall call)
    {
        var s = RecurrentShape.Of(call, Gates);
        CellActivations.Parse(call, s.D, StandardActivations);
        CheckWeights(call, RecurrentShape.W, "W", s);
        CheckWeights(call, RecurrentShape.R, "R", s);
        if (!(call.Attributes.Float("clip", float.PositiveInfinity) > 0)) throw call.Fail("clip must be positive");
        var state = new TensorType(ElementType.Float32, s.State);
        var y = new TensorType(ElementType.Float32, s.Sequence);
        return HasCellState ? [y, state, state] : [y, state];
    }

    static void CheckWeights(OperatorCall call, int input, string name, RecurrentShape s)
    {
        if (call.Constant(input) is not { IsDense: false } weights) return;
        if (!LinearFormats.Contains(weights.Encoding)) throw call.Fail($"{name} is encoded as '{weights.Encoding}'; this version executes {string.Join(", ", LinearFormats.Encodings)}");
        if (s.D > 1) throw call.Fail($"{name} of two directions must be dense, not '{weights.Encoding}'; use one node per direction");
    }

    /// <inheritdoc/>
    public override long MultiplyAdds(OperatorCall call)
    {
        var s = RecurrentShape.Of(call, Gates);
        return (long)s.T * s.Batch * s.D * s.G * s.H * (s.I + s.H);
    }

    /// <inheritdoc/>
    public override bool GainsByStacking => true;

    /// <summary>One sequence each: their stack is a batch with its axis first.</summary>
    public override OperatorCall? Stack(BatchedCall batch)
    {
        var s = RecurrentShape.Of(batch.Item, Gates);
        ReadOnlySpan<int> perItem = [RecurrentShape.X, RecurrentShape.InitialH, RecurrentShape.InitialC];
        for (int i = 0; i < batch.Item.InputCount; i++)
            if (batch.Item.Has(i) && batch.Varies(i) != perItem.Contains(i)) return null;
        if (s.Batch != 1 || s.D != 1 || batch.Item.Has(RecurrentShape.Lengths)) return null;
        if (LinearFormats.ReadsRange(batch.Item.Constant(RecurrentShape.W)) || LinearFormats.ReadsRange(batch.Item.Constant(RecurrentShape.R))) return null;
        return batch.With(i => i switch
        {
            RecurrentShape.X => new TensorType(ElementType.Float32, batch.Count, s.T, s.I),
            RecurrentShape.InitialH or RecurrentShape.InitialC => new TensorType(ElementType.Float32, batch.Count, s.D, s.H),
            _ => batch.Item.Input(i),
        }, batch.Item.Attributes.With("layout", 1));
    }

    /// <inheritdoc/>
    public override void Plan(OperatorCall call, StepPlanner planner)
    {
        var s = RecurrentShape.Of(call, Gates);
        var activations = CellActivations.Parse(call, s.D, StandardActivations);
        bool reverse = call.Attributes.Text("direction", "forward") == "reverse";
        for (int d = 0; d < s.D; d++)
            PlanDirection(call, planner, s, d, reverse || d == 1, activations.AsSpan(d * StandardActivations.Length, StandardActivations.Length));
    }

    void PlanDirection(OperatorCall call, StepPlanner planner, RecurrentShape shape, int d, bool reverse, ReadOnlySpan<CellActivation> activations)
    {
        bool resetsBefore = ResetsBefore(call);
        var cell = new CellArgs
        {
            ResetAfter = !resetsBefore, InputForget = call.Attributes.Int("input_forget") != 0, Clip = call.Attributes.Float("clip", float.PositiveInfinity),
            F = activations[0], G = activations[activations.Length > 1 ? 1 : 0], Output = activations[^1],
        };
        var direction = new RecurrentDirection(call, planner, shape, d, reverse, HasCellState);
        bool plain = IsPlain(cell) && !call.Has(RecurrentShape.Peepholes);
        if (plain && !resetsBefore && Dense is { } dense && direction.CanBeDense)
        {
            direction.PlanDense(planner.Select(dense));
            return;
        }
        var reset = !resetsBefore ? null : plain ? planner.Select(GruCell.ResetFamily) : GruCell.ResetFamily[Isa.Scalar];
        direction.PlanSteps(cell, plain ? planner.Select(Cell) : Cell[Isa.Scalar], reset);
    }

    /// <summary>Whether the vector kernels compute such a cell.</summary>
    protected virtual bool IsPlain(in CellArgs cell) => cell.IsPlain;
}
