using System.CommandLine;
using EdgeQinn.OnnxRuntime;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Cli;

/// <summary>What all verbs share: exit codes, and how errors reach the user.</summary>
static class Cli
{
    public const int Success = 0, FailedCheck = 1, WrongUsage = 2, BadInput = 3;

    /// <summary>Parses and runs a command line.</summary>
    public static int Run(RootCommand root, string[] args)
    {
        var parsed = root.Parse(args);
        int code = parsed.Invoke();
        return parsed.Errors.Count > 0 ? WrongUsage : code;
    }

    /// <summary>Runs a verb; what the user can mend becomes one message and an exit code.</summary>
    public static int Guard(Func<int> verb)
    {
        try
        {
            return verb();
        }
        catch (UsageException e)
        {
            Console.Error.WriteLine($"error: {e.Message}");
            return WrongUsage;
        }
        catch (Exception e) when (e is EdgeQinnException or OrtException or IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"error: {e.Message}");
            return BadInput;
        }
    }
}

/// <summary>A command line that makes no sense.</summary>
sealed class UsageException(string message) : Exception(message);
