using System.ComponentModel;
using System.Runtime.InteropServices;

namespace EdgeQinn.Arm64Count;

/// <summary>Runs code in a copy of this process: alone, so that no other thread's instructions are among those counted.</summary>
static unsafe partial class Child
{
    const int Killed = 9;

    /// <summary>Runs <paramref name="action"/> in a child process and waits for its end. What it calls must be compiled already and allocate nothing.</summary>
    public static void Run(Action action)
    {
        int status;
        do
        {
            int child = Fork();
            if (child == 0)
            {
                action();
                Exit(0);
            }
            if (child < 0 || Wait(child, &status, 0) != child) throw new Win32Exception();
        }
        while (status == Killed); // by whoever watches: it hung
        if (status != 0) throw new InvalidOperationException($"the child process ended with {status}");
    }

    [LibraryImport("libc", EntryPoint = "fork", SetLastError = true)]
    private static partial int Fork();

    [LibraryImport("libc", EntryPoint = "waitpid", SetLastError = true)]
    private static partial int Wait(int process, int* status, int options);

    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void Exit(int status);
}
