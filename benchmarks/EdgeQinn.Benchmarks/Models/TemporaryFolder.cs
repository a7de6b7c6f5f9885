namespace EdgeQinn.Benchmarks.Models;

/// <summary>A folder of its own that goes with it.</summary>
sealed class TemporaryFolder : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("edgeqinn-").FullName;

    public string Path(string name) => System.IO.Path.Combine(_folder, name);

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
