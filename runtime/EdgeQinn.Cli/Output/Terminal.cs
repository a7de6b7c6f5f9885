using System.Runtime.InteropServices;

namespace EdgeQinn.Cli.Output;

/// <summary>What standard output is connected to.</summary>
static unsafe class Terminal
{
    const int StandardOutput = 1;
    const ulong GetWindowSize = 0x5413; // TIOCGWINSZ on Linux

    struct WindowSize
    {
        public ushort Rows, Columns, WidthPixels, HeightPixels;
    }

    /// <summary>Whether it is a terminal that understands escape sequences.</summary>
    public static bool IsInteractive => OperatingSystem.IsLinux() && IsTerminal(StandardOutput) == 1
        && Environment.GetEnvironmentVariable("TERM") is { Length: > 0 } and not "dumb";

    /// <summary>Whether colours are welcome (no-color.org).</summary>
    public static bool HasColour => string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR"));

    /// <summary>Columns and rows; 80 × 24 where unknown.</summary>
    public static (int Columns, int Rows) Size
    {
        get
        {
            WindowSize size;
            return Control(StandardOutput, GetWindowSize, &size) == 0 && size.Columns > 0 && size.Rows > 0 ? (size.Columns, size.Rows) : (80, 24);
        }
    }

    [DllImport("libc", EntryPoint = "isatty")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    static extern int IsTerminal(int descriptor);

    [DllImport("libc", EntryPoint = "ioctl")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    static extern int Control(int descriptor, ulong request, WindowSize* size);
}
