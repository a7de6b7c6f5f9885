using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Kernels;

namespace EdgeQinn.Runtime.Operators.Formats;

/// <summary>Plans a sparse convolution over segments of time: the padded input laid out anew, and rows of about as many taps bundled.</summary>
static unsafe class SegmentedConvSteps
{
    /// <summary>The <see cref="ConvSteps.AlgorithmAttribute"/> that asks for it wherever it is possible.</summary>
    public const string Algorithm = "segmented";

    /// <summary>With fewer, laying out never pays; the reference works with as many where it is asked for.</summary>
    const int FewestLanes = 8;

    /// <summary>What it costs, in the unit of <see cref="ConvCost"/>: nothing where it is asked for, infinitely much where it is not possible or not wanted.</summary>
    public static double Cost(OperatorCall call, StepPlanner planner, ConvShape shape, double weights, int pool)
    {
        if (call.Attributes.Text(ConvSteps.AlgorithmAttribute) == SparseConvSteps.Algorithm) return double.PositiveInfinity;
        var kernel = planner.Select(SegmentedConv.Family);
        int segment = SegmentLength(shape, pool, Lanes(call, kernel));
        return segment == 0 ? double.PositiveInfinity : IsWanted(call) ? 0 : SparseConvCost.Segmented(shape, kernel, segment, Length(shape, segment), weights);
    }

    /// <summary>Appends the steps; possible where <see cref="Cost"/> is finite.</summary>
    public static void Plan(OperatorCall call, StepPlanner planner, ConvShape shape, SparseRows rows, int pool, float lo, float hi)
    {
        var kernel = planner.Select(SegmentedConv.Family);
        int lanes = Lanes(call, kernel), segment = SegmentLength(shape, pool, lanes);
        int phases = shape.Stride[2], length = Length(shape, segment), image = (shape.InChannels * phases * length + segment) * lanes;
        var layout = new ConvLayout(shape, lanes * segment, split: phases > 1);
        var padded = ConvSteps.PlanInput(planner, shape, layout);
        var x = planner.Scratch((long)shape.Batch * image * sizeof(float));
        int pitch = layout.PlaneLength / phases;
        planner.Step(planner.Select(ConvSegment.Family), (ref ConvSegmentArgs a, SessionMemory memory) => a = new ConvSegmentArgs
        {
            X = memory.Pointer<float>(padded), Y = memory.Pointer<float>(x), Images = shape.Batch, Rows = shape.InChannels * phases, Pitch = pitch,
            Lanes = lanes, Segment = segment, Length = length,
        });

        int bundle = SegmentedConv.BundleRows(segment, lanes), unit = SegmentedConv.TapUnit(segment), bundles = (shape.OutChannels + bundle - 1) / bundle;
        int[] distances = [.. layout.Offsets().Select(d => (d / pitch * length + d % pitch) * lanes)], byTaps = [.. Enumerable.Range(0, shape.OutChannels).OrderBy(o => rows.Pointers[o + 1] - rows.Pointers[o])];
        int* pointers = planner.Allocate<int>(bundles + 1), order = planner.Allocate<int>(bundles * bundle);
        float* bias = planner.Allocate<float>(bundles * bundle);
        var given = call.Has(2) ? call.RequireConstant(2, "the bias of a sparse weight").Floats() : [];
        var taps = new List<ulong>();
        for (int b = 0; b < bundles; b++)
        {
            int[] members = [.. Enumerable.Range(b * bundle, bundle).Select(i => i < byTaps.Length ? byTaps[i] : -1)];
            int most = members.Max(Count);
            for (int e = 0; e < (most + unit - 1) / unit * unit; e++)
                foreach (int o in members) taps.Add(e < Count(o) ? Tap(o, (int)rows.Pointers[o] + e) : (ulong)(image - segment * lanes) * sizeof(float));
            for (int r = 0; r < bundle; r++) (order[b * bundle + r], bias[b * bundle + r]) = (members[r], members[r] < 0 || given.IsEmpty ? 0 : given[members[r]]);
            pointers[b + 1] = taps.Count;
        }
        ulong* packed = planner.Allocate<ulong>(taps.Count);
        for (int i = 0; i < taps.Count; i++) packed[i] = taps[i];

        var scratch = planner.Scratch((bundle + 1L) * segment * lanes * sizeof(float));
        var y = planner.Output(0);
        planner.Step(kernel, (ref SegmentedConvArgs a, SessionMemory memory) => a = new SegmentedConvArgs
        {
            X = memory.Pointer<float>(x), Y = memory.Pointer<float>(y), Scratch = memory.Pointer<float>(scratch),
            Taps = packed, Pointers = pointers, Order = order, Bias = bias, Batch = shape.Batch, Rows = shape.OutChannels, Bundles = bundles, XImage = image,
            Bundle = bundle, Outputs = shape.Out[2], Segment = segment, Lanes = lanes, Pool = pool, Lo = lo, Hi = hi,
        });

        int Count(int o) => o < 0 ? 0 : (int)(rows.Pointers[o + 1] - rows.Pointers[o]);

        ulong Tap(int o, int e) => (ulong)BitConverter.SingleToUInt32Bits(rows.Values[e]) << 32
            | (uint)(distances[rows.Columns[e]] + o / shape.OutPerGroup * shape.InPerGroup * phases * length * lanes) * sizeof(float);
    }

    static bool IsWanted(OperatorCall call) => call.Attributes.Text(ConvSteps.AlgorithmAttribute) == Algorithm;

    static int Lanes(OperatorCall call, Kernel<SegmentedConvArgs> kernel) => IsWanted(call) ? Math.Max(FewestLanes, kernel.Lanes) : kernel.Lanes;

    /// <summary>Outputs per lane; 0 where taps do not shift, or segments would be too short.</summary>
    static int SegmentLength(ConvShape shape, int pool, int lanes)
    {
        if (shape.SpatialRank != 1 || shape.Kernel[2] == 1 || lanes < FewestLanes) return 0;
        int units = (shape.Out[2] / pool + lanes - 1) / lanes, segment = pool * (units <= 2 ? units : (units + 3) / 4 * 4), length = Length(shape, segment);
        bool fits = (double)length * lanes * shape.InChannels * shape.Stride[2] < uint.MaxValue / sizeof(float) / 2;
        return segment % 2 == 0 && length >= 4 && fits ? segment : 0;
    }

    /// <summary>Vectors of time a row of the input takes: the outputs of a lane, and the taps that reach beyond them.</summary>
    static int Length(ConvShape shape, int segment) => segment + (shape.Kernel[2] - 1) * shape.Dilation[2] / shape.Stride[2];
}
