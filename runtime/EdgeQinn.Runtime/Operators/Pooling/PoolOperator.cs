using System.Collections.Immutable;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Kernels.Pooling;
using EdgeQinn.Runtime.Kernels.Reduction;
using EdgeQinn.Runtime.Operators.Reduction;

namespace EdgeQinn.Runtime.Operators.Pooling;

/// <summary>Max, average and Lp pools, with windows or global.</summary>
/// <param name="name">The operator's name.</param>
/// <param name="types">What X may be.</param>
/// <param name="family">The kernels for an element type.</param>
/// <param name="global">Whether one window covers everything.</param>
/// <param name="indices">Whether there is a second output, the flat positions of the maxima.</param>
/// <param name="fold">The reduction that a global pool is.</param>
sealed unsafe class PoolOperator(string name, TypeSet types, Func<ElementType, KernelFamily<PoolArgs>> family, bool global = false, bool indices = false,
    Func<ElementType, KernelFamily<ReduceArgs>>? fold = null) : Operator
{
    public static IReadOnlyList<Operator> All { get; } =
    [
        new PoolOperator("MaxPool", TypeSet.Numbers, PoolKernels.Max, indices: true),
        new PoolOperator("AveragePool", TypeSet.Floats, PoolKernels.Average),
        new PoolOperator("LpPool", TypeSet.Floats, PoolKernels.Lp),
        new PoolOperator("GlobalMaxPool", TypeSet.Numbers, PoolKernels.Max, global: true, fold: ReduceKernels.Vectorized<Maximum>),
        new PoolOperator("GlobalAveragePool", TypeSet.Floats, PoolKernels.Average, global: true, fold: ReduceKernels.Vectorized<Average>),
        new PoolOperator("GlobalLpPool", TypeSet.Floats, PoolKernels.Lp, global: true),
    ];

    public override string Name => name;

    public override ImmutableArray<TensorType> Infer(OperatorCall call)
    {
        call.RequireInputs(1, 1);
        var y = Geometry(call, call.Input(0, types)).Output;
        if (call.Attributes.Int("p", 2) < 1) throw call.Fail($"p = {call.Attributes.Int("p")} must be positive");
        return indices ? [y, y with { Element = ElementType.Int64 }] : [y];
    }

    public override void Plan(OperatorCall call, StepPlanner planner)
    {
        var x = call.Input(0);
        if (fold is not null)
        {
            ReduceStep.Add(planner, fold(x.Element), x, [.. Enumerable.Range(2, x.Rank - 2)], planner.Input(0), planner.Output(0));
            return;
        }
        var geometry = Geometry(call, x);
        BufferRef from = planner.Input(0), to = planner.Output(0), row = planner.Scratch(x.Shape[^1] * sizeof(float));
        BufferRef? positions = indices && call.Wants(1) ? planner.Output(1) : null;
        bool countPadding = call.Flag("count_include_pad"), columnMajor = call.Flag("storage_order");
        int p = call.Attributes.Int("p", 2);
        // Positions are the plain kernel's alone.
        var kernel = positions is null ? planner.Select(family(x.Element)) : family(x.Element)[Isa.Scalar];
        planner.Step(kernel, (ref PoolArgs args, SessionMemory memory) =>
        {
            args.X = memory.Pointer<byte>(from);
            args.Y = memory.Pointer<byte>(to);
            args.Row = memory.Pointer<float>(row);
            args.Indices = positions is { } given ? memory.Pointer<long>(given) : null;
            (args.CountPadding, args.ColumnMajorIndices, args.P) = (countPadding, columnMajor, p);
            geometry.Fill(ref args);
        });
    }

    PoolGeometry Geometry(OperatorCall call, TensorType x) => global ? PoolGeometry.Global(call, x) : PoolGeometry.FromAttributes(call, x);
}
