using System.Text;
using System.Text.Json;
using EdgeQinn.Converter.Selection;

namespace EdgeQinn.Converter.Report;

/// <summary>The report for programs: everything the page shows.</summary>
static class JsonReport
{
    public static string Write(CompressionReport report)
    {
        var c = report.Network;
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("source", report.Source);
            json.WriteString("output", report.Target);
            json.WriteNumber("sourceBytes", report.SourceBytes);
            json.WriteNumber("outputBytes", report.TargetBytes);
            json.WriteNumber("seconds", Math.Round(report.Elapsed.TotalSeconds, 2));
            json.WriteStartObject("calibration");
            json.WriteString("sha256", report.Set.Hash());
            json.WriteNumber("windows", report.Set.Count);
            json.WriteNumber("fit", c.FitWindows);
            json.WriteNumber("heldOut", c.HeldOutWindows);
            json.WriteString("split", c.SplitRule);
            WriteTexts(json, "warnings", report.Set.Warnings);
            json.WriteEndObject();
            json.WriteString("objective", report.Options.Objective.ToString().ToLowerInvariant());
            json.WriteNumber("seed", report.Options.Seed);
            json.WriteString("times", c.CostSource);
            json.WriteString("metric", c.Metric);
            json.WriteString("divergence", c.DivergenceName);
            json.WriteNumber("maxLoss", report.Options.MaxLoss);
            WritePair(json, "score", c.ScoreBefore, c.ScoreAfter);
            if (c.Judge.NoiseLevel > 0)
            {
                WriteNumber(json, "noiseLevel", c.Judge.NoiseLevel);
                WritePair(json, "scoreUnderNoise", c.Judge.OriginalHard, c.After.HardScore);
            }
            json.WriteStartObject("loss");
            WriteNumber(json, "points", c.Loss);
            WriteNumber(json, "low", c.Interval.Low);
            WriteNumber(json, "high", c.Interval.High);
            json.WriteString("drawn", c.Interval.Drawn);
            json.WriteEndObject();
            WritePair(json, "weightBytes", c.Bytes.Before, c.Bytes.After);
            WritePair(json, "parameters", c.Parameters.Before, c.Parameters.After);
            WritePair(json, "microseconds", c.Microseconds.Before, c.Microseconds.After);
            WriteTexts(json, "notes", c.Notes);
            WriteTexts(json, "shortfalls", c.Shortfalls);
            json.WriteStartArray("layers");
            foreach (var layer in c.Layers) WriteLayer(json, layer);
            json.WriteEndArray();
            json.WriteStartArray("tried");
            foreach (var point in c.Tried)
            {
                json.WriteStartObject();
                json.WriteNumber("bytes", point.Bytes);
                WriteNumber(json, "microseconds", point.Microseconds);
                WriteNumber(json, "divergence", point.Divergence);
                WriteNumber(json, "score", point.Score);
                WriteNumber(json, "loss", point.Loss);
                json.WriteString("healed", point.Healed.ToString().ToLowerInvariant());
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteStartArray("healing");
            foreach (var epoch in c.Healing)
            {
                json.WriteStartObject();
                json.WriteNumber("epoch", epoch.Epoch);
                json.WriteBoolean("matching", epoch.Matching);
                WriteNumber(json, "loss", epoch.Loss);
                WriteNumber(json, "heldOut", epoch.HeldOut);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    static void WriteLayer(Utf8JsonWriter json, LayerChoice layer)
    {
        json.WriteStartObject();
        json.WriteString("name", layer.Site.Name);
        json.WriteString("weight", layer.Site.Weight.Type.ToString());
        json.WriteString("chosen", layer.Chosen.Format);
        json.WriteStartArray("spectra");
        foreach (var spectrum in layer.Spectra)
        {
            json.WriteStartObject();
            json.WriteString("cut", spectrum.Cut);
            WriteNumber(json, "entropy", spectrum.Entropy);
            WriteNumber(json, "page", spectrum.Page);
            json.WriteStartArray("sigma");
            foreach (double s in spectrum.Sigma) json.WriteNumberValue(Math.Round(s, 6));
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("candidates");
        foreach (var candidate in layer.Candidates)
        {
            json.WriteStartObject();
            json.WriteString("format", candidate.Format);
            json.WriteString("state", candidate.Format == layer.Chosen.Format ? "chosen" : candidate.State.ToString().ToLowerInvariant());
            json.WriteString("why", Reasons.Of(layer, candidate));
            json.WriteNumber("bytes", candidate.Bytes);
            json.WriteNumber("parameters", candidate.Parameters);
            json.WriteNumber("multiplyAdds", candidate.MultiplyAdds);
            WriteNumber(json, "microseconds", candidate.Microseconds);
            WriteNumber(json, "outputError", candidate.LayerError);
            WriteNumber(json, "divergence", candidate.Divergence);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    static void WritePair(Utf8JsonWriter json, string name, double before, double after)
    {
        json.WriteStartObject(name);
        WriteNumber(json, "before", before);
        WriteNumber(json, "after", after);
        json.WriteEndObject();
    }

    static void WriteTexts(Utf8JsonWriter json, string name, IReadOnlyList<string> texts)
    {
        json.WriteStartArray(name);
        foreach (string text in texts) json.WriteStringValue(text);
        json.WriteEndArray();
    }

    static void WriteNumber(Utf8JsonWriter json, string name, double value)
    {
        if (double.IsFinite(value)) json.WriteNumber(name, Math.Round(value, 8));
        else json.WriteNull(name);
    }
}
