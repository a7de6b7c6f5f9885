using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;

namespace EdgeQinn.Runtime.Operators;

/// <summary>Plans a convolution: chooses the kernel, packs the weights, lays the padded input out, appends the steps.</summary>
sealed unsafe class ConvSteps
{
    /// <summary>Names the kernel to use, <c>time</c>, <c>depthwise</c>, <c>channel</c> or <c>winograd</c>; where absent <see cref="ConvCost"/> chooses.</summary>
    public const string AlgorithmAttribute = "algorithm";

    readonly OperatorCall _call;
    readonly StepPlanner _planner;
    readonly ConvShape _shape;
    readonly int _pool;
    readonly float _lo, _hi;

    ConvSteps(OperatorCall call, StepPlanner planner, ConvShape shape, int pool, float lo, float hi) =>
        (_call, _planner, _shape, _pool, _lo, _hi) = (call, planner, shape, pool, lo, hi);

    /// <summary>Appends the steps of <paramref name="call"/>.</summary>
    public static void Plan(OperatorCall call, StepPlanner planner, ConvShape shape, int pool, float lo, float hi)
    {
        if (shape.OutType(pool).Count == 0) return;
        if (call.Constant(1) is { IsDense: false } encoded) planner.NoteDense(encoded.Encoding);
        string algorithm = call.Attributes.Text(AlgorithmAttribute);
        var steps = new ConvSteps(call, planner, shape, pool, lo, hi);
        var choices = steps.Choices().Where(c => algorithm.Length == 0 || c.Algorithm == algorithm).ToArray();
        if (choices.Length == 0) throw call.Fail($"{AlgorithmAttribute} = '{algorithm}' is unknown or cannot compute this node");
        choices.MinBy(c => c.Cost).Plan();
    }

    /// <summary>What the best kernel costs, the weight taken as dense.</summary>
    public static double Cost(OperatorCall call, StepPlanner planner, ConvShape shape, int pool) => new ConvSteps(call, planner, shape, pool, 0, 0).Choices().Min(c => c.Cost);

    /// <summary>Every kernel that can compute the node, with its cost.</summary>
    IEnumerable<(string Algorithm, double Cost, Action Plan)> Choices()
    {
        foreach (var kernel in _planner.Candidates(ConvTime.Family))
            yield return ("time", ConvCost.Time(_shape, _pool, kernel), () => PlanTime(kernel));
        foreach (var kernel in _planner.Candidates(ConvDepthwise.Family))
            yield return ("depthwise", ConvCost.Depthwise(_shape, _pool, kernel), () => PlanTime(kernel));
        foreach (var kernel in _planner.Candidates(ConvChannel.Family))
            yield return ("channel", ConvCost.Channel(_shape, kernel), () => PlanChannel(kernel));
        if (!WinogradPlan.Fits(_call, _shape)) yield break;
        foreach (var plan in WinogradPlan.All(_shape, _planner))
            yield return ("winograd", plan.Cost, () => PlanWinograd(plan));
    }

    void PlanTime(Kernel<ConvTimeArgs> kernel)
    {
        var layout = new ConvLayout(_shape, kernel.Lanes, split: _pool > 1 || _shape.Stride[2] > 1, _pool);
        var x = PlanInput(_planner, _shape, layout);
        var w = PlanWeights(kernel.Panel);
        var bias = PlanBias(kernel.Panel);
        var offsets = _planner.Table<int>(layout.Offsets());

        int slotCount = layout.OutRows * layout.SlotsPerRow;
        var slots = new ConvSlot[slotCount];
        for (int row = 0, s = 0; row < layout.OutRows; row++)
            for (int i = 0; i < layout.SlotsPerRow; i++, s++)
            {
                int t = i * kernel.Lanes;
                slots[s] = new ConvSlot(layout.WindowStart(row, t), row * layout.OutPerRow + t, Math.Min(kernel.Lanes, layout.OutPerRow - t));
            }

        var slotTable = _planner.Table<ConvSlot>(slots);
        var scratch = _planner.Scratch(ConvTime.ScratchLength(kernel.Panel, kernel.Lanes) * sizeof(float));
        var y = _planner.Output(0);
        _planner.Step(kernel, (ref ConvTimeArgs a, SessionMemory memory) => a = new ConvTimeArgs
        {
            X = memory.Pointer<float>(x), W = memory.Pointer<float>(w), Bias = memory.Pointer<float>(bias), Y = memory.Pointer<float>(y),
            Scratch = memory.Pointer<float>(scratch),
            Offsets = memory.Pointer<int>(offsets), Slots = memory.Pointer<ConvSlot>(slotTable), Batch = _shape.Batch, Groups = _shape.Group,
            Rows = _shape.OutPerGroup, Taps = _shape.Taps, SlotCount = slotCount, IsOneRow = layout.OutRows == 1,
            Plane = _shape.OutCount / _pool, XGroup = _shape.InPerGroup * layout.PlaneLength, XImage = _shape.InChannels * layout.PlaneLength,
            Pool = _pool, Lo = _lo, Hi = _hi,
        });
    }

