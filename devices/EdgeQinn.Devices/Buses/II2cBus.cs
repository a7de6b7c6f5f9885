namespace EdgeQinn.Devices.Buses;

/// <summary>One message of a transaction; its bytes are a range of the buffer handed in with it.</summary>
/// <param name="IsRead">Whether the chip sends.</param>
/// <param name="Offset">First byte in the buffer.</param>
/// <param name="Length">Bytes.</param>
public readonly record struct I2cMessage(bool IsRead, ushort Offset, ushort Length);

/// <summary>An I²C bus.</summary>
public interface II2cBus : IDisposable
{
    /// <summary>Name for messages, such as <c>/dev/i2c-1</c>.</summary>
    string Name { get; }

    /// <summary>Most messages of one transaction.</summary>
    int MaxMessages { get; }

    /// <summary>Runs messages as one transaction: a repeated start between them, a stop after the last.</summary>
    /// <param name="address">The chip's 7-bit address.</param>
    /// <param name="messages">From 1 to <see cref="MaxMessages"/>.</param>
    /// <param name="bytes">What is sent and received.</param>
    /// <exception cref="DeviceException">No acknowledge, a timeout, a bus error.</exception>
    void Transfer(byte address, ReadOnlySpan<I2cMessage> messages, Span<byte> bytes);
}
