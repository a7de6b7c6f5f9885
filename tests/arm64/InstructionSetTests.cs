using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using EdgeQinn.Runtime.Kernels;
using Xunit;

namespace EdgeQinn.Arm64Tests;

/// <summary>Proves that a run under emulation exercises the kernels it is meant for, so that the stage cannot pass by testing nothing.</summary>
public class InstructionSetTests
{
    /// <summary>The environment variable with which CI says which family the emulated CPU is to have: <c>Neon</c> or <c>NeonDot</c>.</summary>
    const string ExpectedVariable = "EDGEQINN_EXPECTED_ISA";

    [Arm64Fact]
    public void Arm64_has_neon()
    {
        Assert.True(AdvSimd.IsSupported);
        Assert.True(AdvSimd.Arm64.IsSupported);
        Assert.True(Cpu.Supports(Isa.Neon));
        Assert.False(Cpu.Supports(Isa.Avx2));
    }

    [ExpectedIsaFact]
    public void Best_family_is_the_one_this_cpu_was_chosen_for()
    {
        var expected = Enum.Parse<Isa>(ExpectedIsaFactAttribute.Expected!);
        Assert.Equal(expected, Cpu.Allowed(null)[0]);
        if (RuntimeInformation.ProcessArchitecture == Architecture.Arm64) Assert.Equal(expected == Isa.NeonDot, Dp.IsSupported);
    }

    sealed class Arm64FactAttribute : FactAttribute
    {
        public Arm64FactAttribute() =>
            Skip = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? null : "for Arm64";
    }

    sealed class ExpectedIsaFactAttribute : FactAttribute
    {
        public static string? Expected { get; } = Environment.GetEnvironmentVariable(ExpectedVariable);

        public ExpectedIsaFactAttribute() => Skip = string.IsNullOrEmpty(Expected) ? $"{ExpectedVariable} is not set" : null;
    }
}
