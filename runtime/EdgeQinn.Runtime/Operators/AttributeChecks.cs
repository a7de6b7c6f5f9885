using System.Collections.Immutable;

namespace EdgeQinn.Runtime.Operators;

/// <summary>Reading attributes that must be there, or must have one entry per axis.</summary>
static class AttributeChecks
{
    /// <summary>The list of integers <paramref name="name"/>, which must be given.</summary>
    public static ImmutableArray<int> RequireInts(this OperatorCall call, string name)
    {
        var values = call.Attributes.Ints(name);
        return values.IsDefault ? throw call.Fail($"attribute '{name}' is missing") : values;
    }

    /// <summary>The list of <paramref name="count"/> integers <paramref name="name"/>, which must be given.</summary>
    public static ImmutableArray<int> RequireInts(this OperatorCall call, string name, int count)
    {
        var values = call.RequireInts(name);
        return values.Length == count ? values : throw call.Fail($"attribute '{name}' has {values.Length} entries, expected {count}");
    }

    /// <summary>The list of <paramref name="count"/> integers <paramref name="name"/>, all <paramref name="otherwise"/> where absent.</summary>
    public static ImmutableArray<int> IntsOr(this OperatorCall call, string name, int count, int otherwise) =>
        call.Attributes.Has(name) ? call.RequireInts(name, count) : [.. Enumerable.Repeat(otherwise, count)];

    /// <summary>The integer <paramref name="name"/>, which must be given.</summary>
    public static int RequireInt(this OperatorCall call, string name) =>
        call.Attributes.Has(name) ? call.Attributes.Int(name) : throw call.Fail($"attribute '{name}' is missing");

    /// <summary>The attribute <c>axis</c> resolved against <paramref name="rank"/>.</summary>
    public static int AxisOr(this OperatorCall call, int otherwise, int rank) => call.Axis(call.Attributes.Int("axis", otherwise), rank);

    /// <summary>The attribute <paramref name="name"/> resolved against <paramref name="rank"/> and sorted, without repeats; all axes where absent.</summary>
    public static ImmutableArray<int> Axes(this OperatorCall call, string name, int rank)
    {
        var axes = call.Attributes.Ints(name);
        if (axes.IsDefault) return [.. Enumerable.Range(0, rank)];
        ImmutableArray<int> resolved = [.. axes.Select(a => call.Axis(a, rank)).Order()];
        if (resolved.Distinct().Count() != resolved.Length) throw call.Fail($"attribute '{name}' [{string.Join(',', axes)}] names an axis twice");
        return resolved;
    }

    /// <summary>The integer <paramref name="name"/>, 0 or 1.</summary>
    public static bool Flag(this OperatorCall call, string name, bool otherwise = false) => call.Attributes.Int(name, otherwise ? 1 : 0) switch
    {
        0 => false,
        1 => true,
        int other => throw call.Fail($"attribute '{name}' is {other}, expected 0 or 1"),
    };

    /// <summary>The text <paramref name="name"/>, one of <paramref name="choices"/>, of which the first is the default.</summary>
    public static string Choice(this OperatorCall call, string name, params ReadOnlySpan<string> choices)
    {
        string value = call.Attributes.Text(name, choices[0]);
        return choices.Contains(value) ? value : throw call.Fail($"attribute '{name}' is '{value}', expected one of {string.Join(", ", choices!)}");
    }
}
