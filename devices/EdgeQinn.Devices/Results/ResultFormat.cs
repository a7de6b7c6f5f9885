using EdgeQinn.Devices.Sources;

namespace EdgeQinn.Devices.Results;

/// <summary>How results become lines.</summary>
public abstract class ResultFormat
{
    /// <summary>For people.</summary>
    public static ResultFormat Text { get; } = new TextFormat();

    /// <summary>A JSON object per line (jsonlines.org).</summary>
    public static ResultFormat JsonLines { get; } = new JsonLinesFormat();

    /// <summary>Comma-separated values with a line of names (RFC 4180); events are left out.</summary>
    public static ResultFormat Csv { get; } = new CsvFormat();

    /// <summary>The line a file begins with; nothing where there is none.</summary>
    public virtual void Header(LineBuffer line, StreamResult result) { }

    /// <summary>A result as a line, without its end.</summary>
    public abstract void Result(LineBuffer line, StreamResult result);

    /// <summary>An event as a line; nothing where the format has no place for it.</summary>
    public virtual void Event(LineBuffer line, in StreamEvent e) { }

    // In the order of their bits.
    static readonly string[] StatusNames = ["lead-off", "saturated", "stuck", "overrun", "down", "recovered", "filled"];

    /// <summary>The names of the flags that are set.</summary>
    public static string Name(SampleStatus status)
    {
        if (status == SampleStatus.None) return "good";
        var line = new LineBuffer();
        AddStatus(line, status, "+"u8, ""u8);
        return System.Text.Encoding.UTF8.GetString(line.Bytes);
    }

    /// <summary>Adds the names of the flags that are set.</summary>
    private protected static void AddStatus(LineBuffer line, SampleStatus status, ReadOnlySpan<byte> between, ReadOnlySpan<byte> quote)
    {
        bool first = true;
        for (int bit = 0; bit < StatusNames.Length; bit++)
        {
            if (((int)status >> bit & 1) == 0) continue;
            if (!first) line.Add(between);
            line.Add(quote).Add(StatusNames[bit]).Add(quote);
            first = false;
        }
    }
}

sealed class TextFormat : ResultFormat
{
    public override void Result(LineBuffer line, StreamResult r)
    {
        line.Add(r.Time.TotalSeconds, "0.000", 10).Add(" s  "u8).Add(r.Labels[r.Label]);
        ReadOnlySpan<float> scores = r.Scores.Span;
        if (r.IsScore) line.Add("  score "u8).Add(scores[0], "g4");
        else for (int i = 0; i < scores.Length; i++) line.Add("  "u8).Add(r.Labels[i]).Add(" "u8).Add(scores[i], "0.00");
        line.Add("  window +"u8).Add(r.Span.TotalSeconds, "0.000").Add(" s  latency "u8);
        AddTime(line, r.Latency);
        line.Add(" (network "u8);
        AddTime(line, r.Network);
        line.Add(")"u8);
        if (r.IsLate) line.Add("  late"u8);
        if (r.LostBefore > 0) line.Add("  "u8).Add(r.LostBefore).Add(" samples lost before"u8);
        if (r.Filled > 0) line.Add("  "u8).Add(r.Filled).Add(" values made up"u8);
        if (r.Status == SampleStatus.None) return;
        line.Add("  "u8);
        AddStatus(line, r.Status, " "u8, ""u8);
    }

    public override void Event(LineBuffer line, in StreamEvent e) =>
        line.Add(e.Time.TotalSeconds, "0.000", 10).Add(" s  ! "u8).Add(e.Kind).Add(": "u8).Add(e.Text);

    static void AddTime(LineBuffer line, long nanoseconds)
    {
        if (nanoseconds < 1_000_000) line.Add(nanoseconds / 1e3, "0.0").Add(" µs"u8);
        else line.Add(nanoseconds / 1e6, "0.00").Add(" ms"u8);
    }
}

sealed class JsonLinesFormat : ResultFormat
{
    public override void Result(LineBuffer line, StreamResult r)
    {
        line.Add("{\"time\":"u8).AddJson(r.Time.TotalSeconds, "G9").Add(",\"sample\":"u8).Add(r.Sample).Add(",\"label\":"u8).AddJson(r.Labels[r.Label]);
        ReadOnlySpan<float> scores = r.Scores.Span;
        if (r.IsScore) line.Add(",\"score\":"u8).AddJson(scores[0], "G6");
        else
        {
            line.Add(",\"probabilities\":{"u8);
            for (int i = 0; i < scores.Length; i++)
            {
                if (i > 0) line.Add(","u8);
                line.AddJson(r.Labels[i]).Add(":"u8).AddJson(scores[i], "G6");
            }
            line.Add("}"u8);
        }
        if (r.Truth >= 0) line.Add(",\"truth\":"u8).AddJson(r.Labels[r.Truth]);
        line.Add(",\"number\":"u8).Add(r.Number).Add(",\"first\":"u8).Add(r.First).Add(",\"last\":"u8).Add(r.Last);
        line.Add(",\"lostBefore\":"u8).Add(r.LostBefore).Add(",\"filled\":"u8).Add(r.Filled).Add(",\"status\":["u8);
        AddStatus(line, r.Status, ","u8, "\""u8);
        line.Add("],\"windowSeconds\":"u8).AddJson(r.Span.TotalSeconds, "G6");
        line.Add(",\"latencyMicroseconds\":"u8).AddJson(r.Latency / 1e3, "G6").Add(",\"networkMicroseconds\":"u8).AddJson(r.Network / 1e3, "G6");
        line.Add(r.IsLate ? ",\"late\":true}"u8 : ",\"late\":false}"u8);
    }

    public override void Event(LineBuffer line, in StreamEvent e) =>
        line.Add("{\"event\":"u8).AddJson(e.Kind).Add(",\"time\":"u8).AddJson(e.Time.TotalSeconds, "G9").Add(",\"sample\":"u8).Add(e.Sample)
            .Add(",\"count\":"u8).Add(e.Count).Add(",\"text\":"u8).AddJson(e.Text).Add("}"u8);
}

sealed class CsvFormat : ResultFormat
{
    public override void Header(LineBuffer line, StreamResult r)
    {
        line.Add("time,sample,label,"u8);
        if (r.IsScore) line.Add("score"u8);
        else
        {
            for (int i = 0; i < r.Labels.Count; i++)
            {
                if (i > 0) line.Add(","u8);
                line.AddCsv(r.Labels[i]);
            }
        }
        line.Add(",truth,number,first,last,lostBefore,filled,status,windowSeconds,latencyMicroseconds,networkMicroseconds,late"u8);
    }

    public override void Result(LineBuffer line, StreamResult r)
    {
        line.Add(r.Time.TotalSeconds, "G9").Add(","u8).Add(r.Sample).Add(","u8).AddCsv(r.Labels[r.Label]);
        foreach (float score in r.Scores.Span) line.Add(","u8).Add(score, "G6");
        line.Add(","u8);
        if (r.Truth >= 0) line.AddCsv(r.Labels[r.Truth]);
        line.Add(","u8).Add(r.Number).Add(","u8).Add(r.First).Add(","u8).Add(r.Last).Add(","u8).Add(r.LostBefore).Add(","u8).Add(r.Filled).Add(","u8);
        AddStatus(line, r.Status, "+"u8, ""u8);
        line.Add(","u8).Add(r.Span.TotalSeconds, "G6").Add(","u8).Add(r.Latency / 1e3, "G6").Add(","u8).Add(r.Network / 1e3, "G6").Add(r.IsLate ? ",1"u8 : ",0"u8);
    }
}
