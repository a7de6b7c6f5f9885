using EdgeQinn.Devices.Sources;
using Xunit;

namespace EdgeQinn.Devices.Tests.Sources;

public class PolledSourceTests
{
    [Fact]
    public void Samples_are_taken_when_due_and_late_ones_are_counted_as_lost()
    {
        var clock = new ManualClock();
        int reads = 0;
        using var source = new PolledSource(new SourceInfo("test", 100, [new("x", "g")]), s =>
        {
            if (++reads == 3) clock.Advance(TimeSpan.FromMilliseconds(45)); // the bus stalls for four and a half intervals
            s[0] = reads;
        }, clock);
        var block = new SampleBlock(1, 8);

        var seen = new List<(long First, long Lost, double Ms, float Value)>();
        for (int i = 0; i < 5; i++)
        {
            Assert.True(source.Read(block));
            seen.Add((block.FirstSample, block.Lost, (block.Timestamp - TimeSpan.FromHours(1)).TotalMilliseconds, block.Channel(0)[0]));
        }

        Assert.Equal([(0, 0, 0, 1), (1, 0, 10, 2), (2, 0, 20, 3), (6, 3, 60, 4), (7, 0, 70, 5)], seen);
    }

    [Fact]
    public void What_the_sensor_throws_reaches_the_caller_and_the_stream_goes_on()
    {
        var clock = new ManualClock();
        int reads = 0;
        using var source = new PolledSource(new SourceInfo("test", 100, [new("x", "g")]), s =>
        {
            if (++reads == 2) throw new IOException("no acknowledge");
            s[0] = reads;
        }, clock);
        var block = new SampleBlock(1, 8);

        Assert.True(source.Read(block));
        Assert.Throws<IOException>(() => source.Read(block));
        clock.Advance(TimeSpan.FromMilliseconds(15));
        Assert.True(source.Read(block));
        Assert.Equal((2L, 1L), (block.FirstSample, block.Lost));
    }
}
