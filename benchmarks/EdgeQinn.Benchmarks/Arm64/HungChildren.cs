using System.Diagnostics;
using System.Globalization;

namespace EdgeQinn.Benchmarks.Arm64;

/// <summary>
/// Kills child processes that do not end: when a process is copied while another of its threads holds a lock of the emulator's (its plugin lock, in qemu before 8), the copy waits for
/// ever. It has printed nothing then, and the program starts another.
/// </summary>
sealed class HungChildren : IDisposable
{
    /// <summary>A child takes milliseconds, on a busy machine a second.</summary>
    static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);

    readonly Timer _timer;
    readonly int _parent;
    int[] _seen = [];

    /// <summary>Watches the children of a process's first thread.</summary>
    public HungChildren(int parent)
    {
        _parent = parent;
        _timer = new Timer(_ => KillOld(), null, _patience, _patience);
    }

    public void Dispose() => _timer.Dispose();

    /// <summary>Kills those that were there last time.</summary>
    void KillOld()
    {
        try
        {
            int[] now = [.. File.ReadAllText($"/proc/{_parent}/task/{_parent}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(c => int.Parse(c, CultureInfo.InvariantCulture))];
            foreach (int child in now.Intersect(_seen)) Process.GetProcessById(child).Kill();
            _seen = now;
        }
        catch (Exception e) when (e is IOException or ArgumentException or InvalidOperationException)
        {
            // It has ended meanwhile.
        }
    }
}
