using System.IO.Pipelines;
using System.Text;
using EdgeQinn.Devices.Recordings;
using EdgeQinn.Devices.Recordings.Csv;
using EdgeQinn.Devices.Sources;
using EdgeQinn.Testing;
using Xunit;

namespace EdgeQinn.Devices.Tests.Recordings;

[Collection(AllocationCollection.Name)]
public sealed class CsvTests
{
    static CsvSource Open(string text, double rate = double.NaN) => CsvSource.Open(new MemoryStream(Encoding.UTF8.GetBytes(text)), "t.csv", rate);

    [Fact]
    public void Names_and_rate_come_from_header_and_time_column()
    {
        using CsvSource source = Open("\uFEFF\"time\";MLII;V5\r\n0;1;-2\r\n0.0025;3;4e-1\r\n# note\r\n\r\n0.005;;nan");
        Assert.Equal(400, source.Info.SampleRate, 9);
        Assert.Equal(["MLII", "V5"], source.Info.Channels.Select(c => c.Name));
        Assert.Equal([[1, 3, float.NaN], [-2, 0.4f, float.NaN]], source.ReadAll(2).Channels);
    }

    [Theory]
    [InlineData(double.NaN, "0", "0.01", "0.02", "0.06", "0.07")]   // seconds that give the rate
    [InlineData(100, "0.5", "0.51", "0.52", "0.56", "0.57")]
    [InlineData(100, "5", "5.011", "5.019", "5.062", "5.068")]      // rounded, jittering
    [InlineData(100, "0", "10", "20", "60", "70")]                  // milliseconds
    [InlineData(100, "0", "", "0.02", "0.06", "")]                  // times that are missing
    public void Times_tell_which_samples_are_missing(double rate, params string[] times)
    {
        using CsvSource source = Open("t,a\n" + string.Concat(times.Select((t, i) => $"{t},{i}\n")), rate);
        Assert.True(source.Info.TellsLosses);
        var block = new SampleBlock(1, 10);
        var blocks = new List<(long First, int Count, long Lost, double Time)>();
        while (source.Read(block)) blocks.Add((block.FirstSample, block.Count, block.Lost, Math.Round(block.Timestamp.TotalSeconds, 6)));
        Assert.Equal([(0, 3, 0, 0), (6, 2, 3, 0.06)], blocks);
    }

    [Fact]
    public void A_part_counts_missing_samples_as_passed()
    {
        using CsvSource source = CsvSource.Open(new MemoryStream("t,a\n0,0\n1,1\n2,2\n6,3\n7,4\n8,5\n"u8.ToArray()), "t.csv", double.NaN, part: new SourcePart("4", "8"));
        var block = new SampleBlock(1, 10);
        Assert.True(source.Read(block));
        Assert.Equal((6, 2, 2, 3f), (block.FirstSample, block.Count, block.Lost, block.Channel(0)[0]));
        Assert.False(source.Read(block));
    }

    [Fact]
    public void Without_a_column_of_times_losses_cannot_be_told()
    {
        using CsvSource source = Open("a\n1\n2\n", 100);
        Assert.False(source.Info.TellsLosses);
    }

    [Theory]
    [InlineData("1,2\n3,4\n")]
    [InlineData("a\tb\n1\t2\n3\t4")]
    public void A_header_is_optional(string text)
    {
        using CsvSource source = Open(text, 100);
        Assert.Equal([[1f, 3], [2, 4]], source.ReadAll().Channels);
    }

    [Fact]
    public void Lines_of_the_wrong_shape_are_named_by_position()
    {
        var block = new SampleBlock(2, 10);
        using CsvSource wide = Open("a,b\n1,2\n1,2,3\n");
        Assert.Contains("byte 8: a line has 3 values, the first has 2", Assert.Throws<RecordingException>(() => wide.Read(block)).Message);
        using CsvSource text = Open("a,b\n1,x\n");
        Assert.Contains("'x' in column 2 is no number", Assert.Throws<RecordingException>(() => text.Read(block)).Message);
        Assert.Contains("no line", Assert.Throws<RecordingException>(() => Open("\n\n")).Message);
        Assert.Contains("longer than", Assert.Throws<RecordingException>(() => Open(new string('1', 100_000))).Message);
    }

    [Fact]
    public async Task A_pipe_is_read_as_it_fills()
    {
        var pipe = new Pipe();
        await pipe.Writer.WriteAsync("1\n2\n"u8.ToArray());
        using CsvSource source = CsvSource.Open(pipe.Reader.AsStream(), "-", 100);
        var block = new SampleBlock(1, 100);
        Assert.True(source.Read(block)); // returns without waiting for a full block
        Assert.InRange(block.Count, 1, 2);
        int before = block.Count;
        await pipe.Writer.WriteAsync("3\n"u8.ToArray());
        await pipe.Writer.CompleteAsync();
        Assert.Equal(3 - before, source.ReadAll().Channels[0].Length);
    }

    [Fact]
    public void Reading_allocates_nothing_once_running()
    {
        using CsvSource source = Open("a,b\n" + string.Concat(Enumerable.Repeat("0.125,-3.5e-2\n", 5000)), 100);
        var block = new SampleBlock(2, 100);
        source.Read(block);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 40; i++) Assert.True(source.Read(block));
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Theory]
    [InlineData("0", "1e308"), InlineData("-1e999", "1"), InlineData("1", "1"), InlineData("nan", "1"), InlineData("2", "1")]
    public void Times_that_give_no_rate_are_refused(string first, string second)
    {
        byte[] bytes = System.Text.Encoding.UTF8.GetBytes($"t,v\n{first},1\n{second},2\n");
        Assert.Contains("say rate=HZ", Assert.Throws<RecordingException>(() => CsvSource.Open(new MemoryStream(bytes), "t.csv", double.NaN)).Message);
    }

    [Fact]
    public void Hostile_files_throw_nothing_but_the_declared_error()
    {
        foreach (byte[] bytes in ByteMutator.Variants("time,MLII\n0,1\n0.1,2\n0.2,-3e5\n"u8.ToArray(), 5_000, 4))
        {
            try
            {
                using CsvSource source = CsvSource.Open(new MemoryStream(bytes), "t.csv", double.NaN);
                source.ReadAll();
            }
            catch (RecordingException e)
            {
                Assert.StartsWith("t.csv: ", e.Message);
            }
        }
    }
}
