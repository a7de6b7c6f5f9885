using System.Text.Json;
using EdgeQinn.Cli.Output;
using EdgeQinn.Runtime.Diagnostics.Timing;

namespace EdgeQinn.Cli.Verbs;

/// <summary>A model's layers beside the machine's bounds, as a table and as JSON.</summary>
static class LayerOutput
{
    public static void Write(TextWriter output, IReadOnlyList<LayerProfile> layers, MachinePeaks peaks)
    {
        double run = Math.Max(layers.Sum(l => l.Microseconds), 1e-9);
        var table = new TextTable("layer", "operator", "format", ">time", ">of run", ">of bound", "bound by", ">bytes", ">stored MAC", ">dense MAC", "faster as");
        foreach (var l in layers)
            table.Add(l.Report.Name, l.Report.Operator, l.Report.RunDense.IsEmpty ? l.Format : $"{l.Format} (run dense)", Units.Time(l.Microseconds * 1e3), $"{l.Microseconds / run:0.0 %}", $"{l.ShareOfBound:0 %}", l.IsReadBound ? "reading" : "arithmetic",
                Units.Bytes(l.Bytes), Units.Count(l.StoredMultiplyAdds), Units.Count(l.MultiplyAdds), string.Join("; ", Shown(l).Select(Faster)));
        table.Write(output);
        output.WriteLine($"\npeak: {peaks.FloatMultiplyAdds:0.0} G multiply-adds/s in float32, {peaks.Int8MultiplyAdds:0.0} in int8; reads {string.Join(", ", peaks.Reads.Select(r => $"{r.Level} {r.GigabytesPerSecond:0.0}"))} GB/s");
        if (layers.Any(l => Math.Round(l.ShareOfBound, 2) > 1)) output.WriteLine("over 100 % of bound: minimal filtering does fewer multiplications than the definition, or data lay nearer than in the cache assumed");
        if (layers.SelectMany(Shown).Any(f => !f.IsExact)) output.WriteLine("?: this format changes the layer's results; measure the accuracy first");
    }

    static IEnumerable<FasterFormat> Shown(LayerProfile layer) => layer.Faster.Take(2);

    static string Faster(FasterFormat faster) => $"{faster.Format}{(faster.IsExact ? "" : "?")} {(faster.IsExtrapolated ? "about " : "")}{Units.Time(faster.Microseconds * 1e3)}";

    public static void Write(Utf8JsonWriter json, IReadOnlyList<LayerProfile> layers, MachinePeaks peaks)
    {
        json.WriteStartObject("peaks");
        json.WriteRounded("floatMultiplyAddsPerNanosecond", peaks.FloatMultiplyAdds);
        json.WriteRounded("int8MultiplyAddsPerNanosecond", peaks.Int8MultiplyAdds);
        foreach (var read in peaks.Reads) json.WriteRounded($"{read.Level}BytesPerNanosecond", read.GigabytesPerSecond);
        json.WriteEndObject();
        json.WriteStartArray("layers");
        foreach (var l in layers)
        {
            json.WriteStartObject();
            json.WriteString("name", l.Report.Name);
            json.WriteString("operator", l.Report.Operator);
            json.WriteString("format", l.Format);
            json.WriteBoolean("runsDense", !l.Report.RunDense.IsEmpty);
            json.WriteRounded("microseconds", l.Microseconds);
            json.WriteRounded("boundMicroseconds", l.BoundMicroseconds);
            json.WriteString("boundBy", l.IsReadBound ? "reading" : "arithmetic");
            json.WriteRounded("shareOfBound", l.ShareOfBound);
            json.WriteNumber("bytes", l.Bytes);
            json.WriteNumber("storedMultiplyAdds", l.StoredMultiplyAdds);
            json.WriteNumber("multiplyAdds", l.MultiplyAdds);
            json.WriteStartArray("fasterAs");
            foreach (var faster in l.Faster)
            {
                json.WriteStartObject();
                json.WriteString("format", faster.Format);
                json.WriteBoolean("exact", faster.IsExact);
                json.WriteRounded("microseconds", faster.Microseconds);
                json.WriteBoolean("extrapolated", faster.IsExtrapolated);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }
}