    void PlanChannel(Kernel<ConvChannelArgs> kernel)
    {
        var layout = new ConvLayout(_shape, 1, split: false);
        var x = PlanInput(_planner, _shape, layout);
        var w = PlanWeights(kernel.Panel);
        var bias = PlanBias(kernel.Panel);
        var offsets = _planner.Table<int>(layout.Offsets());

        int count = _shape.OutCount;
        var positions = new int[count];
        for (int p = 0; p < count; p++) positions[p] = layout.WindowStart(p / layout.OutPerRow, p % layout.OutPerRow);
        var positionTable = _planner.Table<int>(positions);

        int chunk = ConvChannel.ChunkLength(kernel.Panel, count, _pool);
        var scratch = _planner.Scratch((long)chunk * kernel.Panel * sizeof(float));
        var y = _planner.Output(0);
        _planner.Step(kernel, (ref ConvChannelArgs a, SessionMemory memory) => a = new ConvChannelArgs
        {
            X = memory.Pointer<float>(x), W = memory.Pointer<float>(w), Bias = memory.Pointer<float>(bias), Y = memory.Pointer<float>(y),
            Scratch = memory.Pointer<float>(scratch),
            Offsets = memory.Pointer<int>(offsets), Positions = memory.Pointer<int>(positionTable), Batch = _shape.Batch, Groups = _shape.Group,
            Rows = _shape.OutPerGroup, Taps = _shape.Taps,
            PositionCount = count, Chunk = chunk, XGroup = _shape.InPerGroup * layout.PlaneLength, XImage = _shape.InChannels * layout.PlaneLength,
            Pool = _pool, Lo = _lo, Hi = _hi,
        });
    }

    void PlanWinograd(WinogradPlan plan)
    {
        var bias = PlanBias(plan.Kernel.Panel);
        float* packed = _planner.Allocate<float>(plan.PackedLength);
        fixed (float* w = _call.RequireConstant(1, "weights").Floats()) plan.PackWeights(w, packed);
        plan.Append(_planner, _planner.Input(0), _planner.Place(packed, plan.PackedLength), bias, _pool, _lo, _hi);
    }

    /// <summary>The padded input; the pass that makes it, where one is needed.</summary>
    public static BufferRef PlanInput(StepPlanner planner, ConvShape shape, ConvLayout layout)
    {
        var x = planner.Input(0);
        if (layout.InPlace) return x;
        var padded = planner.Scratch((long)shape.Batch * shape.InChannels * layout.PlaneLength * sizeof(float));
        var args = layout.Pad();
        planner.Step(planner.Select(ConvPad.Family), (ref ConvPadArgs a, SessionMemory memory) =>
        {
            a = args;
            a.X = memory.Pointer<float>(x);
            a.Y = memory.Pointer<float>(padded);
        });
        return padded;
    }

    BufferRef PlanWeights(int block) => PlanPacked(1, new ConvPackArgs
    {
        Groups = _shape.Group, Rows = _shape.OutPerGroup, Taps = _shape.Taps, Block = block, Transposed = _shape.Transposed,
        TapLength = _shape.KernelCount,
    });

    BufferRef PlanBias(int block) => _call.Has(2)
        ? PlanPacked(2, new ConvPackArgs { Groups = _shape.Group, Rows = _shape.OutPerGroup, Taps = 1, Block = block, TapLength = 1 })
        : _planner.ModelBuffer(ConvPack.Length(_shape.Group, _shape.OutPerGroup, 1, block) * sizeof(float));

    /// <summary>Packs a constant once; plans a step that packs what the network computes.</summary>
    BufferRef PlanPacked(int input, ConvPackArgs args)
    {
        long length = ConvPack.Length(args.Groups, args.Rows, args.Taps, args.Block);
        if (length > GraphChecker.MaxTensorBytes) throw _call.Fail("the packed weights are too large");
        var pack = _planner.Select(ConvPack.Family);
        if (_call.Constant(input) is { } constant)
        {
            float* packed = _planner.Allocate<float>(length);
            fixed (float* source = constant.Floats())
            {
                var now = args;
                now.W = source;
                now.Packed = packed;
                pack.Run(&now);
            }
            return _planner.Place(packed, length);
        }
        var (from, to) = (_planner.Input(input), _planner.Scratch(length * sizeof(float)));
        _planner.Step(pack, (ref ConvPackArgs a, SessionMemory memory) =>
        {
            a = args;
            a.W = memory.Pointer<float>(from);
            a.Packed = memory.Pointer<float>(to);
        });
        return to;
    }
}
