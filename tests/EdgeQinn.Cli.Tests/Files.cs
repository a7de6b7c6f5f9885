using EdgeQinn.Cli;

namespace EdgeQinn.Cli.Tests;

/// <summary>A temporary folder with a model in it.</summary>
public sealed class Files : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("edgeqinn-cli").FullName;

    public Files()
    {
        using var resource = typeof(EntryPoint).Assembly.GetManifestResourceStream("ecg-beat-gru.eqn")!;
        using var file = File.Create(Model);
        resource.CopyTo(file);
    }

    /// <summary>The network the program bundles, as a file.</summary>
    public string Model => Path("ecg.eqn");

    public string Path(string name) => System.IO.Path.Combine(_folder, name);

    public void Dispose() => Directory.Delete(_folder, true);
}
