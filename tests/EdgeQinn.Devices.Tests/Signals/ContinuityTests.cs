using EdgeQinn.Devices.Signals.Windows;
using EdgeQinn.Devices.Sources;
using EdgeQinn.Runtime.Format;
using Xunit;

namespace EdgeQinn.Devices.Tests.Signals;

public sealed class ContinuityTests
{
    const double Rate = 1000;
    const int Length = 10, Hop = 5;

    static readonly SignalContract Plain = Contracts.Load("bearing.json") with
    {
        SampleRate = Rate,
        Filters = [],
        Inputs = [new SamplesFeature("x", false)],
        Window = new(WindowTrigger.Hop, Length, Hop: Hop),
    };

    /// <summary>A block of samples whose values are their own indices.</summary>
    sealed record Piece(long First, int Count, long Lost = 0, double LateSeconds = 0, long[]? Missing = null);

    sealed record Seen(long Sample, long First, long Last, int Filled, long LostBefore, SampleStatus Status, float[] Values);

    static List<Seen> Run(Windower windower, params IEnumerable<Piece> pieces)
    {
        var block = new SampleBlock(1, 4096);
        var seen = new List<Seen>();
        long sequence = 0;
        foreach (Piece p in pieces)
        {
            for (int i = 0; i < p.Count; i++) block.Buffer(0)[i] = p.Missing?.Contains(p.First + i) == true ? float.NaN : p.First + i;
            block.Commit(p.Count, sequence++, p.First, TimeSpan.FromSeconds(p.First / Rate + p.LateSeconds), p.Lost);
            windower.Accept(block);
            while (windower.TryRead(out SignalWindow? w)) seen.Add(new(w.Sample, w.First, w.Last, w.Filled, w.LostBefore, w.Status, [.. w.Inputs[0].Values]));
        }
        return seen;
    }

    static Windower Create(string gaps) => Windower.Create(Plain with { Continuity = new ContinuityRule().WithGaps(gaps) }, new("r", Rate, [new("a", "g")]));

    [Fact]
    public void A_gap_is_filled_by_a_line_or_the_last_value_and_the_windows_say_so()
    {
        Windower lines = Create("interpolate:max=0.005"), holds = Create("hold:max=0.005");
        Piece[] pieces = [new(0, 13), new(16, 14, Lost: 3)];
        List<Seen> line = Run(lines, pieces), hold = Run(holds, pieces);
        Assert.Equal([0L, 5, 10, 15, 20], line.Select(w => w.Sample));
        Assert.All(line, w => Assert.Equal(Enumerable.Range((int)w.First, Length).Select(i => (float)i), w.Values)); // an index is a straight line
        Assert.Equal([0, 2, 3, 1, 0], line.Select(w => w.Filled));
        Assert.All(line, w => Assert.Equal(w.Filled > 0, (w.Status & SampleStatus.Filled) != 0));
        Assert.Equal([10f, 11, 12, 12, 12, 12, 16, 17, 18, 19], hold[2].Values);
        Assert.Equal((3, 1, 0, 0), (lines.Continuity.Filled, lines.Continuity.FilledGaps, lines.Continuity.Lost, lines.Continuity.Resets));
    }

    [Theory]
    [InlineData("reset")]
    [InlineData("hold:max=0.002")]
    public void A_gap_that_may_not_be_filled_starts_anew_and_is_told_with_the_next_window(string policy)
    {
        Windower windower = Create(policy);
        List<Seen> seen = Run(windower, new Piece(0, 13), new Piece(16, 20, Lost: 3));
        Assert.Equal([0L, 16, 21, 26], seen.Select(w => w.Sample));
        Assert.Equal([0L, 3, 0, 0], seen.Select(w => w.LostBefore));
        Assert.Equal((16, 25), (seen[1].First, seen[1].Last));
        Assert.Equal((3, 1), (windower.Continuity.Lost, windower.Continuity.Resets));
    }

