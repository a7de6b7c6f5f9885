using EdgeQinn.Devices.Signals.Filters;
using Xunit;

namespace EdgeQinn.Devices.Tests.Signals;

public sealed class ResamplerTests
{
    [Theory]
    [InlineData(360, 250, 25, 36)]
    [InlineData(250, 360, 36, 25)]
    [InlineData(12_000, 48_000, 4, 1)]
    [InlineData(3200, 12_000, 15, 4)]
    [InlineData(360, 360, 1, 1)]
    public void A_tone_keeps_its_amplitude_and_its_time(double from, double to, int up, int down)
    {
        Resampler resampler = Resampler.Between(from, to);
        Assert.Equal((up, down), (resampler.Up, resampler.Down));
        foreach (double share in new[] { 0.05, 0.4, 0.79 }) // of the lower Nyquist frequency
        {
            double frequency = share * Math.Min(from, to) / 2;
            resampler.Reset();
            long m = 0;
            double worst = 0;
            for (int n = 0; n < 6000; n++)
            {
                resampler.Write(Math.Sin(2 * Math.PI * frequency * n / from));
                while (resampler.TryRead(out double y))
                {
                    if (m / to > 2 * resampler.Delay / from) worst = Math.Max(worst, Math.Abs(y - Math.Sin(2 * Math.PI * frequency * m / to)));
                    m++;
                }
            }
            Assert.InRange(worst, 0, 2e-3);
            Assert.InRange(m, (6000 - resampler.Delay) * to / from - 2, 6000 * to / from + 2);
        }
    }

    [Theory]
    [InlineData(48_000, 12_000)]
    [InlineData(1000, 360)]
    public void What_the_new_rate_cannot_hold_does_not_fold(double from, double to)
    {
        foreach (double frequency in new[] { 0.505 * to, 0.75 * to, 1.0 * to })
        {
            if (frequency >= from / 2) continue;
            Resampler resampler = Resampler.Between(from, to);
            double worst = 0;
            long m = 0;
            for (int n = 0; n < 8000; n++)
            {
                resampler.Write(Math.Sin(2 * Math.PI * frequency * n / from));
                while (resampler.TryRead(out double y))
                    if (m++ > 300) worst = Math.Max(worst, Math.Abs(y));
            }
            Assert.InRange(worst, 0, 1e-3);
        }
    }

    [Fact]
    public void A_constant_stays_exact_from_the_first_sample_on()
    {
        var resampler = new Resampler(7, 5);
        for (int n = 0; n < 500; n++)
        {
            resampler.Write(2.5);
            while (resampler.TryRead(out double y)) Assert.Equal(2.5, y, 1e-12);
        }
    }

    [Fact]
    public void Any_chunking_gives_the_same_samples_and_a_polyphase_form_the_same_as_its_definition()
    {
        const int Up = 9, Down = 7;
        var random = new Random(5);
        float[] x = [.. Enumerable.Range(0, 1500).Select(_ => (float)(random.NextDouble() - 0.5))];
        var resampler = new Resampler(Up, Down);
        float[] whole = new float[resampler.MostOutputs(x.Length)];
        int count = resampler.Process(x, whole);

        resampler.Reset();
        var pieces = new List<float>();
        float[] buffer = new float[resampler.MostOutputs(200)];
        for (int at = 0; at < x.Length;)
        {
            int n = Math.Min(random.Next(0, 200), x.Length - at);
            pieces.AddRange(buffer.AsSpan(0, resampler.Process(x.AsSpan(at, n), buffer)));
            at += n;
        }
        Assert.Equal(whole[..count], pieces);

        // The definition: zeros put in, one long low-pass at the common rate, every M-th kept.
        int delay = resampler.Delay, half = delay * Up;
        double lower = Math.PI / Up;
        double[] lowpass = KaiserLowpass.Design(half, lower * 0.9, KaiserLowpass.Beta(80));
        for (int m = 300; m < count - 1; m += 17)
        {
            double y = 0;
            for (int i = 0; i < x.Length; i++)
            {
                int n = m * Down - i * Up + half;
                if (n >= 0 && n < lowpass.Length) y += Up * lowpass[n] * x[i];
            }
            Assert.Equal(y, whole[m], 2e-4); // each phase is scaled to sum 1, which the definition only nearly is
        }
    }

    [Fact]
    public void Rates_in_no_simple_ratio_are_refused()
    {
        Assert.Throws<ArgumentException>(() => Resampler.Between(360, 100 * Math.PI));
        Assert.Throws<ArgumentException>(() => Resampler.Between(0, 100));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Resampler(0, 1));
    }
}
