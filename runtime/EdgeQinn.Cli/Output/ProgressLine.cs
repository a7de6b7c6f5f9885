using System.Diagnostics;

namespace EdgeQinn.Cli.Output;

/// <summary>One line about long work that overwrites itself a few times per second; gone when the work is done.</summary>
sealed class ProgressLine(TextWriter error) : IDisposable
{
    const double Seconds = 0.25;

    long _last = Stopwatch.GetTimestamp();
    int _shown;

    /// <summary>Shows <paramref name="text"/>, unless the last was shown just now.</summary>
    public void Show(string text)
    {
        if (Stopwatch.GetElapsedTime(_last).TotalSeconds < Seconds) return;
        _last = Stopwatch.GetTimestamp();
        error.Write($"\r{text.PadRight(_shown)}");
        error.Flush();
        _shown = text.Length;
    }

    public void Dispose()
    {
        if (_shown > 0) error.Write($"\r{new string(' ', _shown)}\r");
    }
}
