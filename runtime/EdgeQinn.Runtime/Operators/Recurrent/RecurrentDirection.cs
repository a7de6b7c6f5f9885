using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Kernels.Recurrent;
using EdgeQinn.Runtime.Operators.Dense;

namespace EdgeQinn.Runtime.Operators.Recurrent;

/// <summary>One direction of a recurrent layer on its way into the plan: where everything lies, and the two ways to run the time loop.</summary>
sealed unsafe class RecurrentDirection
{
    readonly StepPlanner _planner;
    readonly RecurrentShape _s;
    readonly bool _reverse;
    readonly int _gates, _states;
    readonly long _xStep, _xRow, _yStep, _yRow;
    readonly BufferRef _projected, _state;
    readonly BufferRef? _cell, _y, _stateBias, _initialState, _initialCell, _peepholes, _lengths;
    readonly RecurrentWeights _weights;

    /// <summary>Appends the product with the inputs of all steps.</summary>
    public RecurrentDirection(OperatorCall call, StepPlanner planner, RecurrentShape shape, int direction, bool reverse, bool hasCell)
    {
        (_planner, _s, _reverse) = (planner, shape, reverse);
        (_gates, _states) = (shape.G * shape.H, shape.Batch * shape.H);
        (_xStep, _xRow) = shape.BatchFirst ? ((long)_gates, (long)shape.T * _gates) : ((long)shape.Batch * _gates, (long)_gates);
        (_yStep, _yRow) = shape.BatchFirst ? ((long)shape.H, (long)shape.T * shape.H) : ((long)shape.D * _states, (long)shape.H);
        BufferRef? At(int input, int floats) => call.Has(input) ? planner.Input(input).Plus((long)direction * floats * sizeof(float)) : null;
        BufferRef? OutputAt(int output) => call.Wants(output) ? planner.Output(output).Plus((long)direction * _states * sizeof(float)) : null;
        var bias = At(RecurrentShape.B, 2 * _gates);
        _stateBias = bias?.Plus(_gates * sizeof(float));
        _initialState = At(RecurrentShape.InitialH, _states);
        _initialCell = At(RecurrentShape.InitialC, _states);
        _peepholes = At(RecurrentShape.Peepholes, 3 * shape.H);
        _lengths = call.Has(RecurrentShape.Lengths) ? planner.Input(RecurrentShape.Lengths) : null;
        _y = OutputAt(0);
        _state = OutputAt(1) ?? Scratch(_states);
        _cell = hasCell ? OutputAt(2) ?? Scratch(_states) : null;
        _projected = Scratch(shape.T * shape.Batch * _gates);
        new RecurrentWeights(call, planner, RecurrentShape.W, direction).Multiply(shape.T * shape.Batch, planner.Input(RecurrentShape.X), _projected, bias);
        _weights = new RecurrentWeights(call, planner, RecurrentShape.R, direction);
    }

    /// <summary>Whether <see cref="PlanDense"/> may be used, the cell permitting.</summary>
    public bool CanBeDense => _weights.Dense is not null && _peepholes is null;

    /// <summary>The loop with product and cell in one kernel.</summary>
    public void PlanDense(Kernel<DenseRecurrenceArgs> kernel)
    {
        long length = DenseRecurrence.PackedLength(_s.G, _s.H, kernel.Panel);
        float* packed = _planner.Allocate<float>(length);
        DenseRecurrence.Pack(_weights.Dense!.Data<float>(), _s.G, _s.H, kernel.Panel, new Span<float>(packed, checked((int)length)));
        var work = Scratch(DenseRecurrence.WorkLength(_s.H, kernel.Panel, _s.Batch));
        var bias = _stateBias ?? DenseLinear.Zeros(_gates, _planner);
        _planner.Step(kernel, (ref DenseRecurrenceArgs args, SessionMemory memory) => args = new DenseRecurrenceArgs
        {
            X = memory.Pointer<float>(_projected), R = packed, B = memory.Pointer<float>(bias), Work = memory.Pointer<float>(work),
            InitialState = Pointer(_initialState, memory), InitialCell = Pointer(_initialCell, memory), State = memory.Pointer<float>(_state), Cell = Pointer(_cell, memory),
            Y = Pointer(_y, memory), Length = (int*)Pointer(_lengths, memory), XStep = _xStep, XStream = _xRow, YStep = _yStep, YStream = _yRow,
            Streams = _s.Batch, Steps = _s.T, H = _s.H, Reverse = _reverse,
        });
    }

