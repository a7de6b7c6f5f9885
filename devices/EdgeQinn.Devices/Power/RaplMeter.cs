using EdgeQinn.Devices.Sources;

namespace EdgeQinn.Devices.Power;

/// <summary>The energy counters of x86 processors, all packages (Documentation/power/powercap: <c>energy_uj</c>, which wraps at <c>max_energy_range_uj</c>).</summary>
sealed class RaplMeter : PowerMeter
{
    readonly string[] _files;
    readonly double[] _ranges;
    readonly double[] _last;
    readonly MonotonicClock _clock;
    TimeSpan _time;
    bool _started;

    RaplMeter(string[] files, double[] ranges, MonotonicClock clock) => (_files, _ranges, _last, _clock) = (files, ranges, new double[files.Length], clock);

    public override string Name => $"RAPL, {_files.Length} processor package(s)";

    public override string Bias => "RAPL counts the processor's package, with all cores and whatever else runs on them, but not memory, disks and supply";

    public static RaplMeter? Find(string root, MonotonicClock clock, List<string> problems)
    {
        string[] folders = SysfsFile.Folders(Path.Combine(root, "sys/class/powercap"), "intel-rapl:*");
        var files = new List<string>();
        var ranges = new List<double>();
        foreach (string folder in folders)
        {
            if (Path.GetFileName(folder).Count(c => c == ':') != 1) continue; // parts of a package
            string file = Path.Combine(folder, "energy_uj");
            if (double.IsNaN(SysfsFile.Number(file))) problems.Add($"{file} cannot be read: run as root, or let root do 'chmod a+r {file}' (the kernel closes it because it leaks secrets to other programs)");
            else
            {
                files.Add(file);
                ranges.Add(SysfsFile.Number(Path.Combine(folder, "max_energy_range_uj")));
            }
        }
        return files.Count == 0 ? null : new RaplMeter([.. files], [.. ranges], clock);
    }

    public override double Read()
    {
        TimeSpan now = _clock.Now;
        double joules = 0;
        for (int i = 0; i < _files.Length; i++)
        {
            double energy = SysfsFile.Number(_files[i]), used = energy - _last[i];
            if (used < 0) used += _ranges[i];
            joules += used * 1e-6;
            _last[i] = energy;
        }
        double watts = _started ? joules / (now - _time).TotalSeconds : double.NaN;
        (_time, _started) = (now, true);
        return watts;
    }
}
