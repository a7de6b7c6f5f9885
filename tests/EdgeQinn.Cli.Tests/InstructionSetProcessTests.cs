using System.Runtime.InteropServices;
using EdgeQinn.Runtime.Kernels;
using Xunit;

namespace EdgeQinn.Cli.Tests;

/// <summary>
/// Kernels on lesser x64 CPUs: in a process whose JIT has the higher instruction sets switched off, code that asks for the hardware is compiled as it
/// would be there. (<c>EDGEQINN_ISA</c> only chooses other kernels: what they share with the rest is still compiled for this CPU.)
/// </summary>
public sealed class InstructionSetProcessTests
{
    /// <summary>What is switched off, by the names of .NET 9 and 10 both; those that a version does not know do nothing there.</summary>
    public static TheoryData<string, Isa> Lesser => new()
    {
        { "EnableAVX512 EnableAVX512F", Isa.Avx2 },
        { "EnableAVX512 EnableAVX512F EnableAVX2 EnableFMA", Isa.Vector128 },
        { "EnableAVX512 EnableAVX512F EnableAVX2 EnableFMA EnableAVX", Isa.Vector128 },
        { "EnableHWIntrinsic", Isa.Vector128 },
    };

    [X64Theory]
    [MemberData(nameof(Lesser))]
    public void Every_kernel_agrees_with_its_reference_on_a_lesser_cpu(string switches, Isa best)
    {
        (string, string)[] environment = [.. switches.Split(' ').Select(s => ($"DOTNET_{s}", "0"))];
        Isa[] expected = [.. Enum.GetValues<Isa>().Where(isa => isa <= best && Cpu.Supports(isa)).Reverse()];
        var kernels = CommandLine.Start(["kernels", "--json"], environment).Expect(0).Json;
        Assert.Equal(expected.Select(Name), kernels.GetProperty("allowed").EnumerateArray().Select(a => a.GetString()));

        // The self-test fails where a kernel differs, and where no case of its own reaches one.
        var tested = CommandLine.Start(["selftest", "--json"], environment).Expect(0).Json;
        var names = tested.GetProperty("kernels").EnumerateArray().Where(k => k.GetProperty("cases").GetInt32() > 0).Select(k => k.GetProperty("name").GetString()).ToHashSet();
        foreach (var family in KernelTable.All)
            foreach (var isa in family.Implementations)
                if (isa != Isa.Scalar) Assert.Equal(expected.Contains(isa), names.Contains($"{family.Name}/{Name(isa)}"));
    }

    static string Name(Isa isa) => isa.ToString().ToLowerInvariant();

    sealed class X64TheoryAttribute : TheoryAttribute
    {
        public X64TheoryAttribute()
        {
            if (RuntimeInformation.ProcessArchitecture != Architecture.X64) Skip = "these switches are x64's";
        }
    }
}
