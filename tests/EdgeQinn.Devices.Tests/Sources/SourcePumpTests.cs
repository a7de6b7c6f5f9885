using EdgeQinn.Devices.Recordings;
using EdgeQinn.Devices.Sources;
using Xunit;

namespace EdgeQinn.Devices.Tests.Sources;

public sealed class SourcePumpTests
{
    static readonly TimeSpan Long = TimeSpan.FromSeconds(20), None = TimeSpan.Zero;

    /// <summary>A source of numbered samples that delivers a block whenever it is let.</summary>
    sealed class Stepped(int blocks, Exception? failure = null) : ISampleSource
    {
        readonly SemaphoreSlim _let = new(0);
        int _delivered;

        public SourceInfo Info { get; } = new("s", 100, [new("x", "g")]);

        public bool IsClosed { get; private set; }

        public int Delivered => Volatile.Read(ref _delivered);

        public void Let(int count) => _let.Release(count);

        public bool Read(SampleBlock block)
        {
            if (_delivered == blocks)
            {
                if (failure is not null) throw failure;
                return false;
            }
            if (!_let.Wait(Long)) return false;
            int at = _delivered * block.Capacity;
            for (int i = 0; i < block.Capacity; i++) block.Buffer(0)[i] = at + i;
            block.Commit(block.Capacity, _delivered, at, TimeSpan.FromSeconds(at / 100.0));
            Interlocked.Increment(ref _delivered);
            return true;
        }

        public void Dispose() => IsClosed = true;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    public void A_source_that_waits_loses_nothing_and_keeps_its_order(int capacity)
    {
        var source = new Stepped(200);
        source.Let(200);
        using (var pump = new SourcePump(source, 10, capacity, Backlog.Wait))
        {
            for (int b = 0; b < 200; b++)
            {
                SampleBlock block = pump.Take(Long)!;
                Assert.Equal((b, 10L * b, 0L), (block.Sequence, block.FirstSample, block.Lost));
                Assert.Equal(10f * b + 9, block.Channel(0)[9]);
                Assert.True(block.Arrived > TimeSpan.Zero);
            }
            Assert.Null(pump.Take(Long));
            Assert.True(pump.IsFinished);
            Assert.InRange(pump.MostDepth, 1, capacity);
        }
        Assert.True(source.IsClosed);
    }

    [Fact]
    public void A_full_queue_drops_the_oldest_and_the_next_block_says_how_much()
    {
        var source = new Stepped(12);
        using var pump = new SourcePump(source, 10, 4, Backlog.DropOldest);
        source.Let(1);
        Assert.Equal(0, pump.Take(Long)!.Sequence); // held while the rest comes in
        source.Let(11);
        Assert.True(SpinWait.SpinUntil(() => source.Delivered == 12 && pump.Dropped == 70, Long));
        long next = 10;
        foreach (int sequence in new[] { 8, 9, 10, 11 })
        {
            SampleBlock block = pump.Take(Long)!;
            Assert.Equal(sequence, block.Sequence);
            Assert.Equal(block.FirstSample - next, block.Lost);
            Assert.Equal((float)block.FirstSample, block.Channel(0)[0]);
            next = block.FirstSample + 10;
        }
        Assert.Null(pump.Take(Long));
        Assert.Equal(4, pump.MostDepth);
    }

    [Fact]
    public void Who_waits_in_vain_gets_nothing_and_what_the_source_throws_reaches_the_taker_last()
    {
        var source = new Stepped(1, new RecordingException("f", "is broken"));
        using var pump = new SourcePump(source, 10, 4, Backlog.Wait);
        Assert.Null(pump.Take(None));
        Assert.False(pump.IsFinished);
        source.Let(1);
        Assert.NotNull(pump.Take(Long));
        Assert.Contains("is broken", Assert.Throws<RecordingException>(() => pump.Take(Long)).Message);
    }
}
