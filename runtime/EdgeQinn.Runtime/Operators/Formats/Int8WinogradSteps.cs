using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Runtime.Operators.Formats;

/// <summary>Plans an int8 convolution by minimal filtering in integers.</summary>
static unsafe class Int8WinogradSteps
{
    /// <summary>Each way of doing so with its cost and what plans it.</summary>
    public static IEnumerable<(double Cost, Action Plan)> Choices(OperatorCall call, StepPlanner planner, ConvShape shape, Int8Weight weight, int pool, float lo, float hi)
    {
        if (!WinogradPlan.Fits(call, shape) || weight.Columns > IntegerFilter.MaxTerms) return [];
        return [.. Of<IntegerFilter3>(Int8Winograd.Filter3), .. Of<IntegerFilter5>(Int8Winograd.Filter5)];

        IEnumerable<(double, Action)> Of<TFilter>(KernelFamily<ConvWinogradArgs> family) where TFilter : struct, IIntegerFilter
        {
            int pairs = (shape.InPerGroup + Int8Winograd.Unit - 1) / Int8Winograd.Unit;
            var kernels = planner.Candidates(family);
            return kernels.Where(k => k.Isa != Isa.Vector128 || kernels.Count == 1).Select(kernel => new WinogradPlan(shape, TFilter.Taps, [.. TFilter.Points], pairs, kernel))
                .Select(plan => (plan.Cost * Factor(plan.Kernel.Isa), (Action)(() => Plan<TFilter>(call, planner, shape, weight, plan, pool, lo, hi))));
        }
    }

    /// <summary>NEON takes two instructions for the products of a pair (SMLAL), x64 one and an addition as float32 does in its unit.</summary>
    static double Factor(Isa isa) => isa == Isa.Neon ? 1.8 : 1;

    static void Plan<TFilter>(OperatorCall call, StepPlanner planner, ConvShape shape, Int8Weight weight, WinogradPlan plan, int pool, float lo, float hi) where TFilter : struct, IIntegerFilter
    {
        int unit = Int8Winograd.Unit, panel = plan.Kernel.Panel, padded = shape.Group * plan.Blocks * panel, pairs = (shape.InPerGroup + unit - 1) / unit;
        int* u = planner.Allocate<int>(plan.PackedLength);
        float* bias = planner.Allocate<float>(padded), scales = planner.Allocate<float>(padded);
        var given = call.Has(2) ? call.RequireConstant(2, "the bias of an int8 weight").Floats() : [];
        for (int o = 0; o < shape.OutChannels; o++)
        {
            var (group, within) = Math.DivRem(o, shape.OutPerGroup);
            var (block, lane) = Math.DivRem(within, panel);
            block += group * plan.Blocks;
            (scales[block * panel + lane], bias[block * panel + lane]) = (weight.Scales[o], given.IsEmpty ? 0 : given[o]);
            for (int i = 0; i < plan.Products; i++)
                for (int q = 0; q < plan.Sections; q++)
                    for (int c = 0; c < shape.InPerGroup; c++)
                    {
                        var section = weight.Values.Slice(o * weight.Columns + c * shape.KernelCount + q * TFilter.Taps, Math.Min(TFilter.Taps, shape.KernelCount - q * TFilter.Taps));
                        int sum = 0;
                        for (int k = 0; k < section.Length; k++) sum += TFilter.Weights[i * TFilter.Taps + k] * section[k];
                        u[(((nint)block * plan.Products + i) * plan.Sections * pairs + q * pairs + c / unit) * panel + lane] |= (sum & 0xFFFF) << (16 * (c % unit));
                    }
        }
        var x = planner.Input(0);
        var quantised = Int8Input.Plan(planner, weight.Input, x, call.Input(0).Count, x, shape.Batch * shape.Group, shape.InPerGroup, shape.In[2], unit);
        plan.Append(planner, quantised.Units, planner.Place(u, plan.PackedLength), planner.Place(bias, padded), pool, lo, hi, quantised.Mapping, planner.Place(scales, padded));
    }
}
