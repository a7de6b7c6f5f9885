using EdgeQinn.Devices.Buses;

namespace EdgeQinn.Devices.Sensors;

/// <summary>A chip's data-ready line: one edge per sample, and only the latest sample is still in the chip.</summary>
sealed class DataReadyLine(IGpioLines lines, string chip, TimeSpan timeout)
{
    uint _sequence;
    bool _started;

    /// <summary>Waits for the next edge and takes all that have queued up.</summary>
    /// <param name="missed">Samples whose edge was followed by another before we came.</param>
    /// <returns>When the sample now in the chip became ready.</returns>
    /// <exception cref="DeviceException">No edge came.</exception>
    public TimeSpan Wait(out long missed)
    {
        missed = 0;
        if (!lines.WaitForEdge(timeout, out GpioEdge edge))
            throw new DeviceException(DeviceFault.NoData,
                $"{chip}: no edge on {lines.Name} for {timeout.TotalMilliseconds:0} ms; check the data-ready wire and its line number");
        GpioEdge latest = edge;
        while (lines.WaitForEdge(TimeSpan.Zero, out edge)) latest = edge;
        if (_started) missed = latest.Sequence - _sequence - 1; // numbers of the kernel's: edges it could not queue count too
        (_started, _sequence) = (true, latest.Sequence);
        return latest.Time;
    }

    /// <summary>Forgets edges of before: the chip has been started anew.</summary>
    public void Restart()
    {
        while (lines.WaitForEdge(TimeSpan.Zero, out _)) { }
        _started = false;
    }
}
