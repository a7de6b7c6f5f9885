using System.Runtime.InteropServices;
using System.Text;

namespace EdgeQinn.Devices.Linux;

/// <summary>
/// A program started with posix_spawn, in a process group of its own, with standard input from /dev/null and standard output to our standard error.
/// System.Diagnostics.Process would bring threads and pipes along, and add a tenth to the board's binary.
/// </summary>
sealed unsafe partial class ChildProcess
{
    const int NoHang = 1, KillSignal = 9;
    const short SetGroup = 2, SetDefaultSignals = 4, SetSignalMask = 8;
    const int NullMode = 0; // O_RDONLY

    readonly int _id;

    ChildProcess(int id) => _id = id;

    /// <summary>Starts a program.</summary>
    /// <param name="arguments">Its path and arguments.</param>
    /// <param name="error">0, or the error number.</param>
    public static ChildProcess? Start(ReadOnlySpan<string> arguments, out int error)
    {
        // Opaque structures of the C library, with room to spare: 336, 80 and 128 bytes with glibc.
        ulong* attributes = stackalloc ulong[128], actions = stackalloc ulong[64], signals = stackalloc ulong[16];
        _ = posix_spawnattr_init(attributes);
        _ = posix_spawn_file_actions_init(actions);
        new Span<ulong>(signals, 16).Clear();
        _ = posix_spawnattr_setsigmask(attributes, signals);
        new Span<ulong>(signals, 16).Fill(ulong.MaxValue); // .NET ignores SIGPIPE; the child must not
        _ = posix_spawnattr_setsigdefault(attributes, signals);
        _ = posix_spawnattr_setpgroup(attributes, 0);
        _ = posix_spawnattr_setflags(attributes, SetGroup | SetDefaultSignals | SetSignalMask);
        _ = posix_spawn_file_actions_addopen(actions, 0, "/dev/null", NullMode, 0);
        _ = posix_spawn_file_actions_adddup2(actions, 2, 1);

        byte[] environment = File.ReadAllBytes("/proc/self/environ");
        byte[] texts = Encoding.UTF8.GetBytes(string.Join('\0', arguments.ToArray()) + '\0');
        int id = 0;
        fixed (byte* e = environment, t = texts)
        fixed (byte** argv = Pointers(t, texts.Length), envp = Pointers(e, environment.Length))
            error = posix_spawn(&id, *argv, actions, attributes, argv, envp);
        _ = posix_spawn_file_actions_destroy(actions);
        _ = posix_spawnattr_destroy(attributes);
        return error == 0 ? new(id) : null;
    }

    /// <summary>Pointers to texts that end with a zero each, and a null pointer behind them.</summary>
    static byte*[] Pointers(byte* texts, int length)
    {
        var span = new ReadOnlySpan<byte>(texts, length);
        byte*[] pointers = new byte*[span.Count((byte)0) + 1];
        int at = 0;
        for (int i = 0; i < pointers.Length - 1; i++)
        {
            pointers[i] = texts + at;
            at += span[at..].IndexOf((byte)0) + 1;
        }
        return pointers;
    }

    /// <summary>Whether it has ended.</summary>
    /// <param name="code">Its exit code; 128 and the signal's number where a signal ended it.</param>
    public bool TryWait(out int code)
    {
        int status = 0, result = waitpid(_id, &status, NoHang);
        code = result < 0 ? 0 : (status & 0x7F) == 0 ? status >> 8 & 0xFF : 128 + (status & 0x7F);
        return result != 0; // where somebody else has waited for it, it has ended, too
    }

    /// <summary>Kills it and what it started.</summary>
    public void Kill() => _ = kill(-_id, KillSignal);

    [LibraryImport("libc")]
    private static partial int posix_spawn(int* id, byte* path, void* actions, void* attributes, byte** arguments, byte** environment);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_init(void* attributes);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_destroy(void* attributes);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_setflags(void* attributes, short flags);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_setpgroup(void* attributes, int group);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_setsigdefault(void* attributes, void* signals);

    [LibraryImport("libc")]
    private static partial int posix_spawnattr_setsigmask(void* attributes, void* signals);

    [LibraryImport("libc")]
    private static partial int posix_spawn_file_actions_init(void* actions);

    [LibraryImport("libc")]
    private static partial int posix_spawn_file_actions_destroy(void* actions);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int posix_spawn_file_actions_addopen(void* actions, int file, string path, int flags, uint mode);

    [LibraryImport("libc")]
    private static partial int posix_spawn_file_actions_adddup2(void* actions, int file, int to);

    [LibraryImport("libc")]
    private static partial int waitpid(int id, int* status, int options);

    [LibraryImport("libc")]
    private static partial int kill(int id, int signal);
}
