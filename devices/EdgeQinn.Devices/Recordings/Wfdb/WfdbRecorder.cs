using EdgeQinn.Devices.Sources;

namespace EdgeQinn.Devices.Recordings.Wfdb;

/// <summary>A recording as a WFDB record of format 32; sample 0 is the first that came.</summary>
sealed class WfdbRecorder(string stem, SourceInfo info) : Recorder(stem)
{
    /// <summary>ADC units per unit: a power of two, so that only the last bits of a float are rounded; the range is ±16384 units.</summary>
    const double Gain = 1 << 17;

    readonly WfdbWriter _writer = new(stem, info.SampleRate, info.Channels, WfdbFormat.Bits32, Gain);
    long _origin = -1;

    private protected override void Write(SampleBlock block)
    {
        _writer.Round(block);
        if (_origin < 0) _origin = block.FirstSample;
        long behind = block.FirstSample - _origin - _writer.Length;
        if (behind < 0) return; // come twice or late: it is there, or has been told as missing
        _writer.WriteMissing(behind);
        _writer.Write(block, _origin);
    }

    private protected override void Flush(bool toDisk) => _writer.Flush(toDisk);

    private protected override void Close() => _writer.Dispose();
}
