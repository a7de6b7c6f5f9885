using EdgeQinn.Converter.Calibration;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Testing;
using EdgeQinn.Testing.Onnx;
using Xunit;

namespace EdgeQinn.Converter.Tests.Calibration;

/// <summary>Where windows come from, what is refused, and how they are parted.</summary>
public class CalibrationSetTests
{
    static readonly ModelGraph Graph = new OnnxGraphBuilder().Input("x", 1, 4).Weights("w", 1, 4, 3).Output("y").Node("MatMul", "x w", "y").Convert().Graph;

    static NpzFile Archive(params (string Name, NpyArray Array)[] arrays)
    {
        using var stream = new MemoryStream();
        NpzFile.Write(stream, arrays.Select(a => KeyValuePair.Create(a.Name, a.Array)));
        stream.Position = 0;
        return NpzFile.Read(stream, "calibration.npz");
    }

    static NpyArray Drawn(int count, int size = 4)
    {
        var random = new Random(1);
        return NpyArray.Create<float>([.. Enumerable.Range(0, count * size).Select(_ => random.NextSingle())], count, size);
    }

    [Fact]
    public void Arrays_give_windows_and_labels()
    {
        var labels = NpyArray.Create<long>([.. Enumerable.Range(0, 300).Select(i => (long)(i % 3))]);
        var set = CalibrationArrays.Read(Archive(("x", Drawn(300)), ("labels", labels)), Graph);
        Assert.Equal((300, true), (set.Count, set.HasLabels));
        Assert.Equal(new Random(1).NextSingle(), set.Window(0, 0)[0]);
        Assert.Equal(2, set.Labels[5]);
        Assert.Empty(set.Warnings);
        Assert.Equal(set.Hash(), CalibrationArrays.Read(Archive(("x", Drawn(300)), ("labels", labels)), Graph).Hash());
        Assert.NotEqual(set.Hash(), CalibrationArrays.Read(Archive(("x", Drawn(300))), Graph).Hash());
        Assert.False(CalibrationArrays.Read(Archive(("x", Drawn(300))), Graph).HasLabels);
    }

    [Fact]
    public void What_does_not_fit_is_refused_and_says_why()
    {
        void Refused(string expected, params (string, NpyArray)[] arrays) =>
            Assert.Contains(expected, Assert.ThrowsAny<EdgeQinnException>(() => CalibrationArrays.Read(Archive(arrays), Graph)).Message, StringComparison.Ordinal);
        Refused("no array 'x' for the network's input; there are", ("z", Drawn(100)));
        Refused("no number of cases", ("x", Drawn(100, size: 5)));
        Refused("31 calibration windows are too few", ("x", Drawn(31)));
        Refused("99 elements for 100 windows", ("x", Drawn(100)), ("labels", NpyArray.Create<long>(new long[99])));
        Refused("expected whole numbers", ("x", Drawn(100)), ("labels", NpyArray.Create<float>(new float[100])));
        var broken = new float[400];
        broken[41] = float.NaN;
        Refused("'x' holds NaN in window 10, element 1", ("x", NpyArray.Create<float>(broken, 100, 4)));
    }

    [Fact]
    public void Few_windows_and_constant_channels_are_warned_of()
    {
        float[] values = [.. Enumerable.Range(0, 400).Select(i => i % 4 == 2 ? 0.5f : i)];
        var warnings = CalibrationArrays.Read(Archive(("x", NpyArray.Create<float>(values, 100, 4))), Graph).Warnings;
        Assert.Contains(warnings, w => w.Contains("100 calibration windows are few", StringComparison.Ordinal));
        Assert.Contains(warnings, w => w.Contains("1 of 4 elements are the same in all windows (first: element 2)", StringComparison.Ordinal));
    }

    [Fact]
    public void Parts_are_disjoint_and_the_same_for_the_same_seed()
    {
        CalibrationSet Set(int groups, Func<int, int> label) => new(["x"], [new float[2000]], 2000, [.. Enumerable.Range(0, 2000).Select(label)], [.. Enumerable.Range(0, 2000).Select(i => i * Math.Max(1, groups) / 2000)],
            [.. Enumerable.Range(0, groups).Select(g => $"r{g}")]);
        foreach (var (set, rule) in new[] { (Set(0, i => i % 50 == 0 ? 1 : 0), "windows drawn"), (Set(12, i => i % 7 == 0 ? 1 : 0), "recordings r"), (Set(10, i => i / 200), "the last 25") })
        {
            var split = CalibrationSplit.Of(set, 0.25, 7);
            Assert.StartsWith(rule, split.Rule, StringComparison.Ordinal);
            Assert.Equal(Enumerable.Range(0, 2000), split.Fit.Concat(split.HeldOut).Order());
            Assert.InRange(split.HeldOut.Length, 480, 520);
            Assert.Equal(set.Labels.Distinct().Order(), split.HeldOut.Select(w => set.Labels[w]).Distinct().Order());
            Assert.Equal(split.HeldOut, CalibrationSplit.Of(set, 0.25, 7).HeldOut);
        }
        var balanced = CalibrationSplit.Balanced(Set(0, i => i % 50 == 0 ? 1 : 0), [.. Enumerable.Range(0, 2000)], 200, 1);
        Assert.Equal((200, 40), (balanced.Length, balanced.Count(i => i % 50 == 0)));
    }

    [SharedFact]
    public void Recordings_give_the_windows_the_model_was_trained_on()
    {
        var contract = SignalContract.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "contracts", "ecg-beat.json")));
        var set = CalibrationRecordings.Read([$"wfdb:{SharedData.Path("data/mitdb/100")}"], contract, 32);
        var reference = NpzFile.Load(SharedData.Path("models/ecg-beat-cnn/reference.npz"));
        float[] expected = reference["waveform"].ToSingles();
        Assert.Equal(32, set.Count);
        for (int w = 0; w < 32; w++)
            for (int i = 0; i < 256; i++) Assert.Equal(expected[w * 256 + i], set.Window(0, w)[i], 1e-3f);
        Assert.All(set.Labels, l => Assert.InRange(l, 0, 1));
    }
}
