using System.Text;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Testing.Format;
using Xunit;

namespace EdgeQinn.Runtime.Tests.Format;

public sealed class SignalContractTests
{
    const string Bearing = """
        {
          "version": 1, "sampleRate": 12000, "unit": "g",
          "window": { "trigger": "hop", "length": 2048, "hop": 512 },
          "inputs": [ { "name": "vibration", "feature": "samples", "normalize": true } ],
          "decision": { "kind": "class", "output": "logits", "labels": ["Normal", "B007"], "logits": true },
          "sourceLabels": { "Normal": "Normal", "B007": "B007" }
        }
        """;

    [Fact]
    public void Optional_fields_may_be_left_out()
    {
        var contract = Parse(Bearing);
        Assert.Equal(new WindowRule(WindowTrigger.Hop, 2048, Hop: 512), contract.Window);
        Assert.Equal([new SamplesFeature("vibration", true)], contract.Inputs);
        Assert.Empty(contract.Filters);
        Assert.Empty(contract.Channels);
        Assert.Empty(contract.AnnotationLabels);
        Assert.Equal("B007", contract.SourceLabels["B007"]);
    }

    [Fact]
    public void Every_field_survives_writing_and_reading()
    {
        var contract = SampleFiles.Contract;
        var read = SignalContract.Parse(contract.ToJson());
        Assert.Equal((contract.SampleRate, contract.Unit, contract.Window), (read.SampleRate, read.Unit, read.Window));
        Assert.Equal(contract.Channels, read.Channels);
        Assert.Equal(contract.Filters, read.Filters);
        Assert.Equal(contract.Inputs, read.Inputs);
        Assert.Equal(contract.AnnotationLabels, read.AnnotationLabels);
        Assert.Equal(contract.SourceLabels, read.SourceLabels);
        var decision = Assert.IsType<ClassDecision>(read.Decision);
        Assert.Equal(["N", "S", "V"], decision.Labels);
        Assert.True(decision.Logits);

        var anomaly = contract with { Decision = new AnomalyDecision("y", ["N", "S"], "x", 2.5, [1, 0.5f]), AnnotationLabels = SampleFiles.Contract.SourceLabels };
        var readAnomaly = Assert.IsType<AnomalyDecision>(SignalContract.Parse(anomaly.ToJson()).Decision);
        Assert.Equal(("y", "x", 2.5), (readAnomaly.Output, readAnomaly.Input, readAnomaly.Threshold));
        Assert.Equal([1, 0.5f], readAnomaly.Scale);
    }

    /// <summary>Contracts that use nothing newer stay readable for older programs.</summary>
    [Fact]
    public void Normalisation_of_the_stream_raises_the_version()
    {
        var contract = SampleFiles.Contract with { Inputs = [new SamplesFeature("x", false)], Normalization = new StreamNormalization(2.5, 1e-3) };
        Assert.Equal(contract.Normalization, SignalContract.Parse(contract.ToJson()).Normalization);
        Assert.Contains("\"version\": 2", Encoding.UTF8.GetString(contract.ToJson()), StringComparison.Ordinal);
        Assert.Contains("\"version\": 1", Encoding.UTF8.GetString((contract with { Normalization = null }).ToJson()), StringComparison.Ordinal);
        Assert.Null(Parse(Bearing).Normalization);
    }

    [Fact]
    public void Policies_survive_and_only_they_raise_the_version()
    {
        var plain = SignalContract.Parse(System.Text.Encoding.UTF8.GetBytes(Bearing));
        Assert.Equal(new ContinuityRule(), plain.Continuity);
        Assert.Contains("\"version\": 1", System.Text.Encoding.UTF8.GetString(plain.ToJson()), StringComparison.Ordinal);
        var rule = new ContinuityRule
        {
            Gaps = GapAction.Interpolate, LongestGap = 0.05, MostJitter = 0.2, Duplicates = RepeatAction.Reset, Late = RepeatAction.Reset, Drift = DriftAction.Resample, MostDrift = 0.3,
        };
        byte[] json = (plain with { Continuity = rule }).ToJson();
        Assert.Contains("\"version\": 3", System.Text.Encoding.UTF8.GetString(json), StringComparison.Ordinal);
        Assert.Equal(rule, SignalContract.Parse(json).Continuity);
        var some = SignalContract.Parse(System.Text.Encoding.UTF8.GetBytes(Bearing.Replace("\"version\": 1", "\"version\": 3, \"continuity\": {\"drift\": \"reset\"}", StringComparison.Ordinal)));
        Assert.Equal(new ContinuityRule { Drift = DriftAction.Reset }, some.Continuity);
    }

