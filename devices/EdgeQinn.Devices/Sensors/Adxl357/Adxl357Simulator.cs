using EdgeQinn.Devices.Sensors.Registers;
using EdgeQinn.Devices.Sensors.Simulation;
using EdgeQinn.Devices.Sources;
using Register = EdgeQinn.Devices.Sensors.Adxl357.Adxl357Sensor.Register;

namespace EdgeQinn.Devices.Sensors.Adxl357;

/// <summary>An ADXL357 as its data sheet describes it: FIFO port with markers, sticky overrun bit.</summary>
public sealed class Adxl357Simulator : RegisterChip
{
    readonly Stimulus _stimulus;
    readonly FrameFifo _fifo = new(32, 3);
    readonly int[] _last = new int[3];
    int _byte; // of the oldest frame, 0 … 8

    /// <inheritdoc cref="Adxl345.Adxl345Simulator(MonotonicClock, ChipFaults, Stimulus, double)"/>
    public Adxl357Simulator(MonotonicClock clock, ChipFaults faults, Stimulus stimulus, double oscillatorError = 0)
        : base(clock, faults, oscillatorError, SpiCommand.ReadLow)
    {
        _stimulus = stimulus;
        PowerOn();
    }

    /// <inheritdoc/>
    protected override void PowerOn()
    {
        Array.Clear(Registers);
        (Registers[0], Registers[1], Registers[2], Registers[3]) = (0xAD, 0x1D, 0xED, 0x01);
        (Registers[Register.FifoSamples], Registers[Register.Range], Registers[Register.PowerControl]) = (0x60, 0x81, 0x01);
        _fifo.Clear();
        _byte = 0;
        SampleAt(0);
    }

    /// <inheritdoc/>
    protected override byte Next(byte register) => register == Register.FifoData ? register : (byte)(register + 1);

    /// <inheritdoc/>
    protected override byte ReadRegister(byte register)
    {
        switch (register)
        {
            case Register.Part: return Faults.Current == ChipFault.Identity ? (byte)0xE8 : Registers[register];
            case Register.Status:
                bool overrun = _fifo.Overrun;
                _fifo.Overrun = false; // cleared by reading
                return (byte)((overrun ? Register.Overrun : 0) | (_fifo.Count == 32 ? Register.Full : 0) | (_fifo.Count > 0 ? Register.DataReady : 0));
            case Register.FifoEntries: return (byte)(3 * _fifo.Count - _byte / 3);
            case Register.FifoData: return NextFifoByte();
            default: return Registers[register];
        }
    }

    byte NextFifoByte()
    {
        if (_fifo.Count == 0) return Register.Empty;
        int axis = _byte / 3;
        uint entry = (uint)(_fifo.Oldest[axis] & 0xFFFFF) << 4 | (axis == 0 ? Register.XMarker : 0u);
        byte value = (byte)(entry >> (8 * (2 - _byte % 3)));
        if (++_byte == 9)
        {
            _byte = 0;
            _fifo.Pop();
        }
        return value;
    }

    /// <inheritdoc/>
    protected override void WriteRegister(byte register, byte value)
    {
        base.WriteRegister(register, value);
        if (register is Register.PowerControl or Register.Filter)
            SampleAt((Registers[Register.PowerControl] & Register.Standby) != 0 ? 0 : 4000.0 / (1 << (Registers[Register.Filter] & 15)));
    }

    /// <inheritdoc/>
    protected override void Take(double seconds, TimeSpan time)
    {
        double lsbPerG = 51_200 >> ((Registers[Register.Range] & 3) - 1);
        Span<int> frame = _fifo.Push();
        for (int axis = 0; axis < 3; axis++)
        {
            if (Faults.Current != ChipFault.Stuck) _last[axis] = Convert(_stimulus(seconds, axis), 1 / lsbPerG, 20);
            frame[axis] = _last[axis];
        }
    }
}
