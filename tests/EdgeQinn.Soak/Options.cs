using System.Globalization;

namespace EdgeQinn.Soak;

/// <summary>The command line.</summary>
sealed record Options(string Binary, string? Ecg, string? Vibration, double Minutes)
{
    public const string Usage = """
        usage: EdgeQinn.Soak BINARY [--ecg MODEL.eqn] [--vibration MODEL.eqn] [--minutes M | --hours H]
        Runs the published edgeqinn over synthetic signals with injected faults, as fast as it goes, and checks each result.
        """;

    /// <summary>Null where the command line cannot be understood.</summary>
    public static Options? Parse(string[] arguments)
    {
        var options = new Options("", null, null, 60);
        for (int i = 0; i < arguments.Length; i++)
        {
            string name = arguments[i];
            if (!name.StartsWith("--", StringComparison.Ordinal))
            {
                options = options with { Binary = name };
                continue;
            }
            if (++i == arguments.Length) return null;
            switch (name)
            {
                case "--ecg": options = options with { Ecg = arguments[i] }; break;
                case "--vibration": options = options with { Vibration = arguments[i] }; break;
                case "--minutes" or "--hours" when double.TryParse(arguments[i], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double time):
                    options = options with { Minutes = name == "--hours" ? time * 60 : time };
                    break;
                default: return null;
            }
        }
        return options.Binary.Length > 0 && (options.Ecg ?? options.Vibration) is not null ? options : null;
    }
}
