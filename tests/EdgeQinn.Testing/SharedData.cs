using Xunit;

namespace EdgeQinn.Testing;

/// <summary>Finds the folder <c>shared/</c> beside the checkout: recordings, reference models and conformance cases that are no part of the product.</summary>
public static class SharedData
{
    /// <summary>The folder's full path, or null where it is absent. <c>EDGEQINN_SHARED</c> overrides the search.</summary>
    public static string? Root { get; } = Find();

    /// <summary>A path inside the folder; for tests marked <see cref="SharedFactAttribute"/> or <see cref="SharedTheoryAttribute"/>.</summary>
    public static string Path(string relative) =>
        System.IO.Path.Combine(Root ?? throw new InvalidOperationException("shared/ is absent: mark the test [SharedFact]"), relative);

    internal const string SkipReason = "shared/ (recordings and reference models) is not beside this checkout";

    static string? Find()
    {
        if (Environment.GetEnvironmentVariable("EDGEQINN_SHARED") is { Length: > 0 } given) return Directory.Exists(given) ? given : null;
        for (var dir = new DirectoryInfo(AppContext.BaseDirectory); dir is not null; dir = dir.Parent)
        {
            string candidate = System.IO.Path.Combine(dir.FullName, "shared");
            if (File.Exists(System.IO.Path.Combine(candidate, "DESIGN.md"))) return candidate;
        }
        return null;
    }
}

/// <summary>A test that needs <see cref="SharedData"/>; skipped, saying so, where that is absent.</summary>
public sealed class SharedFactAttribute : FactAttribute
{
    public SharedFactAttribute() => Skip = SharedData.Root is null ? SharedData.SkipReason : null;
}

/// <summary>The <see cref="SharedFactAttribute"/> of theories.</summary>
public sealed class SharedTheoryAttribute : TheoryAttribute
{
    public SharedTheoryAttribute() => Skip = SharedData.Root is null ? SharedData.SkipReason : null;
}
