using EdgeQinn.Converter.Selection;
using EdgeQinn.Devices.Signals.Windows;
using EdgeQinn.Devices.Sources;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Streaming;
using EdgeQinn.Testing;
using Xunit;

namespace EdgeQinn.Converter.Tests;

/// <summary>The reference models over real recordings: every hop gives what the network gives on its window.</summary>
public sealed class StreamedModelTests
{
    [SharedTheory]
    [InlineData("ecg-beat-cnn", "waveform", "wfdb:data/mitdb/100", "ecg-beat", 16, null)]
    [InlineData("ecg-beat-cnn", "waveform", "wfdb:data/mitdb/208", "ecg-beat", 24, null)]
    [InlineData("ecg-beat-cnn", "waveform", "wfdb:data/mitdb/208", "ecg-beat", 16, "*=int8")]
    [InlineData("ecg-beat-gru", "waveform", "wfdb:data/mitdb/119", "ecg-beat", 20, null)]
    [InlineData("bearing-wdcnn", "vibration", "mat:data/cwru/IR007_0.mat", "bearing", 128, null)]
    [InlineData("bearing-wdcnn", "vibration", "mat:data/cwru/B021_3.mat", "bearing", 100, null)]
    [InlineData("bearing-wdcnn", "vibration", "mat:data/cwru/IR007_0.mat", "bearing", 128, "*f.4*=lowrank:rank=8")]
    public void Streams_of_recordings_equal_their_windows(string name, string input, string recording, string contractName, int hop, string? format)
    {
        var ready = SignalContract.Parse(File.ReadAllBytes(Path.Combine(Repository(), "converter", "contracts", $"{contractName}.json")));
        int length = ready.Window.Length;
        var contract = ready with
        {
            Window = new WindowRule(WindowTrigger.Hop, length, Hop: hop), Inputs = [new SamplesFeature(input, false)], Normalization = new StreamNormalization(5, 1e-6),
        };
        var options = new ConvertOptions { Formats = format is null ? [] : [FormatRequest.Parse(format)] };
        var graph = Conversion.Run(SharedData.Path($"models/{name}/{name}.onnx"), options).Graph;
        using var batch = Model.FromGraph(graph);
        using var window = batch.CreateSession();
        using var model = StreamModel.FromGraph(graph, new StreamRule(StreamMode.Windows, input, 2, hop), keepWindow: true);
        using var session = model.CreateSession();
        Assert.Equal(hop != 100 && format != "*=int8", model.Layers[0].IsStreamed); // int8 by each window's own range, or columns that meet too rarely: whole
        foreach (var side in session.Inputs)
        {
            side.AsSpan<float>().Fill(0.8f);
            side.AsSpan<float>().CopyTo(window.Input(side.Name).AsSpan<float>());
        }

        var (scheme, path) = recording.Split(':') is [var s, var p] ? (s, p) : throw new FormatException(recording);
        using var source = SourceCatalog.Open($"{scheme}:{SharedData.Path(path)}{(scheme == "mat" ? "?rate=12000&unit=g" : "")}");
        var windower = Windower.Create(contract, source.Info);
        var block = new SampleBlock(source.Info.Channels.Count, 1000);
        int windows = 0;
        while (windows < 400 && source.Read(block))
        {
            windower.Accept(block);
            while (windower.TryRead(out var cut))
            {
                float[] samples = cut.Inputs[0].Values;
                samples.CopyTo(window.Input(input).AsSpan<float>());
                window.Run();
                ReadOnlySpan<float> next = windows++ == 0 ? samples : samples.AsSpan(length - hop);
                Assert.True(session.Push(ref next));
                Assert.Equal(samples, session.Window!.AsSpan<float>().ToArray());
                ReadOnlySpan<float> expected = window.Outputs[0].AsSpan<float>(), actual = session.Outputs[0].AsSpan<float>();
                float scale = 1;
                foreach (float e in expected) scale = MathF.Max(scale, MathF.Abs(e));
                for (int i = 0; i < expected.Length; i++) Assert.Equal(expected[i], actual[i], 1e-5f * scale);
            }
        }
        Assert.InRange(windows, 300, 2000);
    }

    static string Repository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "EdgeQinn.sln"))) return folder.FullName;
        throw new DirectoryNotFoundException("the tests are not in a checkout of EdgeQinn");
    }
}