    [Theory]
    [InlineData("\"version\": 1", "\"version\": 4", "versions 1 to 3")]
    [InlineData("\"version\": 1", "\"version\": 2, \"continuity\": {}", "'continuity' needs version 3")]
    [InlineData("\"version\": 1", "\"version\": 3, \"continuity\": {\"gaps\": \"mend\"}", "'continuity.gaps' is 'mend', must be one of reset, hold, interpolate")]
    [InlineData("\"version\": 1", "\"version\": 3, \"continuity\": {\"longestGap\": 0}", "'continuity.longestGap'")]
    [InlineData("\"version\": 1", "\"version\": 3, \"continuity\": {\"wander\": 1}", "'continuity.wander' is not known")]
    [InlineData("\"unit\": \"g\"", "\"unit\": \"g\", \"streamNormalization\": {\"seconds\": 2}", "'streamNormalization' needs version 2")]
    [InlineData("\"version\": 1", "\"version\": 2, \"streamNormalization\": {\"seconds\": 0}", "'streamNormalization.seconds'")]
    [InlineData("\"version\": 1", "\"version\": 2, \"streamNormalization\": {\"seconds\": 2}", "normalised window by window already")]
    [InlineData("\"unit\": \"g\"", "\"unit\": \"g\", \"gain\": 2", "'gain' is not known")]
    [InlineData("\"hop\": 512", "\"hop\": 512, \"overlap\": 2", "'window.overlap' is not known")]
    [InlineData("\"hop\": 512", "\"hop\": 0", "'window.hop'")]
    [InlineData("\"hop\": 512", "\"hop\": 0.5", "'window.hop'")]
    [InlineData("\"hop\": 512", "\"hop\": 1e300", "'window.hop'")]
    [InlineData(", \"hop\": 512", "", "'window.hop' is missing")]
    [InlineData("\"samples\"", "\"sample\"", "'inputs[0].feature' is 'sample', must be one of samples")]
    [InlineData("\"logits\": true", "\"logits\": 1", "'decision.logits'")]
    [InlineData("[\"Normal\", \"B007\"]", "[]", "'decision.labels'")]
    [InlineData("[\"Normal\", \"B007\"]", "[\"Normal\", 3]", "'decision.labels[1]'")]
    [InlineData("\"B007\": \"B007\"", "\"B007\": \"B008\"", "sourceLabels.B007")]
    [InlineData("\"unit\": \"g\"", "\"unit\": \"g\", \"unit\": \"g\"", "'unit' is there twice")]
    [InlineData("\"sampleRate\": 12000", "\"sampleRate\": 12000, \"filters\": [{\"kind\": \"bandpass\", \"order\": 2, \"low\": 40, \"high\": 0.5}]", "'filters[0].high'")]
    [InlineData("\"sampleRate\": 12000", "\"sampleRate\": 12000, \"filters\": [{\"kind\": \"lowpass\", \"order\": 2, \"high\": 6000}]", "'filters[0].high'")]
    [InlineData("{", "[", "JSON")]
    public void What_is_wrong_is_named(string from, string to, string message)
    {
        int at = Bearing.IndexOf(from, StringComparison.Ordinal);
        string json = Bearing[..at] + to + Bearing[(at + from.Length)..];
        Assert.Contains(message, Assert.Throws<GraphException>(() => Parse(json)).Message);
    }

    static SignalContract Parse(string json) => SignalContract.Parse(Encoding.UTF8.GetBytes(json));
}
