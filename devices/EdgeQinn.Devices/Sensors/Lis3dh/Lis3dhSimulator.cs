using EdgeQinn.Devices.Sensors.Registers;
using EdgeQinn.Devices.Sensors.Simulation;
using EdgeQinn.Devices.Sources;
using Register = EdgeQinn.Devices.Sensors.Lis3dh.Lis3dhSensor.Register;

namespace EdgeQinn.Devices.Sensors.Lis3dh;

/// <summary>An LIS3DH as its data sheet describes it: output addresses that wrap while the FIFO is on, overrun bit when it is full.</summary>
public sealed class Lis3dhSimulator : RegisterChip
{
    static readonly double[] RateOfCode = [0, 1, 10, 25, 50, 100, 200, 400, 1600, 1344];

    readonly Stimulus _stimulus;
    readonly FrameFifo _fifo = new(32, 3);
    readonly int[] _last = new int[3];
    bool _increments;

    /// <inheritdoc cref="Adxl345.Adxl345Simulator(MonotonicClock, ChipFaults, Stimulus, double)"/>
    public Lis3dhSimulator(MonotonicClock clock, ChipFaults faults, Stimulus stimulus, double oscillatorError = 0)
        : base(clock, faults, oscillatorError, SpiCommand.ReadHigh)
    {
        _stimulus = stimulus;
        PowerOn();
    }

    /// <inheritdoc/>
    protected override void PowerOn()
    {
        Array.Clear(Registers);
        Registers[Register.WhoAmI] = Register.Identity;
        Registers[Register.Control1] = 0x07;
        _fifo.Clear();
        _increments = true;
        SampleAt(0);
    }

    /// <summary>Bit 7 of an I²C subaddress counts up; without it the same register is read again and again.</summary>
    protected override byte Address(byte first)
    {
        _increments = (first & 0x80) != 0;
        return (byte)(first & 0x7F);
    }

    /// <inheritdoc/>
    protected override byte Next(byte register) => !_increments ? register : register == Register.OutZHigh ? Register.OutXLow : (byte)(register + 1);

    /// <inheritdoc/>
    protected override byte ReadRegister(byte register)
    {
        switch (register)
        {
            case Register.WhoAmI: return Faults.Current == ChipFault.Identity ? (byte)0x44 : Registers[register];
            case Register.FifoSource:
                return (byte)((_fifo.Count == 32 ? Register.Overrun : 0) | (_fifo.Count == 0 ? Register.Empty : 0) | Math.Min(_fifo.Count, 31));
            case >= Register.OutXLow and <= Register.OutZHigh:
                byte value = (byte)((_fifo.Oldest[(register - Register.OutXLow) / 2] << 4) >> (register % 2 == 0 ? 0 : 8));
                if (register == Register.OutZHigh) _fifo.Pop();
                return value;
            default: return Registers[register];
        }
    }

    /// <inheritdoc/>
    protected override void WriteRegister(byte register, byte value)
    {
        base.WriteRegister(register, value);
        if (register == Register.FifoControl && (value & 0xC0) == 0) _fifo.Clear();
        if (register == Register.Control1) SampleAt(RateOfCode[Math.Min(value >> 4, RateOfCode.Length - 1)]);
    }

    /// <inheritdoc/>
    protected override void Take(double seconds, TimeSpan time)
    {
        double scale = Lis3dhSensor.Sensitivity(Registers[Register.Control4] >> 4 & 3);
        Span<int> frame = _fifo.Push();
        for (int axis = 0; axis < 3; axis++)
        {
            if (Faults.Current != ChipFault.Stuck) _last[axis] = Convert(_stimulus(seconds, axis), scale, 12);
            frame[axis] = _last[axis];
        }
    }
}
