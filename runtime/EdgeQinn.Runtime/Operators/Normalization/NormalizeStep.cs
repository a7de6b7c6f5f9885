using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels.Normalization;

namespace EdgeQinn.Runtime.Operators.Normalization;

/// <summary>Row-wise normalisation as a step; how scales map to elements is told in <see cref="NormalizeArgs"/>.</summary>
sealed unsafe class NormalizeStep
{
    public required BufferRef X { get; init; }
    public required BufferRef Y { get; init; }
    public BufferRef? Scale { get; init; }
    public BufferRef? Bias { get; init; }
    public BufferRef? Mean { get; init; }
    public BufferRef? InverseDeviation { get; init; }
    public required long Rows { get; init; }
    public required long Inner { get; init; }
    public required long ScaleRows { get; init; }
    public required long ScaleRun { get; init; }
    public required float Epsilon { get; init; }
    public bool AroundZero { get; init; }

    public void Add(StepPlanner planner, ElementType type) =>
        planner.Step(planner.Select(NormalizeKernels.Get(type)), (ref NormalizeArgs args, SessionMemory memory) =>
        {
            args.X = memory.Pointer<byte>(X);
            args.Y = memory.Pointer<byte>(Y);
            args.Scale = Scale is { } scale ? memory.Pointer<byte>(scale) : null;
            args.Bias = Bias is { } bias ? memory.Pointer<byte>(bias) : null;
            args.Mean = Mean is { } mean ? memory.Pointer<byte>(mean) : null;
            args.InverseDeviation = InverseDeviation is { } inverse ? memory.Pointer<byte>(inverse) : null;
            (args.Rows, args.Inner, args.ScaleRows, args.ScaleRun, args.Epsilon, args.AroundZero) = (Rows, Inner, ScaleRows, ScaleRun, Epsilon, AroundZero);
        });
}
