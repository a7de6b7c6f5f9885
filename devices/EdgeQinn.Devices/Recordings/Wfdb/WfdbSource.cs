using EdgeQinn.Devices.Sources;

namespace EdgeQinn.Devices.Recordings.Wfdb;

/// <summary>Streams a WFDB record: header, signal files, and the annotations where an annotation file lies beside them.</summary>
public sealed class WfdbSource : RecordedSource
{
    readonly WfdbHeader _header;
    readonly SignalFile[] _files;
    long _position;

    WfdbSource(SourceInfo info, WfdbHeader header, SignalFile[] files, IReadOnlyList<Annotation>? annotations, SourcePart? part) : base(info, annotations, part)
    {
        _header = header;
        _files = files;
    }

    /// <summary>Opens a record.</summary>
    /// <param name="record">Path of the header, with or without <c>.hea</c>.</param>
    /// <param name="annotator">Extension of the annotation file; it may be absent.</param>
    /// <param name="part">The part to deliver, or null for everything.</param>
    /// <exception cref="RecordingException">A file is missing or broken.</exception>
    public static WfdbSource Open(string record, string annotator = "atr", SourcePart? part = null)
    {
        string stem = record.EndsWith(".hea", StringComparison.Ordinal) ? record[..^4] : record;
        WfdbHeader header = WfdbHeader.Load(stem + ".hea");
        string annotationPath = $"{stem}.{annotator}";
        IReadOnlyList<Annotation>? annotations = File.Exists(annotationPath) ? WfdbAnnotations.Load(annotationPath, header.SampleRate, isUnfinished: header.Length is null) : null;

        var files = new List<SignalFile>();
        try
        {
            for (int i = 0; i < header.Signals.Count;)
            {
                // Signals of one file stand together and share its format.
                WfdbSignal first = header.Signals[i];
                int end = i + 1;
                while (end < header.Signals.Count && header.Signals[end].FileName == first.FileName) end++;
                if (header.Signals.Skip(i).Take(end - i).Any(s => s.Format != first.Format || s.ByteOffset != first.ByteOffset))
                    throw new RecordingException(stem + ".hea", $"the signals of {first.FileName} differ in format");
                files.Add(new(Path.Combine(Path.GetDirectoryName(stem) ?? "", first.FileName), first.Format, first.ByteOffset, i, end));
                i = end;
            }
            var info = new SourceInfo(Path.GetFileName(stem), header.SampleRate, [.. header.Signals.Select(s => new Channel(s.Description, s.Unit))])
            {
                Length = header.Length,
                IsAnnotated = annotations is not null,
            };
            return new(info, header, [.. files], annotations, part);
        }
        catch
        {
            foreach (SignalFile file in files) file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    protected override int Fill(SampleBlock block, int limit)
    {
        if (_header.Length is { } length) limit = (int)Math.Min(limit, length - _position);
        int count = limit;
        foreach (SignalFile file in _files) count = file.Read(block, count, _header.Signals);
        _position += count;
        if (count < limit && _header.Length is not null)
        {
            SignalFile file = _files.MinBy(f => f.Frames)!;
            if (count == 0)
                throw new RecordingException(file.Path, $"ends after {_position} of the {_header.Length} samples in the header", file.Position);
        }
        return count;
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        foreach (SignalFile file in _files) file.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>One signal file and the signals [first, end) it holds.</summary>
    sealed class SignalFile : IDisposable
    {
        readonly FileStream _stream;
        readonly WfdbFormat _format;
        readonly int _first, _end;
        int _carry;

        public SignalFile(string path, WfdbFormat format, long offset, int first, int end)
        {
            (Path, _format, _first, _end) = (path, format, first, end);
            _stream = RecordingFile.Open(path);
            if (offset > _stream.Length) throw new RecordingException(path, $"is shorter than the offset {offset} in the header", _stream.Length);
            _stream.Position = offset;
        }

        public string Path { get; }

        public long Position => _stream.Position;

        /// <summary>Whole samples read so far.</summary>
        public long Frames { get; private set; }

        public int Read(SampleBlock block, int limit, IReadOnlyList<WfdbSignal> signals)
        {
            int missing = WfdbSamples.Missing(_format);
            for (int t = 0; t < limit; t++)
            {
                for (int c = _first; c < _end; c++)
                {
                    if (!WfdbSamples.TryRead(_stream, _format, ref _carry, out int adc)) return t;
                    block.Buffer(c)[t] = adc == missing ? float.NaN : signals[c].ToPhysical(adc);
                }
                Frames++;
            }
            return limit;
        }

        public void Dispose() => _stream.Dispose();
    }
}
