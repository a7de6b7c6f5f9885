namespace EdgeQinn.Devices.Sensors.Simulation;

/// <summary>A simulated chip on an I²C bus.</summary>
public interface ISimulatedI2cTarget
{
    /// <summary>Takes the bytes of a write message.</summary>
    void Write(ReadOnlySpan<byte> bytes);

    /// <summary>Gives the bytes of a read message.</summary>
    void Read(Span<byte> bytes);
}

/// <summary>A simulated chip on an SPI bus.</summary>
public interface ISimulatedSpiTarget
{
    /// <summary>Exchanges the bytes of one frame in place.</summary>
    void Exchange(Span<byte> frame);
}
