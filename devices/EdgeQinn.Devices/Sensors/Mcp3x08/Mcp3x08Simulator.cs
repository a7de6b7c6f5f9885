using EdgeQinn.Devices.Sensors.Simulation;
using EdgeQinn.Devices.Sources;

namespace EdgeQinn.Devices.Sensors.Mcp3x08;

/// <summary>An MCP3008 or MCP3208 as its data sheet describes it, bit by bit: start bit, mode, input, a clock to sample, null bit, code.</summary>
public sealed class Mcp3x08Simulator : SimulatedChip, ISimulatedSpiTarget
{
    readonly int _bits;
    readonly double _reference;
    readonly Stimulus _stimulus;
    readonly int[] _last = new int[8];

    /// <param name="clock">The time it lives in.</param>
    /// <param name="faults">What it suffers from.</param>
    /// <param name="bits">10 or 12.</param>
    /// <param name="reference">Volts at VREF.</param>
    /// <param name="stimulus">Volts at an input.</param>
    public Mcp3x08Simulator(MonotonicClock clock, ChipFaults faults, int bits, double reference, Stimulus stimulus) : base(clock, faults, 0) =>
        (_bits, _reference, _stimulus) = (bits, reference, stimulus);

    /// <inheritdoc/>
    public void Exchange(Span<byte> frame)
    {
        int clocks = 8 * frame.Length, start = 0;
        while (start < clocks && !In(frame, start)) start++;
        if (start + 4 >= clocks) return; // no start bit: the line stays as it is
        bool single = In(frame, start + 1);
        int input = (In(frame, start + 2) ? 4 : 0) | (In(frame, start + 3) ? 2 : 0) | (In(frame, start + 4) ? 1 : 0);
        int code = single ? Code(input) : 0;
        frame.Fill(0xFF); // high impedance up to the null bit
        int at = start + 6;
        Out(frame, at++, false);
        for (int bit = _bits - 1; bit >= 0; bit--) Out(frame, at++, (code >> bit & 1) != 0);
    }

    static bool In(ReadOnlySpan<byte> frame, int clock) => (frame[clock / 8] & 0x80 >> clock % 8) != 0;

    static void Out(Span<byte> frame, int clock, bool value)
    {
        if (clock >= 8 * frame.Length) return;
        if (value) frame[clock / 8] |= (byte)(0x80 >> clock % 8);
        else frame[clock / 8] &= (byte)~(0x80 >> clock % 8);
    }

    int Code(int input)
    {
        if (Faults.Current == ChipFault.Saturated) return (1 << _bits) - 1;
        if (Faults.Current != ChipFault.Stuck)
            _last[input] = (int)Math.Clamp(Math.Floor(_stimulus(Seconds, input) / _reference * (1 << _bits)), 0, (1 << _bits) - 1);
        return _last[input];
    }

    /// <summary>Nothing is sampled unasked.</summary>
    protected override void Take(double seconds, TimeSpan time) { }

    /// <summary>There are no registers.</summary>
    protected override void PowerOn() { }
}
