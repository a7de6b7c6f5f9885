using EdgeQinn.Devices.Signals.Filters;
using EdgeQinn.Devices.Signals.Windows;
using EdgeQinn.Devices.Sources;
using EdgeQinn.Runtime.Format;
using Xunit;

namespace EdgeQinn.Devices.Tests.Signals;

/// <summary>A source whose clock is off: what becomes of windows under each policy.</summary>
public sealed class DriftTests
{
    const double Rate = 1000, Frequency = 3, Seconds = 200;
    const int Length = 1000, Hop = 500;

    static readonly SignalContract Plain = Contracts.Load("bearing.json") with
    {
        SampleRate = Rate,
        Filters = [],
        Inputs = [new SamplesFeature("x", false)],
        Window = new(WindowTrigger.Hop, Length, Hop: Hop),
    };

    sealed record Seen(double Time, long Sample, long First, long Last, float[] Values);

    /// <summary>A sine of the machine's time, taken by a chip that runs faster than it should; blocks of random length, their times off by up to half a millisecond.</summary>
    static List<Seen> Run(Windower windower, double ppm)
    {
        var random = new Random(1);
        double rate = Rate * (1 + ppm * 1e-6);
        var block = new SampleBlock(1, 64);
        var seen = new List<Seen>();
        long n = 0, sequence = 0;
        while (n < Seconds * rate)
        {
            int count = random.Next(1, 64);
            for (int i = 0; i < count; i++) block.Buffer(0)[i] = (float)Math.Sin(2 * Math.PI * Frequency * (n + i) / rate);
            block.Commit(count, sequence++, n, TimeSpan.FromSeconds(n / rate + 0.001 * (random.NextDouble() - 0.5) + 5));
            n += count;
            windower.Accept(block);
            while (windower.TryRead(out SignalWindow? w)) seen.Add(new(w.Time.TotalSeconds - 5, w.Sample, w.First, w.Last, [.. w.Inputs[0].Values]));
        }
        return seen;
    }

    static Windower Create(string drift) => Windower.Create(Plain with { Continuity = new ContinuityRule().WithDrift(drift) }, new("r", Rate, [new("a", "g")]));

