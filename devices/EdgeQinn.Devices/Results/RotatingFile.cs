using EdgeQinn.Devices.Sources;

namespace EdgeQinn.Devices.Results;

/// <summary>When what was written is forced to the disk (fsync), so that it survives a power cut. The death of the process it survives anyway: every line is written at once.</summary>
/// <param name="Interval">At most so long after it was written; zero for each line, infinite for never.</param>
public readonly record struct SyncPolicy(TimeSpan Interval)
{
    /// <summary>Every five seconds: what a power cut may cost by default.</summary>
    public static SyncPolicy Usual { get; } = new(TimeSpan.FromSeconds(5));

    /// <summary>After each line.</summary>
    public static SyncPolicy Each { get; } = new(TimeSpan.Zero);

    /// <summary>Whenever the kernel sees fit.</summary>
    public static SyncPolicy Never { get; } = new(TimeSpan.MaxValue);
}

/// <summary>
/// A file that is appended to and set aside when it has become large or old: FILE becomes FILE.1, FILE.1 becomes FILE.2 and so on; the oldest is deleted.
/// A line cut off by a power failure is removed when the file is opened again. Where the disk is full, lines are dropped and counted until there is room.
/// </summary>
public sealed class RotatingFile : LineTarget
{
    readonly string _path;
    readonly long _mostBytes;
    readonly TimeSpan _mostAge;
    readonly int _keep;
    readonly SyncPolicy _sync;
    readonly MonotonicClock _clock;
    readonly Action _rotate, _synchronise; // made once
    FileStream? _file;
    TimeSpan _opened, _written;
    long _good; // bytes up to the end of the last whole line
    bool _unsynced;

    /// <param name="path">The file.</param>
    /// <param name="mostBytes">Size at which it is set aside.</param>
    /// <param name="mostAge">Age at which it is set aside.</param>
    /// <param name="keep">How many of the files set aside are kept.</param>
    /// <param name="sync">When the disk is made sure of; null for <see cref="SyncPolicy.Usual"/>.</param>
    /// <param name="clock">The clock to go by; the system's when null.</param>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    public RotatingFile(
        string path, long mostBytes = long.MaxValue, TimeSpan? mostAge = null, int keep = 9, SyncPolicy? sync = null, MonotonicClock? clock = null)
    {
        (_path, _mostBytes, _mostAge, _keep) = (path, mostBytes, mostAge ?? TimeSpan.MaxValue, keep);
        (_sync, _clock) = (sync ?? SyncPolicy.Usual, clock ?? MonotonicClock.System);
        (_rotate, _synchronise) = (Rotate, Sync);
        _file = Open();
    }

    /// <inheritdoc/>
    public override bool Begin()
    {
        if (_good == 0 || _good < _mostBytes && _clock.Now - _opened < _mostAge) return _good == 0;
        Try(_rotate);
        return _good == 0;
    }

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> lines)
    {
        try
        {
            _file ??= Open();
            if (_file.Position != _good) Rewind(_file); // the last write broke off
            _file.Write(lines);
            _good += lines.Length;
            Fault = null;
            if (!_unsynced) (_unsynced, _written) = (true, _clock.Now);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Dropped++;
            Fault = $"{_path}: {e.Message}";
        }
        Tick();
    }

    /// <inheritdoc/>
    public override void Tick()
    {
        if (!_unsynced || _clock.Now - _written < _sync.Interval) return;
        Try(_synchronise);
    }

    void Sync()
    {
        _unsynced = false;
        if (_sync.Interval != TimeSpan.MaxValue) _file?.Flush(flushToDisk: true);
    }

    void Try(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Fault = $"{_path}: {e.Message}"; // the next write tries again
        }
    }

    FileStream Open()
    {
        const int Invalid = 22; // EINVAL: what ftruncate answers for a device
        var file = new FileStream(_path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read | FileShare.Delete, bufferSize: 0);
        try
        {
            if (!file.CanSeek) throw NotRegular(null);
            _good = WholeLines(file);
            Rewind(file);
            _opened = _clock.Now;
            return file;
        }
        catch (IOException e)
        {
            file.Dispose();
            if (e.HResult == Invalid) throw NotRegular(e);
            throw;
        }
    }

    IOException NotRegular(IOException? cause) =>
        new($"{_path} is a device or a pipe, which cannot be appended to and set aside as a results file is; write to standard output instead (the target '-') and redirect it: > {_path}", cause);

    void Rewind(FileStream file)
    {
        file.SetLength(_good);
        file.Position = _good;
    }

    void Rotate()
    {
        Sync();
        _file?.Dispose();
        _file = null;
        if (_keep == 0) File.Delete(_path);
        else
        {
            for (int i = _keep - 1; i >= 1; i--)
                if (File.Exists($"{_path}.{i}")) File.Move($"{_path}.{i}", $"{_path}.{i + 1}", overwrite: true);
            File.Move(_path, _path + ".1", overwrite: true);
        }
        _file = Open();
    }

    /// <summary>Bytes up to and with the last line end.</summary>
    static long WholeLines(FileStream file)
    {
        Span<byte> bytes = stackalloc byte[4096];
        for (long end = file.Length; end > 0;)
        {
            int count = (int)Math.Min(bytes.Length, end);
            file.Position = end - count;
            file.ReadExactly(bytes[..count]);
            int at = bytes[..count].LastIndexOf((byte)'\n');
            if (at >= 0) return end - count + at + 1;
            end -= count;
        }
        return 0;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (_unsynced) Try(_synchronise);
        _file?.Dispose();
    }
}
