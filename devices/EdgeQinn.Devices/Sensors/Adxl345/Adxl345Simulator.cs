using EdgeQinn.Devices.Sensors.Registers;
using EdgeQinn.Devices.Sensors.Simulation;
using EdgeQinn.Devices.Sources;
using Register = EdgeQinn.Devices.Sensors.Adxl345.Adxl345Sensor.Register;

namespace EdgeQinn.Devices.Sensors.Adxl345;

/// <summary>An ADXL345 as its data sheet describes it: FIFO in stream mode, overrun bit, a burst from DATAX0 on takes one entry.</summary>
public sealed class Adxl345Simulator : RegisterChip
{
    const int Depth = 33;

    /// <summary>What the self-test adds at 3.3 V: in the middle of the limits, in g.</summary>
    static ReadOnlySpan<double> SelfTestForce => [2.04, -2.04, 2.73];

    readonly Stimulus _stimulus;
    readonly FrameFifo _fifo = new(Depth, 3);
    readonly int[] _last = new int[3];
    bool _touched;

    /// <summary>A chip that has just been switched on.</summary>
    /// <param name="clock">The time it lives in.</param>
    /// <param name="faults">What it suffers from.</param>
    /// <param name="stimulus">Acceleration in g.</param>
    /// <param name="oscillatorError">Relative error of its clock.</param>
    public Adxl345Simulator(MonotonicClock clock, ChipFaults faults, Stimulus stimulus, double oscillatorError = 0)
        : base(clock, faults, oscillatorError, SpiCommand.ReadHigh)
    {
        _stimulus = stimulus;
        PowerOn();
    }

    /// <inheritdoc/>
    protected override void PowerOn()
    {
        Array.Clear(Registers);
        Registers[Register.DeviceId] = Register.Identity;
        Registers[Register.Rate] = 0x0A;
        _fifo.Clear();
        SampleAt(0);
    }

    /// <inheritdoc/>
    protected override byte ReadRegister(byte register)
    {
        switch (register)
        {
            case Register.DeviceId: return Faults.Current == ChipFault.Identity ? (byte)0x33 : Registers[register];
            case Register.InterruptSource: return (byte)((_fifo.Count > 0 ? 0x80 : 0) | (_fifo.Overrun ? Register.Overrun : 0));
            case Register.FifoStatus: return (byte)_fifo.Count;
            case >= Register.DataX0 and < Register.DataX0 + 6:
                _touched = true;
                return (byte)(_fifo.Oldest[(register - Register.DataX0) / 2] >> (register % 2 == 0 ? 0 : 8));
            default: return Registers[register];
        }
    }

    /// <inheritdoc/>
    protected override void WriteRegister(byte register, byte value)
    {
        base.WriteRegister(register, value);
        if (register == Register.FifoControl && (value & 0xC0) == 0) _fifo.Clear();
        if (register is Register.PowerControl or Register.Rate)
            SampleAt((Registers[Register.PowerControl] & Register.Measure) != 0 ? 3200.0 / (1 << (15 - (Registers[Register.Rate] & 15))) : 0);
    }

    /// <inheritdoc/>
    protected override void BurstEnded()
    {
        if (!_touched) return;
        _touched = false;
        _fifo.Overrun = false;
        _fifo.Pop();
    }

    /// <inheritdoc/>
    protected override void Take(double seconds, TimeSpan time)
    {
        int range = Registers[Register.DataFormat] & 3;
        bool upperRate = (Registers[Register.Rate] & 15) >= 14; // the lowest bit is 0 at 1600 and 3200 Hz (figure 49)
        bool selfTest = (Registers[Register.DataFormat] & Register.SelfTest) != 0;
        if ((Registers[Register.FifoControl] & 0xC0) == 0) _fifo.Clear(); // bypass: only the latest
        Span<int> frame = _fifo.Push();
        for (int axis = 0; axis < 3; axis++)
        {
            if (Faults.Current != ChipFault.Stuck) _last[axis] = Convert(_stimulus(seconds, axis) + (selfTest ? SelfTestForce[axis] : 0), 1 / 256.0, 10 + range) & (upperRate ? ~1 : ~0);
            frame[axis] = _last[axis];
        }
    }
}
