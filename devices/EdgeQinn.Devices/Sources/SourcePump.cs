using System.Runtime.ExceptionServices;

namespace EdgeQinn.Devices.Sources;

/// <summary>What happens where blocks come faster than they are taken.</summary>
public enum Backlog
{
    /// <summary>The source waits: right for recordings, which lose nothing by it.</summary>
    Wait,
    /// <summary>The oldest block is dropped; its samples are counted as lost before the next.</summary>
    DropOldest,
}

/// <summary>
/// Reads a source on a thread of its own into a queue of fixed size, so that a sensor is emptied in time however long a result takes, and so that whoever takes
/// the blocks can do something else meanwhile. Allocates nothing once running; memory never grows.
/// </summary>
public sealed class SourcePump : IDisposable
{
    static readonly TimeSpan Patience = TimeSpan.FromSeconds(2); // for a read under way when the pump is closed

    readonly ISampleSource _source;
    readonly Backlog _backlog;
    readonly MonotonicClock _clock;
    readonly Lock _lock = new();
    readonly SampleBlock[] _blocks; // a ring: the one being read, those waiting, the one handed out
    readonly AutoResetEvent _arrived = new(false), _taken = new(false);
    readonly Thread _thread;
    ExceptionDispatchInfo? _failure;
    int _first, _waiting;
    long _droppedBeforeFirst;
    bool _handedOut, _ended, _stop;

    /// <param name="source">Read by this alone from now on, and closed together with it.</param>
    /// <param name="blockSamples">Samples per block at most.</param>
    /// <param name="capacity">Blocks that may wait, at least 1.</param>
    /// <param name="backlog">What happens beyond that.</param>
    /// <param name="clock">The clock arrivals are told by; the system's when null.</param>
    public SourcePump(ISampleSource source, int blockSamples, int capacity, Backlog backlog, MonotonicClock? clock = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        (_source, _backlog, Capacity, _clock) = (source, backlog, capacity, clock ?? MonotonicClock.System);
        _blocks = new SampleBlock[capacity + 2];
        for (int i = 0; i < _blocks.Length; i++) _blocks[i] = new(source.Info.Channels.Count, blockSamples);
        _thread = new(Pump) { IsBackground = true, Name = "source" };
        _thread.Start();
    }

    /// <summary>Blocks that may wait.</summary>
    public int Capacity { get; }

    /// <summary>Blocks that wait now.</summary>
    public int Depth => Volatile.Read(ref _waiting);

    /// <summary>The most that ever waited.</summary>
    public int MostDepth { get; private set; }

    /// <summary>Samples dropped because the queue was full.</summary>
    public long Dropped { get; private set; }

    /// <summary>Whether the source has ended and everything has been taken.</summary>
    public bool IsFinished
    {
        get
        {
            lock (_lock) return _ended && _waiting == 0;
        }
    }

    /// <summary>The oldest block, as soon as there is one; it may be used until the next call.</summary>
    /// <returns>Null if none came in time, or at the end (<see cref="IsFinished"/>).</returns>
    /// <exception cref="Exception">What the source threw, after everything before has been taken.</exception>
    public SampleBlock? Take(TimeSpan timeout)
    {
        while (true)
        {
            lock (_lock)
            {
                if (_handedOut) Advance();
                if (_waiting > 0)
                {
                    SampleBlock block = _blocks[_first];
                    block.AddLost(_droppedBeforeFirst);
                    _droppedBeforeFirst = 0;
                    _waiting--;
                    _handedOut = true;
                    return block;
                }
                if (_ended)
                {
                    _failure?.Throw();
                    return null;
                }
            }
            if (!_arrived.WaitOne(timeout)) return null;
        }
    }

    void Advance()
    {
        _handedOut = false;
        _first = (_first + 1) % _blocks.Length;
        _taken.Set();
    }

    void Pump()
    {
        try
        {
            while (!Volatile.Read(ref _stop))
            {
                SampleBlock block;
                lock (_lock) block = _blocks[(_first + _waiting + (_handedOut ? 1 : 0)) % _blocks.Length];
                if (!_source.Read(block)) break;
                block.Arrived = _clock.Now;
                if (!Publish(block)) break;
            }
        }
        catch (Exception e)
        {
            _failure = ExceptionDispatchInfo.Capture(e); // the taker's to deal with
        }
        lock (_lock) _ended = true;
        _arrived.Set();
    }

    bool Publish(SampleBlock block)
    {
        while (true)
        {
            lock (_lock)
            {
                if (_waiting < Capacity)
                {
                    MostDepth = Math.Max(MostDepth, ++_waiting);
                    _arrived.Set();
                    return true;
                }
                if (_backlog == Backlog.DropOldest) DropOldest();
            }
            if (_backlog == Backlog.Wait) _taken.WaitOne();
            if (Volatile.Read(ref _stop)) return false;
        }
    }

    /// <summary>Takes the oldest waiting block out of the ring; those behind it move up.</summary>
    void DropOldest()
    {
        int oldest = (_first + (_handedOut ? 1 : 0)) % _blocks.Length;
        SampleBlock dropped = _blocks[oldest];
        Dropped += dropped.Count;
        _droppedBeforeFirst += dropped.Count + dropped.Lost;
        for (int i = 0; i < _waiting; i++)
        {
            int at = (oldest + i) % _blocks.Length;
            _blocks[at] = _blocks[(at + 1) % _blocks.Length]; // the last one to move up is the newest, which waits from now on
        }
        _blocks[(oldest + _waiting) % _blocks.Length] = dropped;
        _waiting--;
    }

    /// <summary>Stops reading and closes the source.</summary>
    public void Dispose()
    {
        Volatile.Write(ref _stop, true);
        _taken.Set();
        // A read of a pipe that nobody writes to cannot be called off: the process' end does that.
        if (!_thread.Join(Patience)) return;
        _source.Dispose();
        _arrived.Dispose();
        _taken.Dispose();
    }
}
