using System.Collections.Immutable;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Diagnostics.Timing;

public sealed partial class LayerTimes
{
    const string FormatName = "edgeqinn-kernel-table";
    const int Version = 1;
    const double Most = 1e15;

    /// <summary>The quantities of a format that are interpolated; its other parameters come in kinds.</summary>
    static readonly string[] FormatSizes = ["density", "rank", "bond", "groups"];

    /// <summary>Reads a table.</summary>
    /// <exception cref="EdgeQinnException">It is none, or of another version.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static LayerTimes Load(string path) => Parse(File.ReadAllBytes(path), path);

    /// <summary>Reads a table held in memory; <paramref name="name"/> stands for it in messages.</summary>
    /// <exception cref="EdgeQinnException">It is none, or of another version.</exception>
    public static LayerTimes Parse(ReadOnlyMemory<byte> json, string name)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return Read(new JsonFields(document.RootElement, "table"));
        }
        catch (Exception e) when (e is JsonException or GraphException or InvalidOperationException)
        {
            throw new EdgeQinnException($"{name}: no kernel table: {e.Message}", e);
        }
    }

    /// <summary>Writes the table as JSON, one line per entry.</summary>
    public void Write(Stream output)
    {
        WriteObject(output, json =>
        {
            json.WriteString("format", FormatName);
            json.WriteNumber("version", Version);
            json.WriteString("processor", Processor);
            json.WriteString("isa", Isa);
            json.WriteString("date", Date);
            json.WriteString("runtime", RuntimeVersion);
            json.WriteStartObject("peaks");
            json.WriteNumber("floatMultiplyAddsPerNanosecond", Rounded(Peaks.FloatMultiplyAdds));
            json.WriteNumber("int8MultiplyAddsPerNanosecond", Rounded(Peaks.Int8MultiplyAdds));
            json.WriteStartArray("reads");
            foreach (var read in Peaks.Reads)
            {
                json.WriteStartObject();
                json.WriteString("level", read.Level);
                json.WriteNumber("bytes", read.Bytes);
                json.WriteNumber("bytesPerNanosecond", Rounded(read.GigabytesPerSecond));
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
            WriteLines(json, "entries", Entries);
            WriteLines(json, "checks", Checks);
        });
        output.Write("\n"u8);
    }

    static void WriteLines(Utf8JsonWriter json, string name, IReadOnlyList<LayerTime> times)
    {
        using var lines = new MemoryStream();
        lines.Write("["u8);
        for (int i = 0; i < times.Count; i++)
        {
            lines.Write(i == 0 ? "\n"u8 : ",\n"u8);
            WriteObject(lines, entry => Write(entry, times[i].Layer, times[i].Microseconds));
        }
        lines.Write("\n]"u8);
        json.WritePropertyName(name);
        json.WriteRawValue(lines.GetBuffer().AsSpan(0, (int)lines.Length), skipInputValidation: true);
    }

    static void WriteObject(Stream output, Action<Utf8JsonWriter> members)
    {
        using var json = new Utf8JsonWriter(output, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        json.WriteStartObject();
        members(json);
        json.WriteEndObject();
    }

    static void Write(Utf8JsonWriter entry, TimedLayer layer, double microseconds)
    {
        entry.WriteString("operator", layer.Operator);
        entry.WriteString("format", layer.Format);
        entry.WriteStartObject("parameters");
        foreach (var (kind, value) in layer.Kinds) entry.WriteString(kind, value);
        foreach (var size in layer.Sizes.Where(s => FormatSizes.Contains(s.Name))) entry.WriteNumber(size.Name, Rounded(size.Value));
        entry.WriteEndObject();
        entry.WriteStartObject("shape");
        foreach (var size in layer.Sizes.Where(s => !FormatSizes.Contains(s.Name))) entry.WriteNumber(size.Name, Rounded(size.Value));
        entry.WriteEndObject();
        entry.WriteNumber("multiplyAdds", layer.MultiplyAdds);
        entry.WriteNumber("bytes", layer.Bytes);
        entry.WriteNumber("microseconds", Rounded(microseconds));
    }

    static double Rounded(double value) => double.Parse(value.ToString("G5", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);

    static LayerTimes Read(JsonFields table)
    {
        if (table.Text("format") is var format && format != FormatName) throw table.Fail("format", $"is '{format}', expected '{FormatName}'");
        if (table.Int("version", 0) is var version && version != Version) throw table.Fail("version", $"is {version}, this program reads {Version}");
        var times = new LayerTimes(table.List("entries", ReadEntry))
        {
            Processor = table.Text("processor"),
            Isa = table.Text("isa"),
            Date = table.Text("date"),
            RuntimeVersion = table.Text("runtime"),
            Peaks = ReadPeaks(table.Object("peaks")),
            Checks = table.List("checks", ReadEntry),
        };
        table.Done();
        return times;
    }

    static MachinePeaks ReadPeaks(JsonFields peaks)
    {
        var machine = new MachinePeaks(peaks.Number("floatMultiplyAddsPerNanosecond", 0, Most), peaks.Number("int8MultiplyAddsPerNanosecond", 0, Most), peaks.List("reads", (element, path) =>
        {
            var read = new JsonFields(element, path);
            return new ReadSpeed(read.Text("level"), (long)read.Number("bytes", 1, Most), read.Number("bytesPerNanosecond", 0, Most));
        }));
        peaks.Done();
        return machine;
    }

    static LayerTime ReadEntry(JsonElement element, string path)
    {
        var entry = new JsonFields(element, path);
        var kinds = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        var sizes = new List<LayerSize>();
        ReadSizes(element, path, "shape", sizes, null);
        ReadSizes(element, path, "parameters", sizes, kinds);
        entry.Object("shape");
        entry.Object("parameters");
        var layer = new TimedLayer
        {
            Operator = entry.Text("operator"),
            Format = entry.Text("format"),
            Kinds = kinds.ToImmutable(),
            Sizes = [.. sizes],
            MultiplyAdds = (long)entry.Number("multiplyAdds", 1, Most),
            Bytes = (long)entry.Number("bytes", 0, Most),
        };
        var time = new LayerTime(layer, entry.Number("microseconds", 1e-6, Most));
        entry.Done();
        return time;
    }

    /// <summary>Numbers are sizes, in the order of the file; texts are kinds, where there may be any.</summary>
    static void ReadSizes(JsonElement entry, string path, string field, List<LayerSize> sizes, ImmutableSortedDictionary<string, string>.Builder? kinds)
    {
        if (!entry.TryGetProperty(field, out var members) || members.ValueKind != JsonValueKind.Object) throw new GraphException($"field '{path}.{field}' must be an object");
        foreach (var member in members.EnumerateObject())
        {
            if (member.Value.ValueKind == JsonValueKind.String && kinds is not null) kinds[member.Name] = member.Value.GetString()!;
            else if (member.Value.ValueKind == JsonValueKind.Number && member.Value.GetDouble() is > 0 and < Most and var value) sizes.Add(new LayerSize(member.Name, value));
            else throw new GraphException($"field '{path}.{field}.{member.Name}' must be {(kinds is null ? "" : "text or ")}a number above 0");
        }
    }
}
