namespace EdgeQinn.Benchmarks.Models;

/// <summary>The checkout this program runs from.</summary>
static class Repository
{
    /// <summary>The folder that holds <c>EdgeQinn.sln</c>.</summary>
    public static string Root { get; } = Find();

    /// <summary>The models measured by default.</summary>
    public static string Models => Path.Combine(Root, "benchmarks", "models");

    /// <summary>Where results go by default.</summary>
    public static string Results => Path.Combine(Root, "benchmarks", "results");

    static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "EdgeQinn.sln"))) return folder.FullName;
        throw new DirectoryNotFoundException("this program is not in a checkout of EdgeQinn");
    }
}
