using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using EdgeQinn.Devices.Sources;
using EdgeQinn.Devices.Sources.Synthetic;
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
        using (var kill = Process.Start("kill", ["-INT", $"{process.Id}", $"{process.Id}"])) kill.WaitForExit(); // twice, as timeout(1) does
        string error = process.StandardError.ReadToEnd();
        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(30)));
        Assert.Equal(0, process.ExitCode);
        Assert.Contains("results: N", error);
    }

    [Fact]
    public void A_service_tells_its_manager_reads_its_model_again_and_stops_with_everything_written()
    {
        using var files = new Files();
        string socket = files.Path("notify"), results = files.Path("results.jsonl"), status = files.Path("status.json");
        using var manager = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 60_000 };
        manager.Bind(new UnixDomainSocketEndPoint(socket));
        void Expect(string message)
        {
            byte[] bytes = new byte[4096];
            var watch = Stopwatch.StartNew();
            while (!Encoding.UTF8.GetString(bytes, 0, manager.Receive(bytes)).StartsWith(message, StringComparison.Ordinal))
                Assert.True(watch.Elapsed < TimeSpan.FromMinutes(1), $"no {message}");
        }

        // Whoever started the tests may ignore SIGHUP, as nohup does; a child inherits that, and rightly heeds it.
        var info = new ProcessStartInfo("env") { RedirectStandardError = true };
        info.Environment["NOTIFY_SOCKET"] = socket;
        info.Environment["WATCHDOG_USEC"] = "300000";
        foreach (string argument in (string[])["--default-signal=HUP", "dotnet", typeof(EntryPoint).Assembly.Location, "run", files.Model, "--source", "synthetic:ecg", "--speed", "20x", "--overload", "wait",
            "--output", $"jsonl:{results}", "--status-file", status]) info.ArgumentList.Add(argument);
        using var process = Process.Start(info)!;
        void Signal(string name)
        {
            using var kill = Process.Start("kill", [name, $"{process.Id}"]);
            kill.WaitForExit();
        }
        Expect("READY=1");
        Expect("WATCHDOG=1");
        Signal("-HUP");
        Expect("RELOADING=1\nMONOTONIC_USEC=");
        Expect("READY=1");
        Assert.True(SpinWait.SpinUntil(() => File.Exists(status) && File.ReadAllText(status).Contains("\"reloads\": 1"), 60_000));
        Signal("-TERM");
        Expect("STOPPING=1");
        string error = process.StandardError.ReadToEnd();
        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(30)));
        Assert.Equal(0, process.ExitCode);
        Assert.Contains("was read again", error);

        var lines = File.ReadAllLines(results).Select(l => JsonDocument.Parse(l).RootElement).ToList();
        Assert.Equal("reload", lines.Single(l => l.TryGetProperty("event", out _)).GetProperty("event").GetString());
        var numbers = lines.Where(l => l.TryGetProperty("number", out _)).Select(l => l.GetProperty("number").GetInt64()).ToList();
        Assert.Equal(Enumerable.Range(0, numbers.Count).Select(i => (long)i), numbers);
        var state = JsonDocument.Parse(File.ReadAllText(status)).RootElement;
        Assert.Equal(("stopped", numbers.Count), (state.GetProperty("state").GetString(), state.GetProperty("results").GetInt32()));
        Assert.Equal(0, state.GetProperty("signal").GetProperty("lostSamples").GetInt64());
    }

    [Fact]
    public void Samples_come_in_through_a_pipe()
    {
        using var files = new Files();
        var info = new ProcessStartInfo("dotnet") { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in (string[])[typeof(EntryPoint).Assembly.Location, "run", files.Model, "--source", "csv:-?rate=360&unit=mV", "--speed", "max", "--output", "csv"])
            info.ArgumentList.Add(argument);
        using var process = Process.Start(info)!;
        using (var source = new SyntheticEcg(new(Seconds: 20)))
        {
            var block = new SampleBlock(1, 360);
            while (source.Read(block))
                foreach (float v in block.Channel(0)) process.StandardInput.WriteLine(v.ToString(CultureInfo.InvariantCulture));
        }
        // Nobody writes any more, nobody has closed the pipe: it stops all the same.
        process.StandardInput.Flush();
        Assert.StartsWith("time,sample,label,N", process.StandardOutput.ReadLine());
        for (int i = 0; i < 10; i++) Assert.NotNull(process.StandardOutput.ReadLine());
        using (var kill = Process.Start("kill", ["-TERM", $"{process.Id}"])) kill.WaitForExit();
        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(60)));
        Assert.Equal(0, process.ExitCode);
        Assert.Contains("results: N", process.StandardError.ReadToEnd());
    }

    [Fact]
    public void An_outage_whose_reason_changes_is_told_anew()
    {
        using var files = new Files();
        var info = new ProcessStartInfo("dotnet") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in (string[])[typeof(EntryPoint).Assembly.Location, "run", files.Model, "--source", "ads1292r:sim?rate=500&faults=gone@1+0.5,identity@1+1"]) info.ArgumentList.Add(argument);
        using var process = Process.Start(info)!;
        var events = new List<string>();
        while (!events.Exists(e => e.Contains("! up: ")) && process.StandardOutput.ReadLine() is { } line) events.Add(line);
        using (var kill = Process.Start("kill", ["-INT", $"{process.Id}"])) kill.WaitForExit();
        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(30)));
        var reasons = events.Where(e => e.Contains("! down: ")).ToList();
        Assert.Contains(reasons, e => e.Contains("no edge"));
        Assert.Contains(reasons, e => e.Contains("its identity reads 0x53"));
        Assert.Contains(" 1 outages", process.StandardError.ReadToEnd());
    }

    [Fact]
    public void A_service_is_ready_before_anybody_writes_to_its_pipe()
    {
        if (!OperatingSystem.IsLinux()) return;
        using var files = new Files();
        string results = files.Path("results.jsonl"), status = files.Path("status.json"), socket = files.Path("notify");
        using var manager = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { ReceiveTimeout = 60_000 };
        manager.Bind(new UnixDomainSocketEndPoint(socket));
        var info = new ProcessStartInfo("dotnet") { RedirectStandardInput = true, RedirectStandardError = true };
        info.Environment["NOTIFY_SOCKET"] = socket;
        foreach (string argument in (string[])[typeof(EntryPoint).Assembly.Location, "run", files.Model, "--source", "csv:-?rate=360&unit=mV", "--speed", "max", "--stall", "300ms",
            "--output", $"jsonl:{results}", "--status-file", status]) info.ArgumentList.Add(argument);
        using var process = Process.Start(info)!;
        byte[] bytes = new byte[4096];
        Assert.Equal("READY=1", Encoding.UTF8.GetString(bytes, 0, manager.Receive(bytes)));
        Assert.Contains("waiting for the first line", Encoding.UTF8.GetString(bytes, 0, manager.Receive(bytes)));
        Assert.True(SpinWait.SpinUntil(() => File.Exists(status) && File.ReadAllText(status).Contains("\"waiting\""), 60_000));
        Assert.True(SpinWait.SpinUntil(() => File.ReadAllText(results).Contains("\"down\""), 60_000));

        using (var source = new SyntheticEcg(new(Seconds: 20)))
        {
            var block = new SampleBlock(1, 360);
            while (source.Read(block))
                foreach (float v in block.Channel(0)) process.StandardInput.WriteLine(v.ToString(CultureInfo.InvariantCulture));
        }
        process.StandardInput.Close();
        string error = process.StandardError.ReadToEnd();
        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(60)));
        Assert.Equal(0, process.ExitCode);
        Assert.Contains("as far as can be seen without a column of times", error);
        var lines = File.ReadAllLines(results).Select(l => JsonDocument.Parse(l).RootElement).ToList();
        Assert.Equal(["down", "up"], lines.Where(l => l.TryGetProperty("event", out _)).Select(l => l.GetProperty("event").GetString()!));
        Assert.True(lines.Count > 15);
    }

    [Fact]
    public void A_pipe_that_falls_silent_is_told_as_down_and_comes_back_by_itself()
    {
        using var files = new Files();
        string results = files.Path("results.jsonl"), status = files.Path("status.json");
        var info = new ProcessStartInfo("dotnet") { RedirectStandardInput = true, RedirectStandardError = true };
        foreach (string argument in (string[])[typeof(EntryPoint).Assembly.Location, "run", files.Model, "--source", "csv:-?rate=360&unit=mV", "--speed", "max", "--stall", "300ms",
            "--output", $"jsonl:{results}", "--status-file", status]) info.ArgumentList.Add(argument);
        using var process = Process.Start(info)!;
        var block = new SampleBlock(1, 360);
        using var source = new SyntheticEcg(new(Seconds: 40));
        void Write(int seconds)
        {
            for (int i = 0; i < seconds && source.Read(block); i++)
                foreach (float v in block.Channel(0)) process.StandardInput.WriteLine(v.ToString(CultureInfo.InvariantCulture));
            process.StandardInput.Flush();
        }
        void Await(Func<JsonElement, bool> signal) => Assert.True(SpinWait.SpinUntil(() =>
        {
            Thread.Sleep(20);
            return File.Exists(status) && signal(JsonDocument.Parse(File.ReadAllText(status)).RootElement.GetProperty("signal"));
        }, 60_000));

        Write(20);
        Await(s => s.GetProperty("status").GetString() == "down" && s.GetProperty("secondsSinceSample").GetDouble() > 1 && s.GetProperty("fault").GetString()!.Contains("nothing comes"));
        Write(20);
        process.StandardInput.Close();
        string error = process.StandardError.ReadToEnd();
        Assert.True(process.WaitForExit(TimeSpan.FromSeconds(60)));
        Assert.Equal(0, process.ExitCode);
        Assert.Contains("results: N", error);

        var lines = File.ReadAllLines(results).Select(l => JsonDocument.Parse(l).RootElement).ToList();
        List<string?> events = [.. lines.Where(l => l.TryGetProperty("event", out _)).Select(l => l.GetProperty("event").GetString())];
        Assert.Equal(["down", "up", "signal"], events.Take(3));
        int down = lines.FindIndex(l => l.TryGetProperty("event", out _)), last = lines.FindLastIndex(l => l.TryGetProperty("number", out _));
        Assert.True(down > 5 && last > down + 5, "results before and after the silence");
    }

    [Fact]
    public void Output_is_utf8_without_a_mark()
    {
        string text = CommandLine.Start(["demo", "--speed", "max", "--seconds", "5"]).Expect(0).Output;
        Assert.Contains("truth ↓", text);
        Assert.NotEqual('\uFEFF', text[0]);
    }
}
