using EdgeQinn.Cli.CommandLine;
using EdgeQinn.Cli.Output;
using EdgeQinn.Cli.Verbs;
using EdgeQinn.Devices.Recordings;
using EdgeQinn.Devices.Sources;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Cli;

/// <summary>The program: finds the verb, runs it, and turns errors into one line and an exit code.</summary>
public static class EntryPoint
{
    const int Success = 0, WrongUsage = 2, BadInput = 3;

    static readonly Verb[] Verbs =
    [
        DemoVerb.Verb, RunVerb.Verb, EvaluateVerb.Verb, InspectVerb.Verb, VerifyVerb.Verb, BenchVerb.Verb, ProfileVerb.Verb, SelfTestVerb.Verb, KernelsVerb.Verb, DoctorVerb.Verb,
    ];

    /// <summary>Runs the command line <paramref name="arguments"/>.</summary>
    /// <returns>0 success, 1 a check failed, 2 wrong usage, 3 bad input.</returns>
    public static int Run(IReadOnlyList<string> arguments, TextWriter output, TextWriter error)
    {
        try
        {
            int code = Dispatch([.. arguments], output, error);
            output.Flush();
            return code;
        }
        catch (IOException e) when (DescriptorStream.IsReaderGone(e))
        {
            return Success; // as in «edgeqinn run … | head»
        }
        catch (Exception e) when (ExitCode(e) is { } code)
        {
            if (e is not IOException) output.Flush();
            error.WriteLine($"edgeqinn: {e.Message}{(e is DirectoryNotFoundException ? " Make the directory first (mkdir -p)." : "")}");
            return code;
        }
    }

    static int Dispatch(ReadOnlySpan<string> arguments, TextWriter output, TextWriter error)
    {
        if (arguments.IsEmpty)
        {
            HelpText.Write(error, Verbs);
            return WrongUsage;
        }
        switch (arguments[0])
        {
            case "--help" or "-h" or "help":
                HelpText.Write(output, Verbs);
                return Success;
            case "--version":
                output.WriteLine($"edgeqinn {ProgramVersion.Text}");
                return Success;
        }
        string name = arguments[0];
        var verb = Array.Find(Verbs, v => v.Name == name)
            ?? throw new UsageException($"verb '{name}' is unknown{NearestMatch.Suggest(name, Verbs.Select(v => v.Name))}\nedgeqinn --help lists the verbs");
        var invocation = Invocation.Parse(verb, arguments[1..], output, error);
        if (!invocation.Flag(Option.HelpFlag)) return verb.Run(invocation);
        HelpText.Write(output, verb);
        return Success;
    }

    static int? ExitCode(Exception e) => e switch
    {
        UsageException or SourceAddressException => WrongUsage,
        EdgeQinnException or RecordingException or IOException or UnauthorizedAccessException => BadInput,
        _ => null,
    };
}
