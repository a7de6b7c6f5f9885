using EdgeQinn.Devices.Power;
using EdgeQinn.Devices.Signals.Spectra;

namespace EdgeQinn.Devices.Examples;

/// <summary>What a spectrum costs: energy above idle with the meter this machine has, and CPU time in any case.</summary>
static class CostOfWork
{
    public static void Run()
    {
        var spectrum = new LogSpectrum(2048, firstBin: 0, bins: 1024, floor: 1e-9);
        float[] window = new float[2048], values = new float[1024];
        using PowerMeter? meter = PowerMeter.Find(out IReadOnlyList<string> problems);
        foreach (string problem in problems) Console.WriteLine(problem);
        PowerProfile profile = PowerProfile.Measure(meter, () => spectrum.Compute(window, values), TimeSpan.FromSeconds(2));
        Console.WriteLine(meter is null ? "no meter here" : $"{meter.Name}: {profile.JoulesPerRun * 1e6:0.0} µJ per spectrum above idle ({meter.Bias})");
        Console.WriteLine($"{profile.CpuSecondsPerRun * 1e6:0.0} µs of CPU time per spectrum");
    }
}
