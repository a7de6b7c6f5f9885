namespace EdgeQinn.Devices.Results;

/// <summary>Where lines go. Whatever happens there must not hold up the stream: what cannot be delivered is dropped and counted.</summary>
public abstract class LineTarget : IDisposable
{
    /// <summary>Lines that were not delivered.</summary>
    public long Dropped { get; protected set; }

    /// <summary>Why the last one was not; null where all is well.</summary>
    public string? Fault { get; protected set; }

    /// <summary>Makes ready for the next line.</summary>
    /// <returns>Whether it is the first of a file or connection, so that the format's header belongs before it.</returns>
    public abstract bool Begin();

    /// <summary>Delivers whole lines, ends included.</summary>
    public abstract void Write(ReadOnlySpan<byte> lines);

    /// <summary>Called now and then while there is nothing to write: does what is due.</summary>
    public virtual void Tick() { }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Delivers what waits, and closes.</summary>
    protected abstract void Dispose(bool disposing);
}
