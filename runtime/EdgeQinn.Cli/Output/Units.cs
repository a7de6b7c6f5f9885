namespace EdgeQinn.Cli.Output;

/// <summary>Quantities for people.</summary>
static class Units
{
    /// <summary>A duration given in ns.</summary>
    public static string Time(double nanoseconds) => nanoseconds switch
    {
        < 1e3 => $"{nanoseconds:0} ns",
        < 1e6 => $"{nanoseconds / 1e3:0.0} µs",
        < 1e9 => $"{nanoseconds / 1e6:0.00} ms",
        _ => $"{nanoseconds / 1e9:0.00} s",
    };

    /// <summary>A number of bytes.</summary>
    public static string Bytes(double bytes) => bytes switch
    {
        < 1e4 => $"{bytes:0} B",
        < 1e7 => $"{bytes / 1e3:0.0} kB",
        _ => $"{bytes / 1e6:0.0} MB",
    };

    /// <summary>A count, with thousands apart.</summary>
    public static string Count(long count) => count.ToString("#,0");
}
