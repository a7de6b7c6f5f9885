using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace EdgeQinn.Runtime.Kernels;

/// <summary>What the CPU at hand can execute.</summary>
public static class Cpu
{
    /// <summary>The environment variable that caps the families <see cref="Allowed"/> returns: <c>scalar</c>, <c>vector128</c>, <c>neon</c>, <c>neondot</c>, <c>avx2</c>, <c>avx512</c>.</summary>
    public const string OverrideVariable = "EDGEQINN_ISA";

    /// <summary>Whether this CPU (and this build: NativeAOT compiles for one baseline) executes <paramref name="isa"/>.</summary>
    public static bool Supports(Isa isa) => isa switch
    {
        Isa.Scalar or Isa.Vector128 => true,
        Isa.Neon => HasNeon,
        Isa.NeonDot => HasNeonDot,
        Isa.Avx2 => HasAvx2,
        Isa.Avx512 => HasAvx512,
        _ => false,
    };

    // Constants to NativeAOT, one for each family: what a kernel table names only where they are true is left out of binaries for other CPUs.

    /// <summary>Whether <see cref="Isa.Neon"/> is there.</summary>
    public static bool HasNeon => AdvSimd.Arm64.IsSupported;

    /// <summary>Whether <see cref="Isa.NeonDot"/> is there.</summary>
    public static bool HasNeonDot => AdvSimd.Arm64.IsSupported && Dp.IsSupported;

    /// <summary>Whether <see cref="Isa.Avx2"/> is there.</summary>
    public static bool HasAvx2 => Avx2.IsSupported && Fma.IsSupported;

    /// <summary>Whether <see cref="Isa.Avx512"/> is there.</summary>
    public static bool HasAvx512 => Avx512F.IsSupported && Avx512F.VL.IsSupported && Avx512BW.IsSupported && Avx512DQ.IsSupported;

    /// <summary>
    /// Whether 512-bit arithmetic runs as often per cycle as 256-bit arithmetic, for choosing between kernels: Zen 5 servers and desktops. Zen 4 and Zen 5 for laptops
    /// take two cycles; Intel's run half as many operations at once.
    /// </summary>
    public static bool HasFull512BitUnits { get; } = ReadsAsFullWidth();

    static bool ReadsAsFullWidth()
    {
        const int Authentic = 0x68747541; // "Auth", of AuthenticAMD
        if (!X86Base.IsSupported || X86Base.CpuId(0, 0).Ebx != Authentic) return false;
        int signature = X86Base.CpuId(1, 0).Eax;
        int family = ((signature >> 8) & 0xF) + ((signature >> 20) & 0xFF), model = ((signature >> 4) & 0xF) | ((signature >> 12) & 0xF0);
        return family == 0x1A && (model is < 0x20 or (>= 0x40 and < 0x50));
    }

    /// <summary>The families to choose kernels from, best first, ending with <see cref="Isa.Scalar"/>; <see cref="OverrideVariable"/> removes those above the one it names.</summary>
    /// <exception cref="ArgumentException">The variable names no family, or one this CPU cannot execute.</exception>
    public static IReadOnlyList<Isa> Allowed() => Allowed(Environment.GetEnvironmentVariable(OverrideVariable));

    /// <summary>As <see cref="Allowed()"/>, with the override given; null or empty for none.</summary>
    public static IReadOnlyList<Isa> Allowed(string? cap)
    {
        Isa highest = Isa.Avx512;
        if (!string.IsNullOrWhiteSpace(cap))
        {
            if (!TryParse(cap, out highest))
                throw new ArgumentException($"{OverrideVariable}={cap} names no instruction set; use one of {string.Join(", ", Executable())}");
            if (!Supports(highest))
                throw new ArgumentException($"{OverrideVariable}={cap}: this CPU or build has no {highest}; use one of {string.Join(", ", Executable())}");
        }
        var allowed = new List<Isa>();
        for (Isa isa = highest; isa >= Isa.Scalar; isa--)
            if (Supports(isa)) allowed.Add(isa);
        return allowed;
    }

    static bool TryParse(string name, out Isa isa)
    {
        for (isa = Isa.Scalar; isa <= Isa.Avx512; isa++)
            if (string.Equals(isa.ToString(), name.Trim(), StringComparison.OrdinalIgnoreCase)) return true;
        return false;
    }

    static IEnumerable<string> Executable()
    {
        for (Isa isa = Isa.Scalar; isa <= Isa.Avx512; isa++)
            if (Supports(isa)) yield return isa.ToString().ToLowerInvariant();
    }
}
