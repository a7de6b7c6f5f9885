using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Kernels.Elementwise;

namespace EdgeQinn.Runtime.Operators.Elementwise;

/// <summary>A unary kernel as a step.</summary>
static unsafe class UnaryStep
{
    public static void Add(StepPlanner planner, Kernel<UnaryArgs> kernel, BufferRef x, BufferRef y, long count, float alpha = 0, float beta = 0) =>
        planner.Step(kernel, Writer(x, y, count, alpha, beta));

    public static StepWriter<UnaryArgs> Writer(BufferRef x, BufferRef y, long count, float alpha = 0, float beta = 0) => (ref UnaryArgs args, SessionMemory memory) =>
    {
        args.X = memory.Pointer<byte>(x);
        args.Y = memory.Pointer<byte>(y);
        args.Count = count;
        (args.Alpha, args.Beta) = (alpha, beta);
    };
}
