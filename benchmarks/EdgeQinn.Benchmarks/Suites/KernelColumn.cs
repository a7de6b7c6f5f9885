using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using EdgeQinn.Runtime.Diagnostics.Timing;

namespace EdgeQinn.Benchmarks.Suites;

/// <summary>A column computed from a case and its least time.</summary>
/// <param name="name">The heading.</param>
/// <param name="legend">What it means.</param>
/// <param name="isNumber">Whether it is aligned as one.</param>
/// <param name="value">Of a case that took so many ns; empty for none.</param>
sealed class KernelColumn(string name, string legend, bool isNumber, Func<KernelCase, double, string> value) : IColumn
{
    /// <summary>The columns of the suite, on a machine with these peaks.</summary>
    public static IReadOnlyList<KernelColumn> All(MachinePeaks peaks) =>
    [
        new("Kernel", "the kernel measured; of a layer, the one that takes most of its time", false, (c, _) => c.Kernel),
        new("Stored GMAC/s", "multiply-adds with the weight as it is stored", true, (c, ns) => Rate(c.StoredMultiplyAdds, ns)),
        new("Dense GMAC/s", "multiply-adds that a dense weight would take", true, (c, ns) => Rate(c.MultiplyAdds, ns)),
        new("GB/s", "the weight as stored, inputs and outputs, once each", true, (c, ns) => (c.Bytes / ns).ToString("F1", CultureInfo.InvariantCulture)),
        new("Of peak", "the machine's bound as a share of the time", true, (c, ns) => (c.Bound(peaks).Nanoseconds / ns).ToString("P0", CultureInfo.InvariantCulture)),
        new("Bound", "what that bound is: stored multiply-adds at the measured peak, or reading the bytes from the level of memory that holds them", false, (c, _) => c.Bound(peaks).IsReading ? "reading" : "arithmetic"),
    ];

    static string Rate(long multiplyAdds, double ns) => multiplyAdds > 0 ? (multiplyAdds / ns).ToString("F1", CultureInfo.InvariantCulture) : "";

    public string Id => $"Kernel.{name}";

    public string ColumnName => name;

    public string Legend => legend;

    public bool AlwaysShow => true;

    public ColumnCategory Category => ColumnCategory.Custom;

    public int PriorityInCategory => 0;

    public bool IsNumeric => isNumber;

    public UnitType UnitType => UnitType.Dimensionless;

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase) =>
        summary[benchmarkCase]?.ResultStatistics is { } times ? value((KernelCase)benchmarkCase.Parameters[nameof(KernelSuite.Case)], times.Min) : "";

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) => GetValue(summary, benchmarkCase);

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

    public bool IsAvailable(Summary summary) => true;
}
