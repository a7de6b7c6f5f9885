using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;

namespace EdgeQinn.Runtime.Operators;

/// <summary>Plans a convolution: chooses the kernel, packs the weights, lays the padded input out, appends the steps.</summary>
sealed unsafe class ConvSteps
{
    /// <summary>Names the kernel to use, <c>time</c>, <c>channel</c> or <c>winograd</c>; where absent <see cref="ConvCost"/> chooses.</summary>
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
        var steps = new ConvSteps(call, planner, shape, pool, lo, hi);
        var time = planner.Select(ConvTime.Family);
        var channel = planner.Select(ConvChannel.Family);
        var winograd = WinogradPlan.For(call, shape, planner);
        string algorithm = call.Attributes.Text(AlgorithmAttribute);
        if (algorithm.Length == 0)
        {
            var (byTime, byChannel) = (ConvCost.Time(shape, time), ConvCost.Channel(shape, channel));
            algorithm = winograd is not null && winograd.Cost < Math.Min(byTime, byChannel) ? "winograd" : byTime <= byChannel ? "time" : "channel";
        }
        if (algorithm == "time") steps.PlanTime(time);
        else if (algorithm == "channel") steps.PlanChannel(channel);
        else if (algorithm == "winograd" && winograd is not null) steps.PlanWinograd(winograd);
        else throw call.Fail($"{AlgorithmAttribute} = '{algorithm}' is unknown or cannot compute this node");
    }

    void PlanTime(Kernel<ConvTimeArgs> kernel)
    {
        var layout = new ConvLayout(_shape, kernel.Lanes, split: _shape.Stride[2] > 1);
        var x = PlanInput(_planner, _shape, layout);
        var w = PlanWeights(kernel.Panel);
        var bias = PlanBias(kernel.Panel);
        int* offsets = _planner.Allocate<int>(_shape.Taps);
        layout.FillOffsets(offsets);

        int slotCount = layout.OutRows * layout.SlotsPerRow;
        var slots = _planner.Allocate<ConvSlot>(slotCount);
        for (int row = 0, s = 0; row < layout.OutRows; row++)
            for (int i = 0; i < layout.SlotsPerRow; i++, s++)
            {
                int t = i * kernel.Lanes;
                slots[s] = new ConvSlot(layout.WindowStart(row, t), row * layout.OutPerRow + t, Math.Min(kernel.Lanes, layout.OutPerRow - t));
            }

        var scratch = _planner.Scratch(ConvTime.ScratchLength(kernel.Panel, kernel.Lanes, slotCount, _pool) * sizeof(float));
        var y = _planner.Output(0);
        _planner.Step(kernel, (ref ConvTimeArgs a, SessionMemory memory) => a = new ConvTimeArgs
        {
            X = memory.Pointer<float>(x), W = w.In(memory), Bias = bias.In(memory), Y = memory.Pointer<float>(y), Scratch = memory.Pointer<float>(scratch),
            Offsets = offsets, Slots = slots, Batch = _shape.Batch, Groups = _shape.Group, Rows = _shape.OutPerGroup, Taps = _shape.Taps, SlotCount = slotCount,
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
        int* offsets = _planner.Allocate<int>(_shape.Taps);
        layout.FillOffsets(offsets);

        int count = _shape.OutCount;
        int* positions = _planner.Allocate<int>(count);
        for (int p = 0; p < count; p++) positions[p] = layout.WindowStart(p / layout.OutPerRow, p % layout.OutPerRow);

        int chunk = ConvChannel.ChunkLength(kernel.Panel, count, _pool);
        var scratch = _planner.Scratch((long)chunk * kernel.Panel * sizeof(float));
        var y = _planner.Output(0);
        _planner.Step(kernel, (ref ConvChannelArgs a, SessionMemory memory) => a = new ConvChannelArgs
        {
            X = memory.Pointer<float>(x), W = w.In(memory), Bias = bias.In(memory), Y = memory.Pointer<float>(y), Scratch = memory.Pointer<float>(scratch),
            Offsets = offsets, Positions = positions, Batch = _shape.Batch, Groups = _shape.Group, Rows = _shape.OutPerGroup, Taps = _shape.Taps,
            PositionCount = count, Chunk = chunk, XGroup = _shape.InPerGroup * layout.PlaneLength, XImage = _shape.InChannels * layout.PlaneLength,
            Pool = _pool, Lo = _lo, Hi = _hi,
        });
    }

    void PlanWinograd(WinogradPlan plan)
    {
        var kernel = plan.Kernel;
        var x = _planner.Input(0);
        var bias = PlanBias(kernel.Panel);
        float* u = plan.PackWeights(_call.RequireConstant(1, "weights").Floats(), _planner);
        float* zeros = _planner.Allocate<float>(kernel.Panel);
        int depth = plan.Sections * _shape.InPerGroup, chunk = plan.Chunk(_pool), pitch = ConvWinograd.TilePitch(chunk, kernel.Lanes);
        int* offsets = _planner.Allocate<int>(depth), tiles = _planner.Allocate<int>(chunk);
        for (int i = 0; i < depth; i++) offsets[i] = i * pitch;
        for (int i = 0; i < chunk; i++) tiles[i] = i;
        var scratch = _planner.Scratch(ConvWinograd.ScratchLength(plan.Taps, plan.Sections, _shape.InPerGroup, chunk, kernel.Lanes) * sizeof(float));
        var y = _planner.Output(0);
        _planner.Step(kernel, (ref ConvWinogradArgs a, SessionMemory memory) => a = new ConvWinogradArgs
        {
            X = memory.Pointer<float>(x), U = u, Bias = bias.In(memory), Zeros = zeros, Y = memory.Pointer<float>(y), Scratch = memory.Pointer<float>(scratch),
            Offsets = offsets, Tiles = tiles, Batch = _shape.Batch, Groups = _shape.Group, Rows = _shape.OutPerGroup, Channels = _shape.InPerGroup,
            Sections = plan.Sections, Length = _shape.In[2], Begin = _shape.Begin[2], Outputs = _shape.Out[2], Chunk = chunk, Pool = _pool, Lo = _lo, Hi = _hi,
        });
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

    PackedOperand PlanWeights(int block) => PlanPacked(1, block, new ConvPackArgs
    {
        Groups = _shape.Group, Rows = _shape.OutPerGroup, Taps = _shape.Taps, Block = block, Transposed = _shape.Transposed, TapLength = _shape.KernelCount,
    });

    PackedOperand PlanBias(int block)
    {
        if (_call.Has(2)) return PlanPacked(2, block, new ConvPackArgs { Groups = _shape.Group, Rows = _shape.OutPerGroup, Taps = 1, Block = block, TapLength = 1 });
        return new PackedOperand(_planner.Allocate<float>(ConvPackArgs.Length(_shape.Group, _shape.OutPerGroup, 1, block)));
    }

    /// <summary>Packs a constant now; plans a step that packs what the network computes.</summary>
    PackedOperand PlanPacked(int input, int block, ConvPackArgs args)
    {
        long length = ConvPackArgs.Length(args.Groups, args.Rows, args.Taps, block);
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
            return new PackedOperand(packed);
        }
        var (from, to) = (_planner.Input(input), _planner.Scratch(length * sizeof(float)));
        _planner.Step(pack, (ref ConvPackArgs a, SessionMemory memory) =>
        {
            a = args;
            a.W = memory.Pointer<float>(from);
            a.Packed = memory.Pointer<float>(to);
        });
        return new PackedOperand(to);
    }

    /// <summary>Packed weights: in the model's memory, or computed into the session's.</summary>
    readonly struct PackedOperand
    {
        readonly float* _model;
        readonly BufferRef _session;

        public PackedOperand(float* model) => _model = model;

        public PackedOperand(BufferRef session) => _session = session;

        public float* In(SessionMemory memory) => _model != null ? _model : memory.Pointer<float>(_session);
    }
}
