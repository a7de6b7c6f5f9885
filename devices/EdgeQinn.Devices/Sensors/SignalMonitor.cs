using EdgeQinn.Devices.Sources;

namespace EdgeQinn.Devices.Sensors;

/// <summary>Watches a sensor's channels for values at the end of the range and for values that do not change.</summary>
sealed class SignalMonitor(Sensor sensor)
{
    const int LeastSamples = 16; // a slow sensor needs more than its time

    readonly float[] _last = new float[sensor.Info.Channels.Count];
    readonly long[] _same = new long[sensor.Info.Channels.Count];
    readonly long _limit = Math.Max(LeastSamples, (long)Math.Min(long.MaxValue / 2.0, sensor.StuckAfter.TotalSeconds * sensor.Info.SampleRate));
    readonly (float Low, float High)[] _ranges = [.. sensor.Info.Channels.Select((_, c) => sensor.Range(c))];

    /// <summary>What is wrong with the first <paramref name="count"/> samples of the block's buffers.</summary>
    public SampleStatus Check(SampleBlock block, int count)
    {
        SampleStatus status = SampleStatus.None;
        for (int c = 0; c < _last.Length; c++)
        {
            (float low, float high) = _ranges[c];
            foreach (float x in block.Buffer(c)[..count])
            {
                if (x <= low || x >= high) status |= SampleStatus.Saturated;
                _same[c] = x == _last[c] ? _same[c] + 1 : 0;
                _last[c] = x;
                if (_same[c] >= _limit) status |= SampleStatus.Stuck;
            }
        }
        return status;
    }

    public void Reset() => Array.Clear(_same);
}
