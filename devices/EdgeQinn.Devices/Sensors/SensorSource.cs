using EdgeQinn.Devices.Buses;
using EdgeQinn.Devices.Sources;

namespace EdgeQinn.Devices.Sensors;

/// <summary>
/// A sensor as a stream: reads it when samples are there, tells when each was taken, counts what was lost, watches the signal.
/// A fault reaches the caller once; the next read starts the chip anew. <see cref="RecoveringSource"/> does that by itself.
/// </summary>
public sealed class SensorSource : ISampleSource
{
    // Chips' oscillators are within some percent; ten intervals without a sample are no drift.
    const int SilentIntervals = 10;
    static readonly TimeSpan LeastSilence = TimeSpan.FromMilliseconds(250);

    readonly Sensor _sensor;
    readonly MonotonicClock _clock;
    readonly SignalMonitor _monitor;
    readonly TimeSpan _interval, _silence;
    SampleTimeline? _timeline;
    PollTimer? _timer;
    TimeSpan _nextRead, _lastSample;
    long _sequence, _position;
    bool _running, _overrun;

    /// <param name="sensor">The chip; closed together with this source.</param>
    /// <param name="clock">The clock to go by; the system's when null.</param>
    public SensorSource(Sensor sensor, MonotonicClock? clock = null)
    {
        _sensor = sensor;
        _clock = clock ?? MonotonicClock.System;
        Info = sensor.Info with { IsLive = true };
        _interval = TimeSpan.FromSeconds(1 / Info.SampleRate);
        _silence = _interval * (SilentIntervals + sensor.Batch);
        if (_silence < LeastSilence) _silence = LeastSilence;
        _monitor = new(sensor);
    }

    /// <summary>Opens a chip as a stream that survives faults: it is closed and made anew after each.</summary>
    /// <param name="create">Opens bus and chip; called at once, and again after each fault.</param>
    /// <param name="clock">The clock to go by; the system's when null.</param>
    /// <exception cref="DeviceException">The chip does not answer now, or is another one.</exception>
    public static RecoveringSource OpenRecovering(Func<Sensor> create, MonotonicClock? clock = null) => new(
        () =>
        {
            var source = new SensorSource(create(), clock);
            try
            {
                source.Start();
                return source;
            }
            catch
            {
                source.Dispose();
                throw;
            }
        },
        clock);

    /// <inheritdoc/>
    public SourceInfo Info { get; }

    /// <summary>Lets the chip sample. Reading does so by itself; opening does it at once to report what is wrong.</summary>
    /// <exception cref="DeviceException">The chip does not answer, or is another one.</exception>
    public void Start()
    {
        _running = false;
        _sensor.Start();
        _running = true;
        _monitor.Reset();
        _timeline = null;
        _overrun = false;
        _timer = new(Info.SampleRate, _clock);
        _lastSample = _clock.Now;
        _nextRead = _lastSample + _sensor.Batch * _interval;
    }

    /// <inheritdoc/>
    /// <exception cref="DeviceException">The chip does not answer, or has fallen silent.</exception>
    public bool Read(SampleBlock block)
    {
        if (!_running) Start();
        _running = false; // until this read has gone well
        switch (_sensor.Timing)
        {
            case SampleTiming.Host: ReadWhenDue(block); break;
            case SampleTiming.Fifo: ReadBuffer(block); break;
            default: ReadWhenReady(block); break;
        }
        _running = true;
        return true;
    }

    void ReadWhenDue(SampleBlock block)
    {
        TimeSpan time = _timer!.WaitForNext(out long lost);
        SensorReading reading = _sensor.Read(block);
        _timer.Taken();
        Publish(block, reading, time, lost);
    }

    void ReadBuffer(SampleBlock block)
    {
        while (true)
        {
            _clock.WaitUntil(_nextRead);
            TimeSpan now = _clock.Now;
            SensorReading reading = _sensor.Read(block);
            // A chip whose buffer had to be thrown away as a whole says so with no sample yet.
            _overrun |= (reading.Status & SampleStatus.Overrun) != 0;
            if (reading.Count > 0)
            {
                if (_overrun) reading = reading with { Status = reading.Status | SampleStatus.Overrun };
                _timeline ??= new(Info.SampleRate, now - reading.Count * _interval);
                TimeSpan first = _timeline.Add(reading.Count, now, _overrun, out long lost);
                _overrun = false;
                // A full block may have left samples behind: then read on at once.
                _nextRead = reading.Count == block.Capacity ? now : now + _sensor.Batch * _interval;
                _lastSample = now;
                Publish(block, reading, first, lost);
                return;
            }
            if (_overrun) _lastSample = now;
            if (now - _lastSample > _silence) throw Silent();
            _nextRead = now + _interval;
        }
    }

    void ReadWhenReady(SampleBlock block)
    {
        SensorReading reading = _sensor.Read(block);
        TimeSpan now = _clock.Now;
        // Without a time from the driver, that of the read says when the newest came, give or take what the host was late by.
        if (reading.Time is null) _timeline ??= new(Info.SampleRate, now - reading.Count * _interval);
        Publish(block, reading, reading.Time ?? _timeline!.Add(reading.Count, now, overrun: false, out _), reading.Lost);
    }

    void Publish(SampleBlock block, SensorReading reading, TimeSpan first, long lost)
    {
        SampleStatus status = reading.Status | _monitor.Check(block, reading.Count);
        _position += lost;
        block.Commit(reading.Count, _sequence++, _position, first, lost, status);
        _position += reading.Count;
    }

    DeviceException Silent() => new(DeviceFault.NoData,
        $"{Info.Name}: no sample for {_silence.TotalMilliseconds:0} ms although the chip answers; it may have lost its settings in a drop of the supply");

    /// <inheritdoc/>
    public void Dispose() => _sensor.Dispose();
}
