using System.Text.Json;

namespace EdgeQinn.Runtime.Format;

/// <summary>What a network over a stream computes.</summary>
public enum StreamMode
{
    /// <summary>Every hop the network's result on the window that ends there: the same as running it on that window alone.</summary>
    Windows,

    /// <summary>
    /// One network over the whole stream: zeros of padding stand before the stream's start only, recurrent layers carry their state on, and what needs the whole
    /// time axis sees the newest part of it, as long as it is in a window.
    /// </summary>
    Continuous,
}

/// <summary>How a network over windows runs over a stream; stored in the <c>.eqn</c> file as JSON (FORMAT.md lists the fields).</summary>
/// <param name="Mode">What it computes.</param>
/// <param name="Input">The input that the stream feeds.</param>
/// <param name="Axis">Its time axis.</param>
/// <param name="Hop">Samples from one result to the next.</param>
public sealed record StreamRule(StreamMode Mode, string Input, int Axis, int Hop)
{
    const int Version = 1, MaxSamples = 1 << 24;

    static readonly string[] Modes = ["windows", "continuous"];

    /// <summary>The mode as files and command lines have it.</summary>
    public string ModeName => Modes[(int)Mode];

    /// <summary>Reads a rule from UTF-8 JSON; unknown fields are refused by name.</summary>
    /// <exception cref="GraphException">The JSON is broken, or a field is missing, unknown or out of range.</exception>
    public static StreamRule Parse(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var fields = new JsonFields(document.RootElement, "");
            int version = fields.Int("version", 1);
            if (version != Version) throw fields.Fail("version", $"is {version}; this program reads version {Version}");
            var rule = new StreamRule((StreamMode)fields.Choice("mode", Modes), fields.Text("input"), fields.Int("axis", 0, TensorType.MaxRank - 1), fields.Int("hop", 1, MaxSamples));
            fields.Done();
            return rule;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw new GraphException($"the streaming rule is not valid JSON: {e.Message}", e);
        }
    }

    /// <summary>The rule as UTF-8 JSON.</summary>
    public byte[] ToJson()
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteNumber("version", Version);
            json.WriteString("mode", ModeName);
            json.WriteString("input", Input);
            json.WriteNumber("axis", Axis);
            json.WriteNumber("hop", Hop);
            json.WriteEndObject();
        }
        return stream.ToArray();
    }
}
