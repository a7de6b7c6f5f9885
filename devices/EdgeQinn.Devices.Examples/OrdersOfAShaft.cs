using EdgeQinn.Devices.Signals.Orders;
using EdgeQinn.Devices.Signals.Spectra;
using EdgeQinn.Devices.Sources;

namespace EdgeQinn.Devices.Examples;

/// <summary>A synthetic bearing at 30 turns per second, with a tachometer's pulse per turn: the strongest order of its vibration.</summary>
static class OrdersOfAShaft
{
    const int PerRevolution = 64, Length = 4096;

    public static void Run()
    {
        using ISampleSource source = SourceCatalog.Open("synthetic:bearing?fault=outer&size=21&rpm=1800&seconds=4");
        double rate = source.Info.SampleRate, samplesPerTurn = rate / 30, nextPulse = samplesPerTurn;
        var tracker = new OrderTracker(rate, PerRevolution, pulsesPerRevolution: 1, lowestSpeed: 5);
        var spectrum = new LogSpectrum(Length, firstBin: 0, bins: Length / 2, floor: 1e-9);
        float[] window = new float[Length], values = new float[Length / 2];
        int filled = 0;
        long sample = 0;

        var block = new SampleBlock(channels: 1, capacity: 256);
        while (source.Read(block))
        {
            foreach (float g in block.Channel(0))
            {
                tracker.Write(g);
                if (++sample >= nextPulse)
                {
                    tracker.Pulse(nextPulse);
                    nextPulse += samplesPerTurn;
                }
                while (tracker.TryRead(out double y))
                {
                    if (filled < Length) window[filled++] = (float)y;
                }
            }
        }
        spectrum.Compute(window, values);
        int strongest = Array.IndexOf(values, values.Skip(1).Max());
        Console.WriteLine($"order {strongest * (double)PerRevolution / Length:0.00} is the strongest");
    }
}
