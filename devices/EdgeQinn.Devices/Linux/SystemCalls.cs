using System.Runtime.InteropServices;

namespace EdgeQinn.Devices.Linux;

/// <summary>
/// The few system calls the transports need. Failures come back as −errno. Tests put another kernel in this one's place.
/// </summary>
unsafe partial class SystemCalls
{
    public const int ReadWrite = 2, ReadOnly = 0, NonBlocking = 0x800, CloseOnExec = 0x80000;
    const int Interrupted = 4, PollIn = 1;
    const int ClockMonotonic = 1, AbsoluteTime = 1;

    public static SystemCalls Kernel { get; } = new();

    public virtual int Open(string path, int flags) => Retry(() => open(path, flags | CloseOnExec));

    public virtual void Close(int file) => _ = close(file);

    /// <summary>Runs an I/O control call, again if a signal came in between.</summary>
    public virtual int Control(int file, uint request, void* argument)
    {
        while (true)
        {
            int result = ioctl(file, request, argument);
            if (result >= 0) return result;
            int error = Marshal.GetLastPInvokeError();
            if (error != Interrupted) return -error;
        }
    }

    public virtual int Read(int file, Span<byte> bytes)
    {
        fixed (byte* p = bytes)
        {
            while (true)
            {
                nint result = read(file, p, (nuint)bytes.Length);
                if (result >= 0) return (int)result;
                int error = Marshal.GetLastPInvokeError();
                if (error != Interrupted) return -error;
            }
        }
    }

    /// <summary>Waits until there is something to read.</summary>
    /// <returns>1 if there is, 0 if the time is up.</returns>
    public virtual int WaitReadable(int file, TimeSpan timeout)
    {
        PollFile f = new() { File = file, Events = PollIn };
        int result = poll(&f, 1, (int)Math.Clamp(Math.Ceiling(timeout.TotalMilliseconds), 0, int.MaxValue));
        if (result >= 0) return result;
        int error = Marshal.GetLastPInvokeError();
        return error == Interrupted ? 0 : -error;
    }

    /// <summary>Sleeps until a moment of CLOCK_MONOTONIC; signals do not shorten it.</summary>
    public static void SleepUntil(TimeSpan time)
    {
        TimeSpec t = new() { Seconds = (nint)(time.Ticks / TimeSpan.TicksPerSecond), Nanoseconds = (nint)(time.Ticks % TimeSpan.TicksPerSecond * 100) };
        while (clock_nanosleep(ClockMonotonic, AbsoluteTime, &t, null) == Interrupted) { }
    }

    static int Retry(Func<int> call)
    {
        while (true)
        {
            int result = call();
            if (result >= 0) return result;
            int error = Marshal.GetLastPInvokeError();
            if (error != Interrupted) return -error;
        }
    }

    struct PollFile
    {
        public int File;
        public short Events, Returned;
    }

    struct TimeSpec
    {
        public nint Seconds, Nanoseconds;
    }

    [LibraryImport("libc", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int open(string path, int flags);

    [LibraryImport("libc")]
    private static partial int close(int file);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int ioctl(int file, nuint request, void* argument);

    [LibraryImport("libc", SetLastError = true)]
    private static partial nint read(int file, void* bytes, nuint count);

    [LibraryImport("libc", SetLastError = true)]
    private static partial int poll(PollFile* files, nuint count, int milliseconds);

    [LibraryImport("libc")]
    private static partial int clock_nanosleep(int clock, int flags, TimeSpec* request, TimeSpec* remain);
}
