using System.Globalization;
using EdgeQinn.Devices.Sources;

namespace EdgeQinn.Devices.Results;

/// <summary>Opens sinks from the strings users write.</summary>
public static class ResultSinks
{
    /// <summary>How to write them, for help texts.</summary>
    public const string Usage = "text|jsonl|csv[:-|FILE[?rotate=10MB&age=24h&keep=9&sync=5s|each|never]|unix:PATH|tcp:HOST:PORT]";

    /// <summary>Opens the sink a string describes.</summary>
    /// <param name="text">As <see cref="Usage"/> says.</param>
    /// <param name="standardOutput">The target that <c>-</c>, and the absence of a target, mean.</param>
    /// <exception cref="SourceAddressException">It describes none.</exception>
    /// <exception cref="IOException">The file cannot be opened.</exception>
    public static ResultSink Open(string text, Func<LineTarget> standardOutput)
    {
        int colon = text.IndexOf(':');
        string format = colon < 0 ? text : text[..colon], target = colon < 0 ? "-" : text[(colon + 1)..];
        return new(Format(text, format), target == "-" ? standardOutput() : Target(text, target));
    }

    static ResultFormat Format(string text, string name) => name switch
    {
        "text" => ResultFormat.Text,
        "jsonl" or "json" => ResultFormat.JsonLines,
        "csv" => ResultFormat.Csv,
        _ => throw Fail(text, $"the format '{name}' is unknown"),
    };

    static LineTarget Target(string text, string target)
    {
        if (target.StartsWith("unix:", StringComparison.Ordinal)) return SocketTarget.Unix(target[5..]);
        if (target.StartsWith("tcp:", StringComparison.Ordinal))
        {
            int last = target.LastIndexOf(':');
            if (last < 5 || !int.TryParse(target.AsSpan(last + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port) || port is < 1 or > 65535)
                throw Fail(text, "tcp: takes HOST:PORT");
            return SocketTarget.Tcp(target[4..last].Trim('[', ']'), port);
        }
        int question = target.LastIndexOf('?');
        string path = question < 0 ? target : target[..question];
        if (path.Length == 0) throw Fail(text, "the file's name is missing");
        long bytes = long.MaxValue;
        TimeSpan? age = null;
        int keep = 9;
        SyncPolicy sync = SyncPolicy.Usual;
        foreach (string option in question < 0 ? [] : target[(question + 1)..].Split('&'))
        {
            int equals = option.IndexOf('=');
            string value = option[(equals + 1)..];
            TimeSpan duration = default;
            bool valid = equals > 0 && option[..equals] switch
            {
                "rotate" => Quantity.TrySize(value, out bytes) && bytes > 0,
                "age" => Quantity.TryDuration(value, out duration) && duration > TimeSpan.Zero,
                "keep" => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out keep) && keep <= 10_000,
                "sync" => value is "each" or "never" || Quantity.TryDuration(value, out duration),
                _ => false,
            };
            if (!valid) throw Fail(text, $"'{option}' is no option of a file");
            if (option.StartsWith("age", StringComparison.Ordinal)) age = duration;
            if (option.StartsWith("sync", StringComparison.Ordinal))
                sync = value == "each" ? SyncPolicy.Each : value == "never" ? SyncPolicy.Never : new(duration);
        }
        return new RotatingFile(path, bytes, age, keep, sync);
    }

    static SourceAddressException Fail(string text, string problem) => new($"'{text}': {problem}; write {Usage}");
}
