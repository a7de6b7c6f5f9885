using EdgeQinn.Devices.Signals;
using EdgeQinn.Devices.Signals.Windows;
using EdgeQinn.Devices.Sources;
using EdgeQinn.Devices.Sources.Synthetic;
using EdgeQinn.Runtime.Format;
using Xunit;

namespace EdgeQinn.Devices.Tests.Signals;

public sealed class StreamNormalizerTests
{
    static double[] Signal(int samples, double offset = 0, double scale = 1)
    {
        var random = new Random(1);
        return [.. Enumerable.Range(0, samples).Select(_ => offset + scale * (2 * random.NextDouble() - 1))];
    }

    /// <summary>At first the mean and the deviation are those of all samples so far.</summary>
    [Fact]
    public void The_first_samples_weigh_alike()
    {
        double[] signal = Signal(200, offset: 7);
        var normalizer = new StreamNormalizer(new StreamNormalization(Seconds: 100, Epsilon: 1e-3), sampleRate: 1000);
        for (int n = 1; n <= signal.Length; n++)
        {
            double mean = signal[..n].Average(), deviation = Math.Sqrt(signal[..n].Average(x => (x - mean) * (x - mean)));
            Assert.Equal((signal[n - 1] - mean) / (deviation + 1e-3), normalizer.Process(signal[n - 1]), 1e-9);
        }
    }

    /// <summary>Later a sample's weight falls by e in the time constant.</summary>
    [Fact]
    public void Old_samples_are_forgotten_exponentially()
    {
        double[] signal = Signal(2000);
        const double Share = 0.1;
        var normalizer = new StreamNormalizer(new StreamNormalization(Seconds: -1 / Math.Log(1 - Share) / 250, Epsilon: 0.01), sampleRate: 250);
        double actual = 0;
        foreach (double x in signal) actual = normalizer.Process(x);
        double total = 0, mean = 0, variance = 0;
        for (int i = 0; i < signal.Length; i++) mean += Weight(i) * signal[^(i + 1)];
        for (int i = 0; i < signal.Length; i++) variance += Weight(i) * (signal[^(i + 1)] - mean) * (signal[^(i + 1)] - mean);
        for (int i = 0; i < signal.Length; i++) total += Weight(i);
        Assert.Equal(1, total, 1e-9);
        Assert.Equal((signal[^1] - mean) / (Math.Sqrt(variance) + 0.01), actual, 1e-9);

        static double Weight(int age) => Share * Math.Pow(1 - Share, age);
    }

    [Fact]
    public void A_large_offset_costs_no_accuracy_and_a_new_start_forgets_it()
    {
        double[] signal = Signal(5000);
        var plain = new StreamNormalizer(new StreamNormalization(1, 1e-6), 500);
        var shifted = new StreamNormalizer(new StreamNormalization(1, 1e-6), 500);
        foreach (double x in signal) Assert.Equal(plain.Process(x), shifted.Process(x + 1e6), 1e-5);
        shifted.Reset();
        var fresh = new StreamNormalizer(new StreamNormalization(1, 1e-6), 500);
        foreach (double x in signal[..100]) Assert.Equal(fresh.Process(x), shifted.Process(x));
    }

    /// <summary>What two windows have in common is the same in both: the reason for it.</summary>
    [Fact]
    public void Overlapping_windows_share_their_samples()
    {
        var contract = Contracts.Load("bearing.json");
        contract = contract with { Inputs = [new SamplesFeature("vibration", false)], Normalization = new StreamNormalization(0.2, 1e-6), Window = contract.Window with { Hop = 100 } };
        using var source = new SyntheticBearing(new(BearingFault.Inner, Seconds: 1));
        var windower = Windower.Create(contract, source.Info);
        var block = new SampleBlock(1, 700);
        float[]? before = null;
        long start = 0;
        int windows = 0;
        while (source.Read(block))
        {
            windower.Accept(block);
            while (windower.TryRead(out var window))
            {
                float[] samples = window.Inputs[0].Values;
                if (before is not null) Assert.Equal(before[100..], samples[..^100]);
                Assert.Equal(100, window.Hop);
                Assert.Equal(start, window.Start);
                before = [.. samples];
                start += 100;
                windows++;
            }
        }
        Assert.InRange(windows, 90, 110);
        Assert.InRange(before!.Max(), 1, 10);
        Assert.InRange(Math.Abs(before!.Average()), 0, 0.1);
    }
}
