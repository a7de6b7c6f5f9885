using EdgeQinn.Devices.Sensors.Registers;
using EdgeQinn.Devices.Sensors.Simulation;
using EdgeQinn.Devices.Sources;
using Register = EdgeQinn.Devices.Sensors.Mpu6050.Mpu6050Sensor.Register;

namespace EdgeQinn.Devices.Sensors.Mpu6050;

/// <summary>An MPU-6050 as its register map describes it: a FIFO of bytes that loses its alignment when it runs over, self-test deflection.</summary>
public sealed class Mpu6050Simulator : RegisterChip
{
    const int FifoBytes = 1024;

    readonly Stimulus _stimulus;
    readonly byte[] _fifo = new byte[FifoBytes];
    readonly short[] _last = new short[6];
    int _first, _count;

    /// <inheritdoc cref="Adxl345.Adxl345Simulator(MonotonicClock, ChipFaults, Stimulus, double)"/>
    public Mpu6050Simulator(MonotonicClock clock, ChipFaults faults, Stimulus stimulus, double oscillatorError = 0)
        : base(clock, faults, oscillatorError, SpiCommand.ReadHigh)
    {
        _stimulus = stimulus;
        PowerOn();
    }

    /// <summary>The factory's self-test codes of x, y, z: accelerometer and gyroscope.</summary>
    public static (int Accelerometer, int Gyroscope) TrimCodes => (13, 9);

    /// <inheritdoc/>
    protected override void PowerOn()
    {
        Array.Clear(Registers);
        Registers[Register.WhoAmI] = Register.Identity;
        Registers[Register.PowerManagement1] = Register.Sleep;
        (int accelerometer, int gyroscope) = TrimCodes;
        for (int axis = 0; axis < 3; axis++) Registers[Register.SelfTestX + axis] = (byte)(accelerometer >> 2 << 5 | gyroscope);
        Registers[Register.SelfTestX + 3] = (byte)((accelerometer & 3) * 0b010101);
        (_first, _count) = (0, 0);
        SampleAt(0);
    }

    /// <inheritdoc/>
    protected override byte Next(byte register) => register == Register.FifoData ? register : (byte)(register + 1);

    /// <inheritdoc/>
    protected override byte ReadRegister(byte register)
    {
        switch (register)
        {
            case Register.WhoAmI: return Faults.Current == ChipFault.Identity ? (byte)0x70 : Registers[register];
            case Register.FifoCountHigh: return (byte)(_count >> 8);
            case Register.FifoCountLow: return (byte)_count;
            case Register.FifoData:
                if (_count == 0) return 0;
                byte value = _fifo[_first];
                _first = (_first + 1) % FifoBytes;
                _count--;
                return value;
            default: return Registers[register];
        }
    }

    /// <inheritdoc/>
    protected override void WriteRegister(byte register, byte value)
    {
        base.WriteRegister(register, value);
        if (register == Register.UserControl && (value & Register.FifoReset) != 0)
        {
            (_first, _count) = (0, 0);
            Registers[register] = (byte)(value & ~Register.FifoReset);
        }
        if (register is Register.PowerManagement1 or Register.SampleRateDivider)
            SampleAt((Registers[Register.PowerManagement1] & Register.Sleep) != 0 ? 0 : 1000.0 / (1 + Registers[Register.SampleRateDivider]));
    }

    /// <inheritdoc/>
    protected override void Take(double seconds, TimeSpan time)
    {
        for (int axis = 0; axis < 6; axis++)
        {
            if (Faults.Current != ChipFault.Stuck) _last[axis] = (short)Measure(seconds, axis);
            int register = axis < 3 ? Register.AccelerometerX + 2 * axis : Register.GyroscopeX + 2 * (axis - 3);
            (Registers[register], Registers[register + 1]) = ((byte)(_last[axis] >> 8), (byte)_last[axis]);
            if ((Registers[Register.UserControl] & Register.FifoOn) == 0 || Registers[Register.FifoEnable] == 0) continue;
            Push((byte)(_last[axis] >> 8));
            Push((byte)_last[axis]);
        }
    }

    int Measure(double seconds, int axis)
    {
        if (axis < 3)
        {
            byte config = Registers[Register.AccelerometerConfig];
            double perG = Mpu6050Sensor.LsbPerG(config >> 3 & 3);
            double test = (config & 0x80 >> axis) != 0 ? Mpu6050SelfTest.AccelerometerTrim(TrimCodes.Accelerometer) : 0;
            return Convert(_stimulus(seconds, axis) + test / perG, 1 / perG, 16);
        }
        else
        {
            byte config = Registers[Register.GyroscopeConfig];
            double perDegree = Mpu6050Sensor.LsbPerDegree(config >> 3 & 3);
            double test = (config & 0x80 >> axis - 3) != 0 ? Mpu6050SelfTest.GyroscopeTrim(axis - 3, TrimCodes.Gyroscope) : 0;
            return Convert(_stimulus(seconds, axis) + test / perDegree, 1 / perDegree, 16);
        }
    }

    void Push(byte value)
    {
        if (_count == FifoBytes)
        {
            _first = (_first + 1) % FifoBytes;
            _count--;
        }
        _fifo[(_first + _count++) % FifoBytes] = value;
    }
}