    [Theory]
    [InlineData("reset")]
    [InlineData("hold:max=0.01")]
    [InlineData("interpolate:max=0.01")]
    public void Missing_values_count_as_lost_samples_in_any_chunking(string policy)
    {
        var random = new Random(1);
        long[] missing = [0, 1, 17, 18, 19, 44, 79, 80, .. Enumerable.Range(150, 30).Select(i => (long)i), 299];
        Windower whole = Create(policy);
        List<Seen> expected = Run(whole, new Piece(0, 300, Missing: missing));
        for (int trial = 0; trial < 20; trial++)
        {
            var pieces = new List<Piece>();
            for (int at = 0; at < 300;)
            {
                int count = Math.Min(300 - at, random.Next(1, 40));
                pieces.Add(new(at, count, Missing: missing));
                at += count;
            }
            Windower chunked = Create(policy);
            List<Seen> seen = Run(chunked, pieces);
            Assert.Equal(expected.Select(w => (w.Sample, w.Filled, w.LostBefore, w.Status)), seen.Select(w => (w.Sample, w.Filled, w.LostBefore, w.Status)));
            Assert.All(expected.Zip(seen), pair => Assert.Equal(pair.First.Values, pair.Second.Values));
            Assert.Equal((whole.Continuity.Lost, whole.Continuity.Filled), (chunked.Continuity.Lost, chunked.Continuity.Filled));
        }
        Assert.Equal(missing.Length - 1, whole.Continuity.Lost + whole.Continuity.Filled); // nothing stands behind the last one
        Assert.DoesNotContain(expected, w => w.Values.Any(float.IsNaN));
    }

    [Fact]
    public void Blocks_that_come_twice_or_too_late_are_dropped_and_counted()
    {
        Windower windower = Create("reset");
        List<Seen> seen = Run(windower,
            new Piece(0, 20), new Piece(0, 20), new Piece(10, 15), // once more, and once more with five new samples
            new Piece(35, 15, Lost: 10), new Piece(25, 10), new Piece(50, 10)); // the ten given up for lost come after all
        Assert.Equal([0L, 5, 10, 15, 35, 40, 45, 50], seen.Select(w => w.Sample));
        Assert.All(seen, w => Assert.Equal(Enumerable.Range((int)w.First, Length).Select(i => (float)i), w.Values));
        Assert.Equal((2, 1, 1), (windower.Continuity.DuplicateBlocks, windower.Continuity.LateBlocks, windower.Continuity.Resets));
    }

    [Fact]
    public void Jitter_is_measured_and_a_jump_of_the_clock_starts_anew()
    {
        Windower windower = Create("hold:max=1");
        List<Seen> seen = Run(windower, new Piece(0, 8), new Piece(8, 8, LateSeconds: 0.003), new Piece(16, 10, LateSeconds: 2), new Piece(26, 4, LateSeconds: 2));
        Assert.Equal([0L, 5, 16], seen.Select(w => w.Sample)); // no window holds samples from both sides of the jump
        Assert.Equal((1, 1), (windower.Continuity.TimeJumps, windower.Continuity.Resets));
        Assert.Equal(3, windower.Continuity.MostJitter.TotalMilliseconds, 0.01);
    }

    [Fact]
    public void A_source_that_counts_anew_is_followed()
    {
        Windower windower = Create("hold:max=1");
        List<Seen> seen = Run(windower, new Piece(100, 20), new Piece(0, 20, LateSeconds: 5));
        Assert.Equal([100L, 105, 110, 0, 5, 10], seen.Select(w => w.Sample));
    }

    [Theory]
    [InlineData("mend")]
    [InlineData("hold:max=")]
    [InlineData("reset:max=1")]
    [InlineData("hold:most=1")]
    public void A_policy_that_is_none_is_refused(string text) => Assert.Throws<SourceAddressException>(() => new ContinuityRule().WithGaps(text));
}
