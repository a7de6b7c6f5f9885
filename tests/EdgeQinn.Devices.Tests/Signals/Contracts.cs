using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Devices.Tests.Signals;

static class Contracts
{
    /// <summary>A ready-made contract of the repository.</summary>
    public static SignalContract Load(string name)
    {
        for (var dir = new DirectoryInfo(AppContext.BaseDirectory); dir is not null; dir = dir.Parent)
        {
            string path = Path.Combine(dir.FullName, "converter", "contracts", name);
            if (File.Exists(path)) return SignalContract.Parse(File.ReadAllBytes(path));
        }
        throw new FileNotFoundException($"converter/contracts/{name} is not above {AppContext.BaseDirectory}");
    }
}
