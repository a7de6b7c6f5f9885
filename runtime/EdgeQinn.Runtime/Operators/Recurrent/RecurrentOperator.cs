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
public abstract unsafe class RecurrentOperator : Operator
{
    /// <summary>Gates per unit.</summary>
    protected abstract int Gates { get; }

    /// <summary>Whether there is a cell state beside the hidden state.</summary>
    protected virtual bool HasCellState => false;

    /// <summary>The activations of one direction where the node names none.</summary>
    protected abstract ReadOnlySpan<CellActivationKind> StandardActivations { get; }

    /// <summary>The cell's kernels.</summary>
    protected abstract KernelFamily<CellArgs> Cell { get; }

    /// <summary>Whether the state is reset before the product with its weights, which then needs a second one.</summary>
    protected virtual bool ResetsBefore(OperatorCall call) => false;

    /// <inheritdoc/>
    public override ImmutableArray<TensorType> Infer(OperatorCall call)
    {
        var s = RecurrentShape.Of(call, Gates);
        CellActivations.Parse(call, s.D, StandardActivations);
        CheckWeights(call, RecurrentShape.W, "W", s);
        CheckWeights(call, RecurrentShape.R, "R", s);
        if (!(call.Attributes.Float("clip", float.PositiveInfinity) > 0)) throw call.Fail("clip must be positive");
        var state = new TensorType(ElementType.Float32, s.D, s.Batch, s.H);
        var y = new TensorType(ElementType.Float32, s.T, s.D, s.Batch, s.H);
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
    public override void Plan(OperatorCall call, StepPlanner planner)
    {
        var s = RecurrentShape.Of(call, Gates);
        var activations = CellActivations.Parse(call, s.D, StandardActivations);
        bool reverse = call.Attributes.Text("direction", "forward") == "reverse";
        for (int d = 0; d < s.D; d++)
            PlanDirection(call, planner, s, d, reverse || d == 1, activations.AsSpan(d * StandardActivations.Length, StandardActivations.Length));
    }

    void PlanDirection(OperatorCall call, StepPlanner planner, RecurrentShape s, int d, bool reverse, ReadOnlySpan<CellActivation> activations)
    {
        int gates = s.G * s.H, states = s.Batch * s.H;
        BufferRef? At(int input, int floats) => call.Has(input) ? planner.Input(input).Plus((long)d * floats * sizeof(float)) : null;
        BufferRef? bias = At(RecurrentShape.B, 2 * gates), stateBias = bias?.Plus(gates * sizeof(float));
        BufferRef? initialState = At(RecurrentShape.InitialH, states), initialCell = At(RecurrentShape.InitialC, states), peepholes = At(RecurrentShape.Peepholes, 3 * s.H);
        BufferRef? lengths = call.Has(RecurrentShape.Lengths) ? planner.Input(RecurrentShape.Lengths) : null;
        BufferRef StateOf(int output) => call.Wants(output) ? planner.Output(output).Plus((long)d * states * sizeof(float)) : planner.Scratch((long)states * sizeof(float));
        BufferRef state = StateOf(1), projected = planner.Scratch((long)s.T * s.Batch * gates * sizeof(float));
        BufferRef product = planner.Scratch((long)s.Batch * gates * sizeof(float));
        BufferRef? cell = HasCellState ? StateOf(2) : null, reset = ResetsBefore(call) ? planner.Scratch((long)states * sizeof(float)) : null;
        BufferRef? y = call.Wants(0) ? planner.Output(0).Plus((long)d * states * sizeof(float)) : null;

        new RecurrentWeights(call, planner, RecurrentShape.W, d).Multiply(s.T * s.Batch, planner.Input(RecurrentShape.X), projected, bias);
        var weights = new RecurrentWeights(call, planner, RecurrentShape.R, d);
        StepSequence productSteps;
        StepSequence? resetSteps = null;
        BufferRef candidate = product.Plus((gates - s.H) * sizeof(float));
        int productRow = gates, candidateRow = gates;
        if (reset is not { } resetState)
        {
            productSteps = planner.Sequence(() => weights.Multiply(s.Batch, state, product, stateBias));
        }
        else if (weights.CanSlice)
        {
            (productRow, candidateRow) = (gates - s.H, s.H);
            productSteps = planner.Sequence(() => weights.Rows(0, gates - s.H).Multiply(s.Batch, state, product, stateBias));
            candidate = planner.Scratch((long)states * sizeof(float));
            resetSteps = planner.Sequence(() => weights.Rows(gates - s.H, s.H).Multiply(s.Batch, resetState, candidate, stateBias?.Plus((gates - s.H) * sizeof(float))));
        }
        else
        {
            var whole = planner.Scratch((long)s.Batch * gates * sizeof(float));
            candidate = whole.Plus((gates - s.H) * sizeof(float));
            productSteps = planner.Sequence(() => weights.Multiply(s.Batch, state, product, stateBias));
            resetSteps = planner.Sequence(() => weights.Multiply(s.Batch, resetState, whole, stateBias));
        }

        var args = new CellArgs
        {
            H = s.H, ResetAfter = !ResetsBefore(call), InputForget = call.Attributes.Int("input_forget") != 0,
            Clip = call.Attributes.Float("clip", float.PositiveInfinity),
            F = activations[0], G = activations[activations.Length > 1 ? 1 : 0], Output = activations[^1],
        };
        bool plain = IsPlain(args) && peepholes is null;
        var update = plain ? planner.Select(Cell) : Cell[Isa.Scalar];
        var resetKernel = plain ? planner.Select(GruCell.ResetFamily) : GruCell.ResetFamily[Isa.Scalar];
        planner.Step(planner.Select(Recurrence.Family), (ref RecurrenceArgs a, SessionMemory memory) =>
        {
            float* Pointer(BufferRef? buffer) => buffer is { } b ? memory.Pointer<float>(b) : null;
            a = new RecurrenceArgs
            {
                Cell = args, Update = update.Run, Reset = resetSteps is null ? null : resetKernel.Run,
                Product = productSteps.Calls(memory), ProductCount = productSteps.Count,
                ResetProduct = resetSteps is null ? null : resetSteps.Calls(memory), ResetProductCount = resetSteps?.Count ?? 0,
                InitialState = Pointer(initialState), InitialCell = Pointer(initialCell), Lengths = lengths is { } l ? memory.Pointer<int>(l) : null,
                YStep = (long)s.D * states, ProductRow = productRow, CandidateRow = candidateRow, Steps = s.T, Batch = s.Batch, Gates = s.G, Reverse = reverse,
            };
            a.Cell.X = Pointer(projected);
            a.Cell.P = Pointer(product);
            a.Cell.Candidate = Pointer(candidate);
            a.Cell.State = Pointer(state);
            a.Cell.Cell = Pointer(cell);
            a.Cell.Reset = Pointer(reset);
            a.Cell.Peepholes = Pointer(peepholes);
            a.Cell.Y = Pointer(y);
        }, [update.Name, .. resetSteps is null ? (string[])[] : [resetKernel.Name], .. productSteps.Kernels, .. resetSteps?.Kernels ?? []]);
    }

    /// <summary>Whether the vector kernels compute such a cell.</summary>
    protected virtual bool IsPlain(in CellArgs cell) => cell.IsPlain;
}
