namespace EdgeQinn.Devices.Buses;

/// <summary>An edge on a line.</summary>
/// <param name="Line">Index of the line in the request.</param>
/// <param name="IsRising">Whether it went high.</param>
/// <param name="Time">When, as the kernel's interrupt handler saw it, on the monotonic clock.</param>
/// <param name="Sequence">Number of this edge on its line, from 1: a jump means edges that were not queued.</param>
public readonly record struct GpioEdge(int Line, bool IsRising, TimeSpan Time, uint Sequence);

/// <summary>Some lines of a GPIO chip, held together as inputs or as outputs.</summary>
public interface IGpioLines : IDisposable
{
    /// <summary>Name for messages, such as <c>/dev/gpiochip0 line 17</c>.</summary>
    string Name { get; }

    /// <summary>The levels: bit i is line i of the request.</summary>
    /// <exception cref="DeviceException">The lines cannot be read.</exception>
    ulong Read();

    /// <summary>Sets outputs: bit i is line i of the request.</summary>
    /// <exception cref="DeviceException">The lines cannot be written.</exception>
    void Write(ulong levels);

    /// <summary>Takes the oldest edge not taken yet, waiting for one if there is none.</summary>
    /// <returns>False if none came in time.</returns>
    /// <exception cref="DeviceException">The lines cannot be read.</exception>
    bool WaitForEdge(TimeSpan timeout, out GpioEdge edge);
}
