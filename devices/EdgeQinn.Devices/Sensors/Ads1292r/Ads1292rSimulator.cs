using EdgeQinn.Devices.Sensors.Simulation;
using EdgeQinn.Devices.Sources;
using Register = EdgeQinn.Devices.Sensors.Ads1292r.Ads1292rSensor.Register;

namespace EdgeQinn.Devices.Sensors.Ads1292r;

/// <summary>An ADS1292R as its data sheet describes it: commands, register access only outside continuous read mode, status word.</summary>
public sealed class Ads1292rSimulator : SimulatedChip, ISimulatedSpiTarget
{
    readonly Stimulus _stimulus;
    readonly byte[] _registers = new byte[12];
    readonly int[] _data = new int[2];
    bool _continuous;

    /// <summary>A chip that has just been switched on.</summary>
    /// <param name="clock">The time it lives in.</param>
    /// <param name="faults">What it suffers from.</param>
    /// <param name="stimulus">Millivolts between a channel's electrodes.</param>
    /// <param name="oscillatorError">Relative error of its clock.</param>
    public Ads1292rSimulator(MonotonicClock clock, ChipFaults faults, Stimulus stimulus, double oscillatorError = 0) : base(clock, faults, oscillatorError)
    {
        _stimulus = stimulus;
        PowerOn();
    }

    /// <inheritdoc/>
    protected override void PowerOn()
    {
        ReadOnlySpan<byte> reset = [Register.Identity, 0x02, 0x80, 0x10, 0, 0, 0, 0, 0, 0, 0x02, 0x0C];
        reset.CopyTo(_registers);
        _continuous = true; // the mode after power-on
        SampleAt(0);
    }

    /// <inheritdoc/>
    public void Exchange(Span<byte> frame)
    {
        byte command = frame[0];
        int register = command & 0x1F;
        if (command is >= Ads1292rCommand.ReadRegisters and < Ads1292rCommand.WriteRegisters)
        {
            frame.Clear();
            if (_continuous) return;
            for (int i = 2; i < frame.Length && register < _registers.Length; i++, register++)
                frame[i] = register == 0 && Faults.Current == ChipFault.Identity ? (byte)0x53 : _registers[register];
        }
        else if (command is >= Ads1292rCommand.WriteRegisters and < 0x60)
        {
            for (int i = 2; i < frame.Length && !_continuous && register is > 0 and < 12; i++, register++) _registers[register] = frame[i];
        }
        else if (command == 0 && _continuous)
        {
            Data(frame);
        }
        else
        {
            switch (command)
            {
                case Ads1292rCommand.StopContinuous: _continuous = false; break;
                case Ads1292rCommand.ReadContinuously: _continuous = true; break;
                case Ads1292rCommand.Start: SampleAt(Ads1292rSensor.Rates[Math.Min(_registers[Register.Config1] & 7, 6)]); break;
                case Ads1292rCommand.Stop: SampleAt(0); break;
                case Ads1292rCommand.Reset: PowerOn(); break;
                default: break;
            }
            frame.Clear();
        }
    }

    void Data(Span<byte> frame)
    {
        int off = Faults.Current == ChipFault.LeadOff && (_registers[Register.Config2] & Register.LeadOffComparators) != 0 ? _registers[Register.LeadOffSense] & 0x02 : 0;
        frame.Clear();
        if (NextSample is null && SamplesTaken == 0) return;
        frame[0] = (byte)(0xC0 | off >> 1);
        frame[1] = (byte)(off << 7);
        for (int i = 0; i < 6; i++) frame[3 + i] = (byte)(_data[i / 3] >> (16 - 8 * (i % 3)));
    }

    /// <inheritdoc/>
    protected override void Take(double seconds, TimeSpan time)
    {
        for (int c = 0; c < 2; c++)
        {
            double gain = Ads1292rSensor.Gains[Math.Min(_registers[Register.Channel1 + c] >> 4 & 7, 6)];
            if (Faults.Current == ChipFault.Stuck) continue;
            _data[c] = Convert(_stimulus(seconds, c), Ads1292rSensor.Reference * 1000 / gain / ((1 << 23) - 1), 24);
        }
    }
}
