using EdgeQinn.Cli.CommandLine;
using EdgeQinn.Runtime.Kernels;

namespace EdgeQinn.Cli.Verbs;

/// <summary>The instruction sets to use.</summary>
static class IsaChoice
{
    /// <summary>Best first.</summary>
    /// <exception cref="UsageException">The environment variable asks for what this CPU lacks.</exception>
    public static IReadOnlyList<Isa> Allowed()
    {
        try
        {
            return Cpu.Allowed();
        }
        catch (ArgumentException e)
        {
            throw new UsageException(e.Message);
        }
    }

    public static string Name(Isa isa) => isa.ToString().ToLowerInvariant();
}
