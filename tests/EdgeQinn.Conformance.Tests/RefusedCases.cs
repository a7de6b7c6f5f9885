namespace EdgeQinn.Conformance.Tests;

/// <summary>
/// The cases that are refused on purpose or not supported yet, with words of the refusal. The tests assert that each is really refused,
/// so this table shrinks as support grows.
/// </summary>
static class RefusedCases
{
    static readonly Dictionary<string, string> Reasons = new(StringComparer.Ordinal)
    {
    };

    /// <summary>The names of the refused cases.</summary>
    public static IEnumerable<string> Names => Reasons.Keys;

    /// <summary>Why the case is refused; null where it is supported.</summary>
    public static string? ReasonFor(string name) => Reasons.GetValueOrDefault(Path.GetFileName(name));
}
