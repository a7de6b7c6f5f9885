using System.Runtime.InteropServices;
using EdgeQinn.Devices.Linux;
using EdgeQinn.Devices.Sources;

namespace EdgeQinn.Devices.Results;

/// <summary>
/// Lines to whoever listens on a Unix or TCP socket. Never blocks: while nobody listens, or the listener reads too slowly, lines wait in a buffer of fixed size;
/// what does not fit is dropped and counted. Connects again by itself, first soon, then ever more rarely.
/// </summary>
public sealed class SocketTarget : LineTarget
{
    const int BufferBytes = 1 << 18;
    static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(100), LongestWait = TimeSpan.FromSeconds(10), Farewell = TimeSpan.FromSeconds(2);

    readonly string _name;
    readonly string? _path, _host;
    readonly string _port = "";
    readonly MonotonicClock _clock;
    readonly byte[] _waiting = new byte[BufferBytes];
    LinuxSocket? _socket;
    TimeSpan _retryAt, _wait = FirstWait;
    int _count;
    bool _connected, _fresh = true, _midLine;

    SocketTarget(string name, string? path, string? host, string port, MonotonicClock? clock)
    {
        if (!OperatingSystem.IsLinux()) throw new PlatformNotSupportedException("sockets as targets need Linux");
        (_name, _path, _host, _port, _clock) = (name, path, host, port, clock ?? MonotonicClock.System);
        Tick();
    }

    /// <summary>To the stream socket of a path; a leading @ means an abstract one.</summary>
    public static SocketTarget Unix(string path, MonotonicClock? clock = null) => new($"unix:{path}", path, null, "", clock);

    /// <summary>To a TCP port. The host's name is looked up at each attempt to connect, which takes as long as the resolver takes; a number takes none.</summary>
    public static SocketTarget Tcp(string host, int port, MonotonicClock? clock = null) =>
        new($"tcp:{host}:{port}", null, host, port.ToString(System.Globalization.CultureInfo.InvariantCulture), clock);

    /// <inheritdoc/>
    public override bool Begin() => _fresh;

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> lines)
    {
        if (_count + lines.Length > _waiting.Length)
        {
            Dropped++;
            Fault ??= $"{_name}: the listener reads too slowly";
        }
        else
        {
            lines.CopyTo(_waiting.AsSpan(_count));
            _count += lines.Length;
            _fresh = false;
        }
        Tick();
    }

    /// <inheritdoc/>
    public override void Tick()
    {
        if (_socket is null && !Connect()) return;
        if (!_connected)
        {
            int state = _socket!.CheckConnected();
            if (state < 0) Lose(-state);
            if (state <= 0) return;
            _connected = true;
            (_wait, Fault) = (FirstWait, null);
        }
        while (_count > 0)
        {
            int sent = _socket!.Send(_waiting.AsSpan(0, _count));
            if (sent == -LinuxSocket.TryAgain) return;
            if (sent < 0)
            {
                Lose(-sent);
                return;
            }
            _midLine = _waiting[sent - 1] != (byte)'\n';
            _count -= sent;
            _waiting.AsSpan(sent, _count).CopyTo(_waiting);
        }
    }

    bool Connect()
    {
        if (_clock.Now < _retryAt) return false;
        _socket = _path is not null ? LinuxSocket.ConnectUnix(_path, datagram: false, out int error) : LinuxSocket.ConnectTcp(_host!, _port, out error);
        if (_socket is null) Lose(error);
        return _socket is not null;
    }

    void Lose(int error)
    {
        Fault = $"{_name}: {Marshal.GetPInvokeErrorMessage(error)}";
        _socket?.Dispose();
        (_socket, _connected) = (null, false);
        _retryAt = _clock.Now + _wait;
        _wait = _wait * 2 < LongestWait ? _wait * 2 : LongestWait;
        if (!_midLine) return;
        // The next listener must not begin in the middle of a line.
        int end = _waiting.AsSpan(0, _count).IndexOf((byte)'\n') + 1;
        Dropped++;
        _count -= end;
        _waiting.AsSpan(end, _count).CopyTo(_waiting);
        _midLine = false;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        TimeSpan end = _clock.Now + Farewell;
        while (_count > 0 && _socket is not null && _clock.Now < end)
        {
            Tick();
            if (_count > 0) _clock.WaitUntil(_clock.Now + TimeSpan.FromMilliseconds(5));
        }
        _socket?.Dispose();
    }
}
