using EdgeQinn.Devices.Signals.Filters;
using EdgeQinn.Devices.Signals.Orders;
using EdgeQinn.Devices.Signals.Spectra;
using Xunit;

namespace EdgeQinn.Devices.Tests.Signals;

[Collection(AllocationCollection.Name)]
public sealed class OrderTests
{
    const double Rate = 12_000;
    const int PerRevolution = 64;

    /// <summary>A run-up from 10 to 30 turns per second in ten seconds: turns since the start.</summary>
    static double Turns(double seconds) => 10 * seconds + seconds * seconds;

    static double TimeOfTurn(double turns) => -5 + Math.Sqrt(25 + turns);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void A_run_up_becomes_a_tone_of_constant_order(int pulsesPerRevolution)
    {
        const double Order = 5.4152; // an inner race's
        var tracker = new OrderTracker(Rate, PerRevolution, pulsesPerRevolution, lowestSpeed: 5);
        double worst = 0, worstSpeed = 0;
        int outputs = 0;
        long pulse = 1;
        for (int n = 0; n < 10 * Rate; n++)
        {
            tracker.Write(Math.Cos(2 * Math.PI * Order * Turns(n / Rate)));
            while (TimeOfTurn((double)pulse / pulsesPerRevolution) * Rate <= n) tracker.Pulse(TimeOfTurn((double)pulse++ / pulsesPerRevolution) * Rate);
            while (tracker.TryRead(out double y))
            {
                // Output k lies k/64 of a turn after the first pulse, from half a pulse on.
                double turns = 1.0 / pulsesPerRevolution + (Math.Ceiling(0.5 * PerRevolution / pulsesPerRevolution) + outputs++) / PerRevolution;
                worst = Math.Max(worst, Math.Abs(y - Math.Cos(2 * Math.PI * Order * turns)));
                worstSpeed = Math.Max(worstSpeed, Math.Abs(tracker.Speed - (10 + 2 * TimeOfTurn(turns))));
            }
        }
        Assert.InRange(outputs, 195 * PerRevolution, 200 * PerRevolution);
        Assert.InRange(worst, 0, 2e-3);
        Assert.InRange(worstSpeed, 0, 1e-6); // constant acceleration is exact
        Assert.Equal(1, tracker.Starts);
    }

    [Fact]
    public void Orders_above_half_the_angular_rate_do_not_fold()
    {
        var tracker = new OrderTracker(Rate, PerRevolution, 1, lowestSpeed: 5);
        double worst = 0;
        for (int n = 0, pulse = 1; n < 5 * Rate; n++)
        {
            tracker.Write(Math.Cos(2 * Math.PI * 45 * 20 * n / Rate)); // order 45 of 20 turns per second; half the rate is 32
            if (n >= pulse * Rate / 20) tracker.Pulse(pulse++ * Rate / 20);
            while (tracker.TryRead(out double y)) worst = Math.Max(worst, tracker.Position > 2000 ? Math.Abs(y) : 0);
        }
        Assert.InRange(worst, 0, 2e-3);
    }

    [Fact]
    public void A_fault_at_changing_speed_is_one_line_in_the_order_spectrum()
    {
        const double Order = 4.0;
        const int Length = 4096;
        var tracker = new OrderTracker(Rate, PerRevolution, 1, 5);
        var tachometer = new Tachometer(0.5, 0.2);
        var values = new List<double>();
        for (int n = 0; n < 9 * Rate; n++)
        {
            double turns = Turns(n / Rate);
            tracker.Write(Math.Sin(2 * Math.PI * Order * turns));
            // The tachometer is a channel like the others: a smooth pulse once a turn.
            if (tachometer.Process(Math.Exp(-Math.Pow(((turns + 0.5) % 1 - 0.5) * 20, 2)), out double position)) tracker.Pulse(position);
            while (tracker.TryRead(out double y)) values.Add(y);
        }
        double[] re = new double[Length / 2 + 1], im = new double[Length / 2 + 1];
        new RealFft(Length).Transform([.. values.Skip(500).Take(Length).Select((v, i) => v * (0.5 - 0.5 * Math.Cos(2 * Math.PI * i / Length)))], re, im);
        double[] power = [.. re.Zip(im, (a, b) => a * a + b * b)];
        int peak = Array.IndexOf(power, power.Max());
        Assert.Equal(Order * Length / PerRevolution, peak);
        Assert.True(power.Where((_, k) => Math.Abs(k - peak) > 2).Sum() < 1e-3 * power.Sum());
    }

    [Fact]
    public void Standstill_is_left_out_and_output_begins_anew_after_it()
    {
        var tracker = new OrderTracker(1000, 16, 1, lowestSpeed: 5);
        int before = 0, after = 0;
        for (int n = 0; n < 6000; n++)
        {
            tracker.Write(1);
            if (n % 100 == 0 && n > 0 && n is not (> 2000 and < 4000)) tracker.Pulse(n);
            while (tracker.TryRead(out double y))
            {
                Assert.Equal(1, y, 1e-6);
                if (tracker.Position < 2500) before++;
                else after++;
                Assert.False(tracker.Position is > 2000 and < 4000);
            }
        }
        Assert.Equal(2, tracker.Starts);
        Assert.InRange(before, 17 * 16, 19 * 16);
        Assert.InRange(after, 17 * 16, 20 * 16);
    }

    [Fact]
    public void A_tachometer_counts_each_pulse_once_and_places_it_between_samples()
    {
        var tachometer = new Tachometer(0.5, 0.3);
        var pulses = new List<double>();
        foreach (double x in new[] { 0.9, 0, 0.25, 0.75, 0.45, 0.6, 1, 0.1, 0.5, 0 })
            if (tachometer.Process(x, out double position)) pulses.Add(position);
        Assert.Equal([2.5, 8.0], pulses); // high at the start is no edge; a dip above the hysteresis neither
    }

    [Fact]
    public void Signal_processing_allocates_nothing_once_running()
    {
        var resampler = new Resampler(25, 36);
        var envelope = new HilbertEnvelope(300, Rate);
        var blocker = new DcBlocker(1, Rate);
        var tracker = new OrderTracker(Rate, PerRevolution, 1, 5);
        Run(0, 5000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        double sum = Run(5000, 10_000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.NotEqual(0, sum);

        double Run(int from, int to)
        {
            double total = 0;
            for (int n = from; n < to; n++)
            {
                double x = Math.Sin(n * 0.7);
                resampler.Write(blocker.Process(x));
                while (resampler.TryRead(out double y)) total += y;
                if (envelope.Process(x, out double e)) total += e;
                tracker.Write(x);
                if (n % 600 == 599) tracker.Pulse(n);
                while (tracker.TryRead(out double o)) total += o;
            }
            return total;
        }
    }
}
