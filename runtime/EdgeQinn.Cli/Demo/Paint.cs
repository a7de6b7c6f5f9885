using System.Text;

namespace EdgeQinn.Cli.Demo;

/// <summary>Terminal escape sequences (ECMA-48), left out where colours are not welcome.</summary>
sealed class Paint(bool colours)
{
    /// <summary>Clears the screen, hides the cursor and stops wrapping, on the screen programs use so that the shell's comes back afterwards.</summary>
    public const string Enter = "\e[?1049h\e[?25l\e[?7l\e[2J";

    /// <summary>Undoes <see cref="Enter"/>.</summary>
    public const string Leave = "\e[0m\e[?7h\e[?25h\e[?1049l";

    /// <summary>Starts and ends a frame that terminals show at once.</summary>
    public const string FrameStart = "\e[?2026h\e[H", FrameEnd = "\e[J\e[?2026l";

    /// <summary>Ends a line.</summary>
    public const string LineEnd = "\e[K\r\n";

    /// <summary>Colours by number in the 256-colour palette.</summary>
    public const int Green = 78, Amber = 214, Red = 203, Violet = 141, Grey = 244, Dim = 238, White = 255, Blue = 75;

    /// <summary>The colour of a class: green for the first, usual one.</summary>
    public static int OfLabel(int label) => label switch
    {
        0 => Green,
        1 => Amber,
        2 => Red,
        _ => Violet,
    };

    public void Set(StringBuilder text, int colour, bool inverse = false)
    {
        if (colours) text.Append(inverse ? "\e[7;38;5;" : "\e[0;38;5;").Append(colour).Append('m');
        else text.Append(inverse ? "\e[0;7m" : "\e[0m");
    }

    public void Write(StringBuilder text, int colour, string content)
    {
        Set(text, colour);
        text.Append(content);
    }
}
