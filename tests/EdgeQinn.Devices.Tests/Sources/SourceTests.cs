using EdgeQinn.Devices.Recordings;
using EdgeQinn.Devices.Sources;
using EdgeQinn.Runtime.Format;
using Xunit;

namespace EdgeQinn.Devices.Tests.Sources;

public sealed class SourceTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("wfbd:100", "'wfbd' is unknown; there are wfdb, mat, csv, npy")]
    [InlineData("100", "write SCHEME:PATH")]
    [InlineData("csv:x.csv?rat=3", "option 'rat' is unknown; csv sources take rate, unit, from, to")]
    [InlineData("csv:x.csv?rate", "NAME=VALUE")]
    [InlineData("csv:x.csv?rate=1&rate=2", "once")]
    [InlineData("csv:x.csv?rate=fast", "rate must be a number")]
    public void A_source_string_that_means_nothing_says_why(string text, string reason) =>
        Assert.Contains(reason, Assert.Throws<SourceAddressException>(() => SourceCatalog.Open(text)).Message);

    [Theory]
    [InlineData("wfdb:nowhere/100", "nowhere/100.hea")]
    [InlineData("mat:nowhere/x.mat", "nowhere/x.mat")]
    [InlineData("csv:nowhere/x.csv", "nowhere/x.csv")]
    [InlineData("npy:nowhere/x.npy", "nowhere/x.npy")]
    public void A_missing_file_is_named(string text, string path) =>
        Assert.StartsWith($"{path}: the file does not exist", Assert.Throws<RecordingException>(() => SourceCatalog.Open(text)).Message);

    [Fact]
    public void Arrays_open_with_rate_unit_and_part()
    {
        NpyArray.Create<double>([0, 10, 1, 11, 2, 12, 3, 13], 4, 2).Save(_folder.File("a#b@6.npy"));
        using ISampleSource whole = SourceCatalog.Open($"npy:{_folder.File("a#b@6.npy")}"); // the name's own # is no fragment
        Assert.True(double.IsNaN(whole.Info.SampleRate));
        Assert.Equal([[0f, 1, 2, 3], [10, 11, 12, 13]], whole.ReadAll(3).Channels);

        NpzFile.Save(_folder.File("a.npz"), new Dictionary<string, NpyArray> { ["x"] = NpyArray.Create<float>([1, 2, 3, 4]), ["y"] = NpyArray.Create<float>([5]) });
        using ISampleSource part = SourceCatalog.Open($"npy:{_folder.File("a.npz")}#x?rate=2&unit=g&from=25%&to=1.5");
        Assert.Equal((2.0, new Channel("x", "g")), (part.Info.SampleRate, part.Info.Channels[0]));
        Assert.Equal([2f, 3], part.ReadAll(1).Channels[0]);
        Assert.Contains("x, y", Assert.Throws<RecordingException>(() => SourceCatalog.Open($"npy:{_folder.File("a.npz")}")).Message);
    }

    [Fact]
    public void A_part_must_be_a_place()
    {
        _folder.Write("a.csv", "1\n2\n");
        Assert.Contains("known length", Assert.Throws<SourceAddressException>(() => SourceCatalog.Open($"csv:{_folder.File("a.csv")}?from=10%")).Message);
        Assert.Contains("known sample rate", Assert.Throws<SourceAddressException>(() => SourceCatalog.Open($"csv:{_folder.File("a.csv")}?from=10")).Message);
        Assert.Contains("no place", Assert.Throws<SourceAddressException>(() => SourceCatalog.Open($"csv:{_folder.File("a.csv")}?rate=1&from=x")).Message);
    }

    sealed class HandClock : TimeProvider
    {
        public long Now { get; set; }

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Now;
    }

    [Theory]
    [InlineData("1x", 1.0)]
    [InlineData("10x", 0.1)]
    [InlineData("max", 0)]
    public void Pacing_waits_until_the_last_sample_of_a_block_is_due(string speed, double seconds)
    {
        var clock = new HandClock();
        TimeSpan waited = default;
        using var source = new PacedSource(
            new ArraySource(new("r", 100, [new("a", "mV")]), [new float[100]]), PacedSource.ParseSpeed(speed), clock,
            t =>
            {
                waited += t;
                clock.Now += t.Ticks;
            });
        Assert.Equal(100, source.ReadAll(30).Channels[0].Length);
        Assert.Equal(seconds, waited.TotalSeconds, 6);
    }

    [Theory]
    [InlineData("fast")]
    [InlineData("0x")]
    [InlineData("-1x")]
    public void A_speed_must_be_a_speed(string text) => Assert.Throws<SourceAddressException>(() => PacedSource.ParseSpeed(text));
}
