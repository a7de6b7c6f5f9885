namespace EdgeQinn.Cli;

/// <summary>The program's version, as the build gave it.</summary>
static partial class ProgramVersion
{
    public static string Text => Version; // written by the project file: reading the assembly's attribute costs 0.3 MB of reflection in the binary
}
