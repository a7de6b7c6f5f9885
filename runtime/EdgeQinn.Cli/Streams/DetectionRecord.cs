using EdgeQinn.Devices.Evaluation;
using EdgeQinn.Devices.Recordings;
using EdgeQinn.Devices.Signals.Windows;
using EdgeQinn.Devices.Sources;

namespace EdgeQinn.Cli.Streams;

/// <summary>One recording's annotated and detected beats, for the detector's figures. Fibrillation is left out, as EC57 says.</summary>
sealed class DetectionRecord
{
    // Room for an hour's beats, so that the detector's callback allocates nothing on the way.
    readonly List<long> _reference = new(8192), _detected = new(8192);
    readonly List<(long Start, long End)> _excluded = [];
    readonly double _sampleRate;
    long _fibrillation = -1;

    /// <summary>Listens to the detector.</summary>
    public DetectionRecord(BeatWindower windower, SourceInfo source)
    {
        _sampleRate = source.SampleRate;
        windower.BeatFound = _detected.Add;
    }

    /// <summary>Takes a block's annotations.</summary>
    public void Add(IReadOnlyList<Annotation> annotations)
    {
        foreach (var annotation in annotations)
        {
            if (annotation.Code.IsBeat()) _reference.Add(annotation.Sample);
            else if (annotation.Code == AnnotationCode.FibrillationStart) _fibrillation = annotation.Sample;
            else if (annotation.Code == AnnotationCode.FibrillationEnd && _fibrillation >= 0)
            {
                _excluded.Add((_fibrillation, annotation.Sample));
                _fibrillation = -1;
            }
        }
    }

    /// <summary>Adds this recording's counts.</summary>
    public void CompareInto(BeatMatcher matcher)
    {
        IReadOnlyList<(long Start, long End)> excluded = _fibrillation < 0 ? _excluded : [.. _excluded, (_fibrillation, long.MaxValue)];
        matcher.Add(_reference.ToArray(), _detected.ToArray(), _sampleRate, excluded);
    }
}
