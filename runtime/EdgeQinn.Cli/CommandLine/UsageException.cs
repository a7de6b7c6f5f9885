namespace EdgeQinn.Cli.CommandLine;

/// <summary>The program was called in a way it does not understand: exit code 2.</summary>
sealed class UsageException(string message) : Exception(message);
