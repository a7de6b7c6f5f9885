using System.Reflection;

namespace EdgeQinn.Cli;

/// <summary>The program's version, as the build gave it.</summary>
static class ProgramVersion
{
    public static string Text { get; } =
        typeof(ProgramVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
}
