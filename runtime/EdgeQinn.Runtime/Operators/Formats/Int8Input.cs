using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Runtime.Operators.Formats;

/// <summary>The activations of an int8 layer, quantised.</summary>
/// <param name="Units">Where the packed values lie.</param>
/// <param name="Mapping">Where their <see cref="Quantised"/> lies.</param>
readonly record struct Int8Input(BufferRef Units, BufferRef Mapping)
{
    /// <summary>Appends the step that quantises x [blocks, channels, plane].</summary>
    /// <param name="planner">The layer's planner.</param>
    /// <param name="given">The mapping; null to take it from the range of <paramref name="range"/> at every run.</param>
    /// <param name="range">The layer's input.</param>
    /// <param name="rangeCount">Its elements.</param>
    /// <param name="x">What to quantise: the input, or its padded copy.</param>
    /// <param name="blocks">Images times groups, or rows.</param>
    /// <param name="channels">Channels per block.</param>
    /// <param name="plane">Elements per channel.</param>
    /// <param name="unit">Channels per word.</param>
    /// <param name="before">Elements of padding before each channel.</param>
    /// <param name="after">Elements of padding after it.</param>
    /// <param name="phases">2 to part even places of the padded channel from odd ones.</param>
    public static unsafe Int8Input Plan(
        StepPlanner planner, ActivationRange? given, BufferRef range, long rangeCount, BufferRef x, int blocks, int channels, int plane, int unit, int before = 0, int after = 0, int phases = 1)
    {
        var units = planner.Scratch((long)blocks * ((channels + unit - 1) / unit) * (before + plane + after) * sizeof(int));
        BufferRef mapping;
        if (given is { } fixedRange)
        {
            var place = planner.Allocate<Quantised>(1);
            *place = new Quantised { Scale = fixedRange.Scale, ZeroPoint = fixedRange.ZeroPoint };
            mapping = planner.Place(place, 1);
        }
        else
        {
            mapping = planner.Scratch(sizeof(Quantised));
        }
        planner.Step(planner.Select(Quantise.Family), (ref QuantiseArgs args, SessionMemory memory) => args = new QuantiseArgs
        {
            Range = memory.Pointer<float>(range), RangeCount = given is null ? rangeCount : -1, X = memory.Pointer<float>(x), Y = memory.Pointer<int>(units),
            Mapping = memory.Pointer<Quantised>(mapping), Blocks = blocks, Channels = channels, Plane = plane, Unit = unit, Before = before, After = after, Phases = phases,
        });
        return new Int8Input(units, mapping);
    }

    /// <summary>Appends the steps that pad and quantise the input of a convolution; one step where padding is along one axis.</summary>
    public static Int8Input PlanPadded(StepPlanner planner, OperatorCall call, ConvShape shape, ConvLayout layout, ActivationRange? given, int unit)
    {
        var (input, count) = (planner.Input(0), call.Input(0).Count);
        var pad = layout.Pad();
        int after = pad.Phases * pad.Pitch - pad.BeginW - pad.InW;
        bool line = pad is { InD: 1, InH: 1, OutD: 1, OutH: 1, BeginD: 0, BeginH: 0, Phases: 1 or 2, SpreadW: 1, BeginW: >= 0 } && after >= 0;
        return line && !layout.InPlace
            ? Plan(planner, given, input, count, input, shape.Batch * shape.Group, shape.InPerGroup, pad.InW, unit, pad.BeginW, after, pad.Phases)
            : Plan(planner, given, input, count, ConvSteps.PlanInput(planner, shape, layout), shape.Batch * shape.Group, shape.InPerGroup, layout.PlaneLength, unit);
    }
}
