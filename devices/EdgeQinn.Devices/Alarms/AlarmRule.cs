using System.Globalization;
using EdgeQinn.Devices.Sources;

namespace EdgeQinn.Devices.Alarms;

/// <summary>When an alarm goes on, and when off again.</summary>
public sealed record AlarmRule
{
    /// <summary>Labels that count; none for all but the first. Where results are scores, the score counts.</summary>
    public IReadOnlyList<string> Labels { get; init; } = [];

    /// <summary>The labels' probability (their sum), or the score, from which on it counts; null where the decision itself does.</summary>
    public double? On { get; init; }

    /// <summary>The probability or score below which it is over (hysteresis); null for that of <see cref="On"/>.</summary>
    public double? Off { get; init; }

    /// <summary>How long it must count without a break before the alarm goes on.</summary>
    public TimeSpan For { get; init; }

    /// <summary>How long the alarm stays on at the least.</summary>
    public TimeSpan Hold { get; init; }

    /// <summary>Whether it stays on until somebody resets it.</summary>
    public bool Latch { get; init; }

    /// <summary>Whether a signal that is down, saturated, stuck or without electrode counts, too.</summary>
    public bool OnFault { get; init; }

    /// <summary>How to write a rule, for help texts.</summary>
    public const string Usage = "when=LABEL+LABEL,on=0.9,off=0.6,for=2s,hold=5s,latch,fault";

    /// <summary>Reads a rule: any of the parts of <see cref="Usage"/>.</summary>
    /// <param name="text">The rule.</param>
    /// <param name="labels">The contract's labels, which those of the rule are checked against.</param>
    /// <exception cref="SourceAddressException">It is none.</exception>
    public static AlarmRule Parse(string text, IReadOnlyList<string> labels)
    {
        var rule = new AlarmRule();
        foreach (string part in text.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = part.IndexOf('=');
            string name = equals < 0 ? part : part[..equals], value = equals < 0 ? "" : part[(equals + 1)..];
            rule = name switch
            {
                "when" => rule with { Labels = CheckLabels(value.Split('+'), labels) },
                "on" => rule with { On = Number(part, value) },
                "off" => rule with { Off = Number(part, value) },
                "for" => rule with { For = Duration(part, value) },
                "hold" => rule with { Hold = Duration(part, value) },
                "latch" when equals < 0 => rule with { Latch = true },
                "fault" when equals < 0 => rule with { OnFault = true },
                _ => throw new SourceAddressException($"'{part}' is no part of a rule for alarms: write {Usage}"),
            };
        }
        if (rule.Off is not null && (rule.On is null || rule.Off > rule.On)) throw new SourceAddressException($"'{text}': off= needs an on= that is not below it");
        return rule;
    }

    static string[] CheckLabels(string[] wanted, IReadOnlyList<string> labels)
    {
        foreach (string label in wanted)
            if (!labels.Contains(label)) throw new SourceAddressException($"when={label}: the model has the labels {string.Join(", ", labels)}");
        return wanted;
    }

    static double Number(string part, string value) =>
        double.TryParse(value, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number)
            ? number : throw new SourceAddressException($"'{part}' takes a number");

    static TimeSpan Duration(string part, string value) =>
        Quantity.TryDuration(value, out TimeSpan duration) ? duration : throw new SourceAddressException($"'{part}' takes a duration such as 500ms or 2s");
}
