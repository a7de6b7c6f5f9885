using System.Diagnostics;
using System.Text.Json;
using EdgeQinn.Cli;
using Xunit;

namespace EdgeQinn.Cli.Tests;

/// <summary>What a command line did.</summary>
sealed record Outcome(int Code, string Output, string Error)
{
    public Outcome Expect(int code)
    {
        Assert.True(Code == code, $"exit code {Code}, expected {code}\n{Output}\n{Error}");
        return this;
    }

    /// <summary>The output as one JSON object.</summary>
    public JsonElement Json => JsonDocument.Parse(Output).RootElement;

    /// <summary>The output as one JSON object per line.</summary>
    public JsonElement[] JsonLines => [.. Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
}

static class CommandLine
{
    /// <summary>Runs the program in this process.</summary>
    public static Outcome Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        int code = EntryPoint.Run(arguments, output, error);
        return new Outcome(code, output.ToString(), error.ToString());
    }

    /// <summary>Runs the program as a process of its own.</summary>
    public static Outcome Start(string[] arguments, params (string Name, string Value)[] environment) =>
        Start(typeof(EntryPoint).Assembly.Location, arguments, environment);

    /// <summary>Runs the converter.</summary>
    public static Outcome Convert(params string[] arguments) => Start(Path.Combine(AppContext.BaseDirectory, "edgeqinn-convert.dll"), arguments, []);

    static Outcome Start(string assembly, string[] arguments, (string Name, string Value)[] environment)
    {
        var info = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        info.ArgumentList.Add(assembly);
        foreach (string argument in arguments) info.ArgumentList.Add(argument);
        foreach (var (name, value) in environment) info.Environment[name] = value;
        using var process = Process.Start(info)!;
        var error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return new Outcome(process.ExitCode, output, error.Result);
    }
}
