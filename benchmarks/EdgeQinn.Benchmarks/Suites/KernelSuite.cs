using BenchmarkDotNet.Attributes;

namespace EdgeQinn.Benchmarks.Suites;

/// <summary>The BenchmarkDotNet suite: one benchmark, as many cases as <see cref="KernelCases"/> finds.</summary>
public class KernelSuite
{
    /// <summary>The cases to measure; <see cref="KernelsCommand"/> chooses them.</summary>
    public static IReadOnlyList<KernelCase> Chosen { get; set; } = [];

    /// <summary>For BenchmarkDotNet.</summary>
    public static IEnumerable<KernelCase> Cases => Chosen;

    /// <summary>The case.</summary>
    [ParamsSource(nameof(Cases))]
    public KernelCase Case { get; set; } = null!;

    /// <summary>Binds it.</summary>
    [GlobalSetup]
    public void Open() => Case.Open();

    /// <summary>One run.</summary>
    [Benchmark]
    public void Run() => Case.Run();

    /// <summary>Frees it.</summary>
    [GlobalCleanup]
    public void Close() => Case.Dispose();
}
