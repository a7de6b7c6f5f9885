using EdgeQinn.Cli.Output;
using EdgeQinn.Devices.Sources;

namespace EdgeQinn.Cli.Streams;

/// <summary>A file that always holds the whole latest state of a running stream as JSON: written beside, then put in its place in one step.</summary>
sealed class StatusFile(string path, TimeSpan interval, string model, string source, TextWriter error)
{
    readonly TimeSpan _started = MonotonicClock.System.Now;
    TimeSpan _next;
    string? _told;

    /// <summary>Writes it where it is due; without a report while the source is not there yet.</summary>
    public void Tick(StreamReport? report, string state = "running")
    {
        var now = MonotonicClock.System.Now;
        if (now < _next && state != "stopped") return;
        _next = now + interval;
        try
        {
            using (var writer = new StreamWriter(path + ".new"))
            {
                JsonOutput.Write(writer, true, json =>
                {
                    json.WriteString("state", state);
                    json.WriteString("version", ProgramVersion.Text);
                    json.WriteNumber("process", Environment.ProcessId);
                    json.WriteString("model", model);
                    json.WriteString("source", source);
                    json.WriteString("written", DateTime.UtcNow);
                    json.WriteRounded("uptimeSeconds", (now - _started).TotalSeconds);
                    report?.WriteJson(json);
                });
            }
            File.Move(path + ".new", path, overwrite: true);
            _told = null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (_told != e.Message) error.WriteLine($"edgeqinn: status file {path}: {e.Message}"); // no reason to stop
            _told = e.Message;
        }
    }
}
