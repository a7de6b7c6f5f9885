using System.Text.Json;
using EdgeQinn.Converter.Calibration;

namespace EdgeQinn.Converter.Selection;

/// <summary>Where a compressed file comes from: what a converted one says, and the calibration, the options and each layer's format and error.</summary>
public static class CompressionProvenance
{
    /// <summary>The provenance with what compression adds. No date, path or measured time: what was chosen is all that depends on the machine.</summary>
    /// <param name="provenance">That of the conversion.</param>
    /// <param name="compression">What was done.</param>
    /// <param name="set">The calibration windows.</param>
    /// <param name="options">How.</param>
    public static byte[] Write(ReadOnlyMemory<byte> provenance, CompressedNetwork compression, CalibrationSet set, CompressOptions options)
    {
        using var before = JsonDocument.Parse(provenance);
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            foreach (var property in before.RootElement.EnumerateObject()) property.WriteTo(json);
            json.WriteStartObject("calibration");
            json.WriteString("sha256", set.Hash());
            json.WriteNumber("windows", set.Count);
            json.WriteNumber("fit", compression.FitWindows);
            json.WriteNumber("heldOut", compression.HeldOutWindows);
            json.WriteString("split", compression.SplitRule);
            json.WriteEndObject();
            json.WriteStartObject("compression");
            json.WriteString("objective", options.Objective.ToString().ToLowerInvariant());
            json.WriteNumber("maxLoss", options.MaxLoss);
            json.WriteNumber("seed", options.Seed);
            json.WriteString("times", compression.CostSource);
            json.WriteString("metric", compression.Metric);
            json.WriteNumber("before", Math.Round(compression.ScoreBefore, 4));
            json.WriteNumber("after", Math.Round(compression.ScoreAfter, 4));
            json.WriteNumber("healedEpochs", compression.Healing.Count);
            json.WriteEndObject();
            json.WriteStartArray("layers");
            foreach (var layer in compression.Layers)
            {
                json.WriteStartObject();
                json.WriteString("name", layer.Site.Name);
                json.WriteString("format", layer.Chosen.Format);
                json.WriteNumber("outputError", Math.Round(layer.Chosen.LayerError, 6));
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return stream.ToArray();
    }
}
