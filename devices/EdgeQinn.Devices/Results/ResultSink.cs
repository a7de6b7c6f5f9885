namespace EdgeQinn.Devices.Results;

/// <summary>Results and events as lines of a format, to a target. Allocates nothing per result.</summary>
public sealed class ResultSink(ResultFormat format, LineTarget target) : IDisposable
{
    readonly LineBuffer _line = new();

    /// <summary>Where the lines go.</summary>
    public LineTarget Target { get; } = target;

    /// <summary>Writes a result.</summary>
    public void Write(StreamResult result)
    {
        _line.Clear();
        if (Target.Begin())
        {
            format.Header(_line, result);
            if (!_line.Bytes.IsEmpty) _line.Add("\n"u8);
        }
        format.Result(_line, result);
        Target.Write(_line.Add("\n"u8).Bytes);
    }

    /// <summary>Writes an event, where the format has a place for events.</summary>
    public void Write(in StreamEvent e)
    {
        _line.Clear();
        format.Event(_line, e);
        if (_line.Bytes.IsEmpty) return;
        Target.Begin();
        Target.Write(_line.Add("\n"u8).Bytes);
    }

    /// <summary>Delivers what waits, and closes the target.</summary>
    public void Dispose() => Target.Dispose();
}
