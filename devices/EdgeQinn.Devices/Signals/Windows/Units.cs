namespace EdgeQinn.Devices.Signals.Windows;

/// <summary>Conversion between the units sensors and recordings come in.</summary>
static class Units
{
    const double StandardGravity = 9.80665; // m/s²

    static readonly (string Name, string Quantity, double Factor)[] Known =
    [
        ("V", "voltage", 1), ("mV", "voltage", 1e-3), ("uV", "voltage", 1e-6), ("µV", "voltage", 1e-6), ("nV", "voltage", 1e-9),
        ("g", "acceleration", StandardGravity), ("mg", "acceleration", StandardGravity * 1e-3), ("m/s2", "acceleration", 1), ("m/s^2", "acceleration", 1),
    ];

    /// <summary>What to multiply by; 1 where a unit is not said, null where the units do not belong together.</summary>
    public static double? Conversion(string from, string to)
    {
        if (from == to || from.Length == 0 || to.Length == 0) return 1;
        var a = Array.Find(Known, u => u.Name == from);
        var b = Array.Find(Known, u => u.Name == to);
        return a.Name is not null && a.Quantity == b.Quantity ? a.Factor / b.Factor : null;
    }
}
