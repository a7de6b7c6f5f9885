using System.Runtime.InteropServices;
using System.Text;

namespace EdgeQinn.Devices.Linux;

/// <summary>
/// A client's socket that never blocks, straight on the system calls: System.Net.Sockets would add a tenth to the board's binary.
/// Failures come back as −errno.
/// </summary>
sealed unsafe partial class LinuxSocket : IDisposable
{
    public const int InProgress = 115, TryAgain = 11;
    const int Unix = 1, Stream = 1, Datagram = 2, NonBlocking = 0x800, CloseOnExec = 0x80000;
    const int NoSignal = 0x4000, DontWait = 0x40, SocketLevel = 1, ErrorOption = 4;
    const short PollOut = 4;

    int _file;

    LinuxSocket(int file) => _file = file;

    /// <summary>Connects to the socket of a path; a leading @ means the abstract name space (unix(7)).</summary>
    /// <param name="path">At most 107 bytes.</param>
    /// <param name="datagram">Messages instead of a stream.</param>
    /// <param name="error">0, or the error number.</param>
    public static LinuxSocket? ConnectUnix(string path, bool datagram, out int error)
    {
        const int NameTooLong = 36;
        Span<byte> address = stackalloc byte[2 + 108];
        address.Clear();
        BitConverter.TryWriteBytes(address, (ushort)Unix);
        int length = Encoding.UTF8.GetByteCount(path);
        if (length is 0 or > 107)
        {
            error = NameTooLong;
            return null;
        }
        Encoding.UTF8.GetBytes(path, address[2..]);
        bool isAbstract = path[0] == '@';
        if (isAbstract) address[2] = 0;
        // An abstract name is as long as it is said to be; a path ends with a zero.
        return Connect(Unix, datagram ? Datagram : Stream, 0, address[..(2 + length + (isAbstract ? 0 : 1))], out error);
    }

    /// <summary>Begins to connect to a host; the addresses it has are tried for one that the kernel accepts.</summary>
    /// <param name="host">Name or number.</param>
    /// <param name="port">Number or name of the port.</param>
    /// <param name="error">0, or the error number.</param>
    public static LinuxSocket? ConnectTcp(string host, string port, out int error)
    {
        const int NoRoute = 113;
        AddressInfo hints = new() { Type = Stream };
        error = NoRoute;
        if (getaddrinfo(host, port, &hints, out AddressInfo* list) != 0) return null;
        LinuxSocket? socket = null;
        for (AddressInfo* a = list; a is not null && socket is null; a = a->Next)
            socket = Connect(a->Family, a->Type, a->Protocol, new(a->Address, (int)a->AddressLength), out error);
        freeaddrinfo(list);
        return socket;
    }

    static LinuxSocket? Connect(int family, int type, int protocol, ReadOnlySpan<byte> address, out int error)
    {
        int file = socket(family, type | NonBlocking | CloseOnExec, protocol);
        error = file < 0 ? Marshal.GetLastPInvokeError() : 0;
        if (file < 0) return null;
        fixed (byte* a = address)
        {
            if (connect(file, a, (uint)address.Length) < 0) error = Marshal.GetLastPInvokeError();
        }
        if (error is 0 or InProgress)
        {
            error = 0;
            return new(file);
        }
        _ = close(file);
        return null;
    }

    /// <summary>Whether the connection stands.</summary>
    /// <returns>1 if so, 0 if it is not decided yet, −errno if it failed.</returns>
    public int CheckConnected()
    {
        PollFile f = new() { File = _file, Events = PollOut };
        if (poll(&f, 1, 0) <= 0) return 0;
        int error = 0;
        uint length = sizeof(int);
        if (getsockopt(_file, SocketLevel, ErrorOption, &error, &length) < 0) error = Marshal.GetLastPInvokeError();
        return error == 0 ? 1 : -error;
    }

    /// <summary>Hands bytes to the kernel, as many as it takes.</summary>
    /// <returns>How many, or −errno.</returns>
    public int Send(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* p = bytes)
        {
            nint sent = send(_file, p, (nuint)bytes.Length, NoSignal | DontWait);
            return sent >= 0 ? (int)sent : -Marshal.GetLastPInvokeError();
        }
    }

    public void Dispose()
    {
        if (_file >= 0) _ = close(_file);
        _file = -1;
    }

    struct PollFile
    {
        public int File;
        public short Events, Returned;
    }

    [StructLayout(LayoutKind.Sequential)]
    struct AddressInfo // struct addrinfo
    {
        public int Flags, Family, Type, Protocol;
        public uint AddressLength;
        public byte* Address;
        public byte* CanonicalName;
        public AddressInfo* Next;
    }

    [LibraryImport("libc", SetLastError = true)]
    private static partial int socket(int family, int type, int protocol);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int connect(int file, byte* address, uint length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint send(int file, byte* bytes, nuint count, int flags);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int getsockopt(int file, int level, int option, void* value, uint* length);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int poll(PollFile* files, nuint count, int milliseconds);

    [LibraryImport("libc")]
    private static partial int close(int file);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int getaddrinfo(string host, string port, AddressInfo* hints, out AddressInfo* list);

    [LibraryImport("libc")]
    private static partial void freeaddrinfo(AddressInfo* list);
}
