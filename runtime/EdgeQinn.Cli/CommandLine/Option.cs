namespace EdgeQinn.Cli.CommandLine;

/// <summary>An option of a verb.</summary>
/// <param name="Name">Such as <c>--source</c>.</param>
/// <param name="Value">The placeholder of its value in help texts; null for a switch.</param>
/// <param name="Help">What it does, in one line.</param>
/// <param name="Repeats">Whether it may be given several times, and several values after it at once.</param>
sealed record Option(string Name, string? Value, string Help, bool Repeats = false)
{
    /// <summary>Prints how to use the verb.</summary>
    public static readonly Option HelpFlag = new("--help", null, "print this text");

    /// <summary>Results as JSON, for every verb.</summary>
    public static readonly Option Json = new("--json", null, "print JSON instead of text");
}
