using System.ComponentModel;
using System.Runtime.InteropServices;

namespace EdgeQinn.Benchmarks.Models;

/// <summary>Keeps the calling thread on one core, so that runs do not migrate; other threads of the process stay free.</summary>
static partial class ProcessorAffinity
{
    const int MaskWords = 16; // 1024 processors, as glibc's cpu_set_t

    /// <exception cref="Win32Exception">There is no such core, or the process may not use it.</exception>
    public static void Pin(int core)
    {
        Span<ulong> mask = stackalloc ulong[MaskWords];
        mask.Clear();
        mask[core / 64] = 1UL << (core % 64);
        if (SetAffinity(0, MaskWords * sizeof(ulong), mask) != 0)
            throw new Win32Exception(Marshal.GetLastPInvokeError(), $"cannot pin to core {core}");
    }

    [LibraryImport("libc", EntryPoint = "sched_setaffinity", SetLastError = true)]
    private static partial int SetAffinity(int thread, nuint bytes, ReadOnlySpan<ulong> mask);
}
