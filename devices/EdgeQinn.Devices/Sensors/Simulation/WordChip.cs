using System.Buffers.Binary;
using EdgeQinn.Devices.Sources;

namespace EdgeQinn.Devices.Sensors.Simulation;

/// <summary>A chip with 16-bit registers behind I²C, most significant byte first.</summary>
public abstract class WordChip : SimulatedChip, ISimulatedI2cTarget
{
    byte _pointer;

    /// <inheritdoc cref="SimulatedChip(MonotonicClock, ChipFaults, double)"/>
    protected WordChip(MonotonicClock clock, ChipFaults faults, double oscillatorError) : base(clock, faults, oscillatorError) { }

    /// <summary>The registers' values as far as they are plain memory.</summary>
    protected ushort[] Registers { get; } = new ushort[256];

    /// <summary>What reading a register gives.</summary>
    protected virtual ushort ReadRegister(byte register) => Registers[register];

    /// <summary>What writing a register does.</summary>
    protected virtual void WriteRegister(byte register, ushort value) => Registers[register] = value;

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        _pointer = bytes[0];
        if (bytes.Length == 3) WriteRegister(_pointer, BinaryPrimitives.ReadUInt16BigEndian(bytes[1..]));
    }

    /// <inheritdoc/>
    public void Read(Span<byte> bytes) => BinaryPrimitives.WriteUInt16BigEndian(bytes, ReadRegister(_pointer));
}
