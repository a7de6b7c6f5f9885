using EdgeQinn.Runtime.Diagnostics.SelfTest;
using EdgeQinn.Runtime.Kernels;
using Xunit;

namespace EdgeQinn.Runtime.Tests.Diagnostics;

public sealed class KernelSelfTestTests
{
    /// <summary>A family without a case: add one to <see cref="SelfTestCases"/>.</summary>
    [Fact]
    public void Every_vector_kernel_is_reached_and_agrees_with_its_reference()
    {
        var results = KernelSelfTest.Run(rounds: 15, seed: 1);
        Assert.Equal(KernelTable.All.Sum(f => f.Implementations.Count(isa => isa != Isa.Scalar && Cpu.Supports(isa))), results.Count);
        Assert.All(results, r => Assert.True(r.Failure is null, $"{r.Kernel}: {r.Failure}"));
    }
}