    [Theory]
    [InlineData(-10_000)]
    [InlineData(-100)]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(10_000)]
    public void Resampled_windows_stay_aligned_with_the_machines_clock(double ppm)
    {
        Windower windower = Create("resample");
        List<Seen> seen = Run(windower, ppm);
        Assert.InRange(seen.Count, (Seconds * Rate - Length) / Hop - 1, (Seconds * Rate - Length) / Hop + 1);
        double shift = 0; // of all windows alike: the first block's time had its jitter, too
        for (int k = 20; k < seen.Count; k++)
        {
            Seen w = seen[k];
            Assert.Equal(k * Hop / Rate, w.Time, 0.002);
            Assert.Equal(k * Hop * (1 + ppm * 1e-6), w.Sample, 2.0);
            Assert.Equal((Length - 1) * (1 + ppm * 1e-6), w.Last - w.First, 1.5);
            double largest = 0;
            for (int i = 0; i < Length; i++) largest = Math.Max(largest, Math.Abs(w.Values[i] - Math.Sin(2 * Math.PI * Frequency * (k * Hop + i) / Rate)));
            shift = Math.Max(shift, largest / (2 * Math.PI * Frequency));
        }
        Assert.InRange(shift, 0, 0.0007);
        Assert.Equal(ppm, windower.Continuity.DriftPpm, 20.0);
        Assert.Equal(-ppm * 1e-6 * Seconds * Rate, windower.Continuity.Stretched, 1 + 0.001 * Math.Abs(ppm * 1e-6 * Seconds * Rate) + 2);
        Assert.Equal(0, windower.Continuity.Resets);
    }

    [Fact]
    public void Reported_drift_is_measured_and_windows_hold_their_number_of_samples()
    {
        Windower windower = Create("report");
        List<Seen> seen = Run(windower, 10_000);
        Assert.Equal(10_000, windower.Continuity.DriftPpm, 20.0);
        Assert.All(seen, w => Assert.Equal(Length - 1, w.Last - w.First));
        Assert.Equal(seen[^1].Sample / (Rate * 1.01), seen[^1].Time, 0.012); // back from the newest block by the nominal rate: 1 % of a window
        Assert.Equal((0, 0), (windower.Continuity.Stretched, windower.Continuity.DriftResets));
    }

    [Fact]
    public void Windows_start_anew_where_samples_and_clock_have_drifted_apart()
    {
        Windower windower = Create("reset:max=50ms");
        List<Seen> seen = Run(windower, 10_000); // 50 ms in 5 s
        Assert.Equal(Seconds / 5, windower.Continuity.DriftResets, 2.0);
        Assert.Equal(windower.Continuity.DriftResets, windower.Continuity.Resets);
        Assert.Equal(0, windower.Continuity.Lost);
        Assert.All(seen, w => Assert.Equal(Length - 1, w.Last - w.First));
        windower = Create("reset:max=50ms");
        Run(windower, 100); // 20 ms in 200 s
        Assert.Equal(0, windower.Continuity.DriftResets);
    }

    [Fact]
    public void A_gap_resets_the_place_but_not_the_rate()
    {
        Windower windower = Create("resample");
        var block = new SampleBlock(1, 10);
        double rate = Rate * 1.005;
        var seen = new List<Seen>();
        for (long n = 0, sequence = 0; n < 60_000; n += 10, sequence++)
        {
            if (n is >= 30_000 and < 30_700) continue;
            for (int i = 0; i < 10; i++) block.Buffer(0)[i] = (float)Math.Sin(2 * Math.PI * Frequency * (n + i) / rate);
            block.Commit(10, sequence, n, TimeSpan.FromSeconds(n / rate), n == 30_700 ? 700 : 0);
            windower.Accept(block);
            while (windower.TryRead(out SignalWindow? w)) seen.Add(new(w.Time.TotalSeconds, w.Sample, w.First, w.Last, [.. w.Inputs[0].Values]));
        }
        Assert.Equal((1, 700), (windower.Continuity.Resets, windower.Continuity.Lost));
        Seen[] after = [.. seen.Where(w => w.Sample >= 30_700)];
        Assert.Equal(30_700, after[0].Sample);
        for (int k = 0; k < after.Length; k++)
        {
            Assert.Equal(30_700 / rate + k * Hop / Rate, after[k].Time, 0.001);
            for (int i = 0; i < Length; i++)
                Assert.Equal(Math.Sin(2 * Math.PI * Frequency * (30_700 / rate + (k * Hop + i) / Rate)), after[k].Values[i], 0.003);
        }
    }

    [Theory]
    [InlineData("mend")]
    [InlineData("resample:max=1s")]
    [InlineData("reset:max=")]
    public void A_policy_that_is_none_is_refused(string text) => Assert.Throws<SourceAddressException>(() => new ContinuityRule().WithDrift(text));

    [Fact]
    public void Blocks_that_come_again_start_anew_where_the_contract_says_so()
    {
        foreach ((string policy, int resets) in (ReadOnlySpan<(string, int)>)[("drop", 0), ("reset", 1)])
        {
            Windower windower = Windower.Create(Plain with { Continuity = new ContinuityRule().WithRepeats(policy) }, new("r", Rate, [new("a", "g")]));
            var block = new SampleBlock(1, 100);
            foreach (long first in (ReadOnlySpan<long>)[0, 100, 100, 200])
            {
                block.Commit(100, 0, first, TimeSpan.FromSeconds(first / Rate));
                windower.Accept(block);
                while (windower.TryRead(out _)) { }
            }
            Assert.Equal((1, resets), (windower.Continuity.DuplicateBlocks, windower.Continuity.Resets));
        }
    }

    [Fact]
    public void The_fractional_resampler_is_exact_at_whole_samples_and_close_between_them()
    {
        var random = new Random(1);
        var same = new FractionalResampler();
        double[] x = [.. Enumerable.Range(0, 200).Select(_ => random.NextDouble())];
        var outputs = new List<double>();
        foreach (double value in x)
        {
            same.Write(value);
            while (same.TryRead(1, out double y)) outputs.Add(y);
        }
        Assert.Equal(x[..outputs.Count], outputs);
        Assert.Equal(x.Length - FractionalResampler.Delay, outputs.Count);

        foreach (double frequency in (ReadOnlySpan<double>)[0.01, 0.2, 0.4])
        {
            var resampler = new FractionalResampler();
            double worst = 0, at = 0;
            for (int n = 0; n < 2000; n++)
            {
                resampler.Write(Math.Sin(2 * Math.PI * frequency * n));
                while (resampler.TryRead(1.01234, out double y))
                {
                    if (at > 50) worst = Math.Max(worst, Math.Abs(y - Math.Sin(2 * Math.PI * frequency * at)));
                    at += 1.01234;
                }
            }
            Assert.InRange(worst, 0, 2e-3);
        }
    }
}
