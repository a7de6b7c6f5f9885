using EdgeQinn.Devices.Buses;
using EdgeQinn.Devices.Sources;

namespace EdgeQinn.Devices.Sensors.Simulation;

/// <summary>Lines whose levels come from a function.</summary>
public sealed class SimulatedLines(Func<ulong> levels) : IGpioLines
{
    /// <inheritdoc/>
    public string Name => "simulated lines";

    /// <inheritdoc/>
    public ulong Read() => levels();

    /// <summary>Inputs cannot be written.</summary>
    public void Write(ulong levels) => throw new DeviceException(DeviceFault.NotSupported, $"{Name}: these are inputs");

    /// <summary>No edges are watched for.</summary>
    public bool WaitForEdge(TimeSpan timeout, out GpioEdge edge)
    {
        edge = default;
        return false;
    }

    /// <summary>Nothing to close.</summary>
    public void Dispose() { }
}

/// <summary>A simulated chip's data-ready line: an edge at each sample.</summary>
public sealed class SimulatedReadyLine(SimulatedChip chip, MonotonicClock clock) : IGpioLines
{
    long _seen;
    uint _sequence;

    /// <inheritdoc/>
    public string Name => "simulated data-ready line";

    /// <inheritdoc/>
    public ulong Read() => 1;

    /// <summary>An input cannot be written.</summary>
    public void Write(ulong levels) => throw new DeviceException(DeviceFault.NotSupported, $"{Name}: this is an input");

    /// <inheritdoc/>
    public bool WaitForEdge(TimeSpan timeout, out GpioEdge edge)
    {
        edge = default;
        TimeSpan deadline = clock.Now + timeout;
        TimeSpan time = clock.Now;
        chip.Advance();
        if (chip.SamplesTaken == _seen)
        {
            if (chip.NextSample is not { } next || next > deadline)
            {
                clock.WaitUntil(deadline);
                return false;
            }
            time = next;
            clock.WaitUntil(next + TimeSpan.FromTicks(10)); // a microsecond, so that rounding does not wake us too soon
            chip.Advance();
            if (chip.SamplesTaken == _seen) return false;
        }
        _seen++;
        edge = new(0, false, time, ++_sequence);
        return true;
    }

    /// <summary>Nothing to close.</summary>
    public void Dispose() { }
}
