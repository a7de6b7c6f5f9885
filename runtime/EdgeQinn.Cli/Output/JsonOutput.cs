using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace EdgeQinn.Cli.Output;

/// <summary>Prints JSON objects.</summary>
static class JsonOutput
{
    /// <summary>Prints one object, indented, or on one line for streams of objects.</summary>
    public static void Write(TextWriter output, bool indented, Action<Utf8JsonWriter> members)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = indented, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }
        output.WriteLine(Encoding.UTF8.GetString(buffer.GetBuffer().AsSpan(0, (int)buffer.Length)));
    }

    /// <summary>A finite number rounded to <paramref name="digits"/> significant ones; null otherwise, which JSON has no number for.</summary>
    public static void WriteRounded(this Utf8JsonWriter json, string name, double value, int digits = 6)
    {
        if (!double.IsFinite(value)) json.WriteNull(name);
        else json.WriteNumber(name, double.Parse(value.ToString($"G{digits}")));
    }
}
