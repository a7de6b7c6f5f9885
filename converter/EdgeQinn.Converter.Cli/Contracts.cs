using System.Reflection;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Cli;

/// <summary>Signal contracts: a file, or one of those that come with the converter by its short name.</summary>
static class Contracts
{
    const string Prefix = "contracts/";

    /// <summary>Short names of the ready contracts.</summary>
    public static IEnumerable<string> Ready => Assembly.GetExecutingAssembly().GetManifestResourceNames()
        .Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)).Select(n => Path.GetFileNameWithoutExtension(n[Prefix.Length..])).Order(StringComparer.Ordinal);

    /// <exception cref="EdgeQinnException">The contract is broken.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static SignalContract Load(string fileOrName)
    {
        try
        {
            return SignalContract.Parse(Read(fileOrName));
        }
        catch (EdgeQinnException e)
        {
            throw new GraphException($"{fileOrName}: {e.Message}", e);
        }
    }

    static byte[] Read(string fileOrName)
    {
        if (File.Exists(fileOrName)) return File.ReadAllBytes(fileOrName);
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"{Prefix}{fileOrName}.json")
            ?? throw new FileNotFoundException($"'{fileOrName}' is neither a file nor a ready contract ({string.Join(", ", Ready)})");
        using var copy = new MemoryStream();
        stream.CopyTo(copy);
        return copy.ToArray();
    }
}
