using System.Diagnostics;
using Xunit;

namespace EdgeQinn.Cli.Tests;

/// <summary>The program as a process: what the tests in this process cannot see.</summary>
public sealed class ProcessTests
{
    [Fact]
    public void Exit_codes_and_streams_reach_the_shell()
    {
        using var files = new Files();
        Assert.Contains("passed", CommandLine.Start(["verify", files.Model]).Expect(0).Output);
        var missing = CommandLine.Start(["verify", files.Path("absent.eqn")]).Expect(3);
        Assert.Empty(missing.Output);
        Assert.Contains("absent.eqn", missing.Error);
        Assert.Contains("did you mean 'verify'", CommandLine.Start(["verfy"]).Expect(2).Error);
    }

    [Fact]
    public void The_environment_caps_the_instruction_set()
    {
        var json = CommandLine.Start(["kernels", "--json"], ("EDGEQINN_ISA", "scalar")).Expect(0).Json;
        Assert.All(json.GetProperty("families").EnumerateArray(), f => Assert.Equal("scalar", f.GetProperty("chosen").GetString()));
        Assert.Contains("mmx", CommandLine.Start(["kernels"], ("EDGEQINN_ISA", "mmx")).Expect(2).Error);
    }

    [Fact]
    public void An_interrupt_stops_cleanly_with_the_summary()
    {
        using var files = new Files();
        var info = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in (string[])[typeof(EntryPoint).Assembly.Location, "run", files.Model, "--source", "synthetic:ecg", "--speed", "20x"]) info.ArgumentList.Add(argument);
        using var process = Process.Start(info)!;
        Assert.NotNull(process.StandardOutput.ReadLine()); // it runs; the source never ends
        using (var kill = Process.Start("kill", ["-INT", $"{process.Id}"])) kill.WaitForExit();
        string error = process.StandardError.ReadToEnd();
        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(30)));
        Assert.Equal(0, process.ExitCode);
        Assert.Contains("results: N", error);
    }

    [Fact]
    public void Output_is_utf8_without_a_mark()
    {
        string text = CommandLine.Start(["demo", "--speed", "max", "--seconds", "5"]).Expect(0).Output;
        Assert.Contains("truth ↓", text);
        Assert.NotEqual('\uFEFF', text[0]);
    }
}
