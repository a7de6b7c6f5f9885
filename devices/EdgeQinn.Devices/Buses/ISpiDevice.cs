namespace EdgeQinn.Devices.Buses;

/// <summary>A chip on an SPI bus: one chip-select line.</summary>
public interface ISpiDevice : IDisposable
{
    /// <summary>Name for messages, such as <c>/dev/spidev0.0</c>.</summary>
    string Name { get; }

    /// <summary>
    /// Exchanges bytes in place: what was there is sent, what comes back replaces it. The chip is deselected after each frame; all frames
    /// go down in one call.
    /// </summary>
    /// <param name="bytes">A whole number of frames.</param>
    /// <param name="frame">Bytes per frame.</param>
    /// <exception cref="DeviceException">The transfer failed.</exception>
    void Transfer(Span<byte> bytes, int frame);
}
