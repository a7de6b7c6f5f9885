using EdgeQinn.Devices.Sensors.Registers;
using EdgeQinn.Devices.Sources;

namespace EdgeQinn.Devices.Sensors.Simulation;

/// <summary>A chip with byte registers behind I²C or SPI.</summary>
public abstract class RegisterChip : SimulatedChip, ISimulatedI2cTarget, ISimulatedSpiTarget
{
    readonly SpiCommand _command;
    byte _pointer;

    /// <inheritdoc cref="SimulatedChip(MonotonicClock, ChipFaults, double)"/>
    /// <param name="command">How the chip takes SPI transfers.</param>
    /// <param name="clock">The time the chip lives in.</param>
    /// <param name="faults">What it suffers from.</param>
    /// <param name="oscillatorError">Relative error of its clock.</param>
    protected RegisterChip(MonotonicClock clock, ChipFaults faults, double oscillatorError, SpiCommand command) : base(clock, faults, oscillatorError) =>
        _command = command;

    /// <summary>The registers' values as far as they are plain memory.</summary>
    protected byte[] Registers { get; } = new byte[256];

    /// <summary>What reading a register gives, with whatever else reading does.</summary>
    protected virtual byte ReadRegister(byte register) => Registers[register];

    /// <summary>What writing a register does.</summary>
    protected virtual void WriteRegister(byte register, byte value) => Registers[register] = value;

    /// <summary>The register after this one in a burst.</summary>
    protected virtual byte Next(byte register) => (byte)(register + 1);

    /// <summary>The register a first I²C byte names.</summary>
    protected virtual byte Address(byte first) => first;

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        _pointer = Address(bytes[0]);
        foreach (byte value in bytes[1..])
        {
            WriteRegister(_pointer, value);
            _pointer = Next(_pointer);
        }
    }

    /// <inheritdoc/>
    public void Read(Span<byte> bytes)
    {
        foreach (ref byte value in bytes)
        {
            value = ReadRegister(_pointer);
            _pointer = Next(_pointer);
        }
        BurstEnded();
    }

    /// <inheritdoc/>
    public void Exchange(Span<byte> frame)
    {
        bool read = (frame[0] & _command.ReadBit) != 0;
        byte register = (byte)((frame[0] & ~_command.ReadBit & ~_command.IncrementBit & 0xFF) >> _command.Shift);
        bool increments = _command.IncrementBit == 0 || (frame[0] & _command.IncrementBit) != 0;
        for (int i = 1; i < frame.Length; i++)
        {
            if (read) frame[i] = ReadRegister(register);
            else WriteRegister(register, frame[i]);
            if (increments) register = Next(register);
        }
        BurstEnded();
    }

    /// <summary>A read message has ended.</summary>
    protected virtual void BurstEnded() { }
}