    /// <summary>The loop with the product as steps of its own, for weights in any encoding and cells of any kind.</summary>
    /// <param name="cell">The cell's parameters, but for its places.</param>
    /// <param name="update">The cell's kernel.</param>
    /// <param name="reset">What resets the state before the second product; null where nothing does.</param>
    public void PlanSteps(CellArgs cell, Kernel<CellArgs> update, Kernel<CellArgs>? reset)
    {
        BufferRef product = Scratch(_s.Batch * _gates), candidate = product.Plus((_gates - _s.H) * sizeof(float));
        BufferRef? resetState = reset is null ? null : Scratch(_states);
        int productRow = _gates, candidateRow = _gates;
        StepSequence products;
        StepSequence? resetProducts = null;
        if (resetState is not { } from)
        {
            products = _planner.Sequence(() => _weights.Multiply(_s.Batch, _state, product, _stateBias));
        }
        else if (_weights.Dense is not null)
        {
            (productRow, candidateRow) = (_gates - _s.H, _s.H);
            candidate = Scratch(_states);
            products = _planner.Sequence(() => _weights.Rows(0, productRow).Multiply(_s.Batch, _state, product, _stateBias));
            resetProducts = _planner.Sequence(() =>
                _weights.Rows(productRow, candidateRow).Multiply(_s.Batch, from, candidate, _stateBias?.Plus(productRow * sizeof(float))));
        }
        else
        {
            // An encoded matrix cannot be cut by rows: both products are whole, and half of each is not used.
            var whole = Scratch(_s.Batch * _gates);
            candidate = whole.Plus((_gates - _s.H) * sizeof(float));
            products = _planner.Sequence(() => _weights.Multiply(_s.Batch, _state, product, _stateBias));
            resetProducts = _planner.Sequence(() => _weights.Multiply(_s.Batch, from, whole, _stateBias));
        }

        _planner.Step(_planner.Select(Recurrence.Family), (ref RecurrenceArgs args, SessionMemory memory) =>
        {
            args = new RecurrenceArgs
            {
                Cell = cell, Update = update.Run, Reset = reset is null ? null : reset.Run,
                Product = products.Calls(memory), ProductCount = products.Count,
                ResetProduct = resetProducts is null ? null : resetProducts.Calls(memory), ResetProductCount = resetProducts?.Count ?? 0,
                InitialState = Pointer(_initialState, memory), InitialCell = Pointer(_initialCell, memory), Lengths = (int*)Pointer(_lengths, memory),
                XStep = _xStep, XRow = _xRow, YStep = _yStep, YRow = _yRow,
                ProductRow = productRow, CandidateRow = candidateRow, Steps = _s.T, Batch = _s.Batch, Reverse = _reverse,
            };
            args.Cell.H = _s.H;
            args.Cell.X = memory.Pointer<float>(_projected);
            args.Cell.P = memory.Pointer<float>(product);
            args.Cell.Candidate = memory.Pointer<float>(candidate);
            args.Cell.State = memory.Pointer<float>(_state);
            args.Cell.Cell = Pointer(_cell, memory);
            args.Cell.Reset = Pointer(resetState, memory);
            args.Cell.Peepholes = Pointer(_peepholes, memory);
            args.Cell.Y = Pointer(_y, memory);
        }, [update.Name, .. reset is null ? (string[])[] : [reset.Name], .. products.Kernels, .. resetProducts?.Kernels ?? []]);
    }

    BufferRef Scratch(int floats) => _planner.Scratch((long)floats * sizeof(float));

    static float* Pointer(BufferRef? buffer, SessionMemory memory) => buffer is { } b ? memory.Pointer<float>(b) : null;
}
