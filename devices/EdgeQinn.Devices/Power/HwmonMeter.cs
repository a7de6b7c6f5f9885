namespace EdgeQinn.Devices.Power;

/// <summary>A sensor of the kernel's hwmon interface (Documentation/hwmon/sysfs-interface): <c>power1_input</c> in µW, or voltage times current.</summary>
sealed class HwmonMeter : PowerMeter
{
    readonly string _folder;
    readonly bool _hasPower;

    HwmonMeter(string folder, string chip, bool hasPower)
    {
        (_folder, _hasPower) = (folder, hasPower);
        Name = $"{chip} ({Path.GetFileName(folder)}, {(hasPower ? "power1" : "in1 × curr1")})";
    }

    public override string Name { get; }

    public override string Bias => "hwmon: what the chip's wiring covers is the board maker's choice; reading it costs the board a bus transfer";

    /// <param name="root">Where the file system starts.</param>
    /// <param name="monitorsOnly">Only chips that are made to measure power.</param>
    public static HwmonMeter? Find(string root, bool monitorsOnly)
    {
        foreach (string folder in SysfsFile.Folders(Path.Combine(root, "sys/class/hwmon"), "hwmon*"))
        {
            string chip = SysfsFile.Line(Path.Combine(folder, "name")) ?? "";
            if (monitorsOnly && !chip.StartsWith("ina", StringComparison.Ordinal)) continue;
            bool hasPower = !double.IsNaN(SysfsFile.Number(Path.Combine(folder, "power1_input")));
            var meter = new HwmonMeter(folder, chip, hasPower);
            if (hasPower || !double.IsNaN(meter.Read())) return meter;
        }
        return null;
    }

    public override double Read()
    {
        if (_hasPower) return SysfsFile.Number(Path.Combine(_folder, "power1_input")) * 1e-6;
        return SysfsFile.Number(Path.Combine(_folder, "in1_input")) * SysfsFile.Number(Path.Combine(_folder, "curr1_input")) * 1e-6; // mV × mA
    }
}
