namespace EdgeQinn.Runtime.Kernels;

/// <summary>The instruction-set families kernels are written for, in order of preference on one architecture.</summary>
public enum Isa
{
    /// <summary>Plain C#; the reference every other family is tested against.</summary>
    Scalar,

    /// <summary>.NET's portable 128-bit vectors, for whatever else .NET runs on.</summary>
    Vector128,

    /// <summary>Arm64 Advanced SIMD (every Armv8-A core).</summary>
    Neon,

    /// <summary>Arm64 Advanced SIMD with the dot-product instructions SDOT and UDOT (Armv8.2, Cortex-A55 and A76 on).</summary>
    NeonDot,

    /// <summary>x86-64 AVX2 and FMA (x86-64-v3).</summary>
    Avx2,

    /// <summary>x86-64 AVX-512 F, BW, CD, DQ and VL (x86-64-v4).</summary>
    Avx512,
}
