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
    public static unsafe Int8Input Plan(
        StepPlanner planner, ActivationRange? given, BufferRef range, long rangeCount, BufferRef x, int blocks, int channels, int plane, int unit)
    {
        var units = planner.Scratch((long)blocks * ((channels + unit - 1) / unit) * plane * sizeof(int));
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
            Mapping = memory.Pointer<Quantised>(mapping), Blocks = blocks, Channels = channels, Plane = plane, Unit = unit,
        });
        return new Int8Input(units, mapping);
    }
}
