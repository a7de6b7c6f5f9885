using EdgeQinn.Testing;
using Xunit;

namespace EdgeQinn.Cli.Tests;

public sealed class StreamVerbTests : IDisposable
{
    readonly Files _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void What_does_not_fit_the_contract_is_refused()
    {
        Assert.Contains("scheme 'tape' is unknown", CommandLine.Run("run", _files.Model, "--source", "tape:x").Expect(2).Error);
        Assert.Contains("absent", CommandLine.Run("run", _files.Model, "--source", $"wfdb:{_files.Path("absent")}").Expect(3).Error);
        Assert.Contains("--trigger window", CommandLine.Run("run", _files.Model, "--source", "wfdb:x", "--trigger", "window").Expect(2).Error);
        Assert.Contains("hop", CommandLine.Run("evaluate", _files.Model, "--source", "csv:x?hop=0").Expect(2).Error);
        Assert.Contains("'X' is no label", CommandLine.Run("evaluate", _files.Model, "--source", "csv:x", "--labels", "N,X").Expect(2).Error);
    }

    [Fact]
    public void A_recording_without_annotations_has_no_annotation_trigger()
    {
        File.WriteAllText(_files.Path("flat.csv"), "MLII\n" + string.Concat(Enumerable.Repeat("0\n", 1000)));
        string source = $"csv:{_files.Path("flat.csv")}?rate=360&unit=mV";
        Assert.Contains("no annotations", CommandLine.Run("run", _files.Model, "--source", source, "--trigger", "annotations", "--speed", "max").Expect(3).Error);
        var lines = CommandLine.Run("run", _files.Model, "--source", source, "--speed", "max", "--json").Expect(0).JsonLines;
        Assert.Equal(0, Assert.Single(lines).GetProperty("summary").GetProperty("results").GetInt32());
    }

    [SharedFact]
    public void Run_classifies_a_record_and_stops_at_the_limit()
    {
        string source = $"wfdb:{SharedData.Path("data/mitdb/100")}";
        var outcome = CommandLine.Run("run", _files.Model, "--source", source, "--speed", "max", "--limit", "5").Expect(0);
        Assert.Equal(5, outcome.Output.TrimEnd().Split('\n').Length);
        Assert.Contains("5 results: N 5", outcome.Error);
        var lines = CommandLine.Run("run", _files.Model, "--source", source + "?to=60", "--speed", "max", "--trigger", "annotations", "--json").Expect(0).JsonLines;
        Assert.Equal(0, lines[^1].GetProperty("summary").GetProperty("allocatedBytesPerResult").GetInt64());
        Assert.All(lines[..^1], l => Assert.True(l.GetProperty("label").GetString() is { Length: 1 } && l.GetProperty("truth").GetString() is { Length: 1 }));
    }

    [SharedFact]
    public void Evaluate_reproduces_the_published_figures_of_the_network()
    {
        string[] records = ["100", "103", "105", "111", "113", "117", "121", "123", "200", "202", "210"];
        string[] sources = [.. records.Select(r => $"wfdb:{SharedData.Path($"data/mitdb/{r}")}")];
        var published = System.Text.Json.JsonDocument.Parse(File.ReadAllText(SharedData.Path("models/ecg-beat-gru/accuracy.json"))).RootElement.GetProperty("shared test records");

        var json = CommandLine.Run(["evaluate", _files.Model, "--source", .. sources, "--labels", "N,S,V", "--json"]).Expect(0).Json;
        Assert.Equal(published.GetProperty("beats").GetInt64(), json.GetProperty("windows").GetInt64());
        Assert.Equal(published.GetProperty("accuracy").GetDouble(), json.GetProperty("accuracy").GetDouble(), 0.002);
        Assert.Equal(published.GetProperty("macro_F1_NSV").GetDouble(), json.GetProperty("macroF1").GetDouble(), 0.002);
        int i = 0;
        foreach (string label in (string[])["N", "S", "V", "F"])
            Assert.Equal(published.GetProperty("F1_N_S_V_F")[i++].GetDouble(), json.GetProperty("classes").GetProperty(label).GetProperty("f1").GetDouble(), 0.002);

        var detected = CommandLine.Run(["evaluate", _files.Model, "--source", .. sources, "--trigger", "qrs", "--json"]).Expect(0).Json.GetProperty("qrsDetector");
        Assert.InRange(detected.GetProperty("sensitivity").GetDouble(), 0.995, 1);
        Assert.InRange(detected.GetProperty("positivePredictivity").GetDouble(), 0.995, 1);
    }
}
