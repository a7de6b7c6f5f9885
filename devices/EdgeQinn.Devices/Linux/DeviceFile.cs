using EdgeQinn.Devices.Buses;

namespace EdgeQinn.Devices.Linux;

/// <summary>An open device file whose errors say what to do.</summary>
sealed unsafe class DeviceFile : IDisposable
{
    readonly SystemCalls _kernel;
    readonly DeviceKind _kind;
    int _file;

    /// <exception cref="DeviceException">The file cannot be opened.</exception>
    public DeviceFile(string path, DeviceKind kind, int flags, SystemCalls kernel)
    {
        (Path, _kind, _kernel) = (path, kind, kernel);
        _file = kernel.Open(path, flags);
        if (_file < 0) throw kind.Exception(-_file, path, "open");
    }

    /// <summary>A file the kernel handed out through another one.</summary>
    public DeviceFile(string name, DeviceKind kind, SystemCalls kernel, int file) => (Path, _kind, _kernel, _file) = (name, kind, kernel, file);

    public string Path { get; }

    /// <summary>Runs an I/O control call.</summary>
    /// <exception cref="DeviceException">It failed.</exception>
    public int Control(uint request, void* argument, string doing)
    {
        int result = TryControl(request, argument);
        return result >= 0 ? result : throw Failure(-result, Path, doing);
    }

    /// <summary>Runs an I/O control call.</summary>
    /// <returns>Its result, or −errno: a hot path puts the message together only where there is an error.</returns>
    public int TryControl(uint request, void* argument) => _kernel.Control(_file, request, argument);

    /// <summary>The exception for an error number.</summary>
    public DeviceException Failure(int error, string device, string doing) => _kind.Exception(error, device, doing);

    /// <summary>Reads what is there.</summary>
    /// <returns>Bytes read; 0 at the end, −1 where a file that does not block has none yet.</returns>
    /// <exception cref="DeviceException">It failed.</exception>
    public int Read(Span<byte> bytes)
    {
        const int Again = 11;
        int result = _kernel.Read(_file, bytes);
        return result >= 0 ? result : result == -Again ? -1 : throw _kind.Exception(-result, Path, "read");
    }

    /// <summary>Waits until there is something to read.</summary>
    /// <exception cref="DeviceException">It failed.</exception>
    public bool WaitReadable(TimeSpan timeout)
    {
        int result = _kernel.WaitReadable(_file, timeout);
        return result >= 0 ? result > 0 : throw _kind.Exception(-result, Path, "wait for");
    }

    public void Dispose()
    {
        if (_file >= 0) _kernel.Close(_file);
        _file = -1;
    }
}
