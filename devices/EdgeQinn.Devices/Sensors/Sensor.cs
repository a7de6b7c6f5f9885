using EdgeQinn.Devices.Buses;
using EdgeQinn.Devices.Sources;

namespace EdgeQinn.Devices.Sensors;

/// <summary>Who says when samples are taken.</summary>
public enum SampleTiming
{
    /// <summary>The host reads one sample whenever one is due.</summary>
    Host,
    /// <summary>The chip fills a buffer by its own clock; the host empties it now and then.</summary>
    Fifo,
    /// <summary>The chip says so on a line; <see cref="Sensor.Read"/> waits for it.</summary>
    DataReady,
}

/// <summary>What one read of a chip gave.</summary>
/// <param name="Count">Samples per channel stored at the start of the block's buffers.</param>
/// <param name="Status">What the chip says is wrong with them.</param>
/// <param name="Lost">Samples the chip says were lost before these.</param>
/// <param name="Time">When the first was taken, where the chip's data-ready line says; else null.</param>
public readonly record struct SensorReading(int Count, SampleStatus Status = SampleStatus.None, long Lost = 0, TimeSpan? Time = null);

/// <summary>A chip that takes samples. <see cref="SensorSource"/> turns it into a stream.</summary>
public abstract class Sensor : IDisposable
{
    /// <summary>Rate, channels and units.</summary>
    public abstract SourceInfo Info { get; }

    /// <summary>Who says when samples are taken.</summary>
    public abstract SampleTiming Timing { get; }

    /// <summary>Samples after which a buffer is read: a compromise between delay and calls.</summary>
    public virtual int Batch => 1;

    /// <summary>The values at which a channel is saturated, in its unit; samples at or beyond either are.</summary>
    public virtual (float Low, float High) Range(int channel) => (float.NegativeInfinity, float.PositiveInfinity);

    /// <summary>How long the value may stay the same to the bit; beyond that it is stuck. Noise moves any live channel much sooner.</summary>
    public virtual TimeSpan StuckAfter => TimeSpan.FromSeconds(2);

    /// <summary>Checks that it is the right chip, resets and configures it, and lets it sample. Called again after every fault.</summary>
    /// <exception cref="DeviceException">The chip does not answer, or is another one.</exception>
    public abstract void Start();

    /// <summary>Takes the samples that are there into the block's buffers, at most as many as it has room for. Allocates nothing.</summary>
    /// <exception cref="DeviceException">The chip does not answer.</exception>
    public abstract SensorReading Read(SampleBlock block);

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes the bus.</summary>
    protected abstract void Dispose(bool disposing);
}
