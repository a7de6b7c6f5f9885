using System.Numerics;
using EdgeQinn.Devices.Signals.Filters;

namespace EdgeQinn.Devices.Signals.Ecg;

/// <summary>
/// Finds QRS complexes sample by sample: band-pass, derivative, square, moving-window integral, adaptive thresholds, T-wave discrimination and
/// search-back (Pan and Tompkins 1985, IEEE TBME 32(3)), with medians of the last eight peaks as signal and noise levels
/// (Hamilton and Tompkins 1986, IEEE TBME 33(12)). Causal; exact in any chunking; allocates nothing once running.
/// </summary>
public sealed class QrsDetector
{
    const double BandLow = 5, BandHigh = 15; // Hz, where QRS complexes stand out most from P and T waves

    // Times in seconds.
    const double DerivativeTime = 0.010;
    const double IntegralTime = 0.150;
    const double RefractoryTime = 0.200;   // no two beats come closer
    const double TWaveTime = 0.320;        // a flat peak this soon after a beat is its T wave
    const double SettleTime = 0.150;       // a peak not surpassed for so long is over
    const double LearningTime = 2.0;       // beats of this stretch are judged at its end
    const double LongestSearch = 3.0;
    const double LocateTime = 0.060;
    const double MeanTime = 0.100;

    const double Threshold = 0.25;         // between noise level 0 and signal level 1
    const double SearchThreshold = 0.30;   // of the threshold, where a beat is overdue
    const double SearchFactor = 1.5;       // of the usual RR interval: then a beat is overdue
    const double TWaveSlope = 0.5;         // of the last beat's slope
    const double FirstSignalLevel = 0.8;   // of the largest peak while learning
    const int LevelCount = 8;

    readonly BiquadCascade _band;
    readonly int _derivativeSpan, _integralLength, _refractory, _tWave, _settle, _learning, _longestSearch, _locateSpan, _meanSpan, _bandDelay;

    // Rings over the last second, indexed by time & mask.
    readonly int _mask;
    readonly double[] _lead, _filtered, _squared;

    readonly MedianOfLast _signalLevel = new(LevelCount), _noiseLevel = new(LevelCount), _interval = new(LevelCount);
    readonly Candidate[] _waiting = new Candidate[64]; // peaks since the last beat, oldest first
    readonly long[] _found = new long[64];
    int _waitingCount, _foundCount;

    long _time;
    double _integral;
    Candidate? _rising, _pending, _last;

    /// <summary>One peak of the integral.</summary>
    /// <param name="At">Sample of the integral's maximum.</param>
    /// <param name="RPeak">Sample of the R peak in the lead.</param>
    /// <param name="Height">The integral's maximum.</param>
    /// <param name="Slope">The steepest slope on the way.</param>
    readonly record struct Candidate(long At, long RPeak, double Height, double Slope);

    /// <param name="sampleRate">In Hz, from 100 to 10000.</param>
    public QrsDetector(double sampleRate)
    {
        if (!(sampleRate is >= 100 and <= 10_000))
            throw new ArgumentOutOfRangeException(nameof(sampleRate), sampleRate, "QRS detection needs 100 to 10000 Hz");
        int Samples(double seconds) => Math.Max(1, (int)Math.Round(seconds * sampleRate));
        _band = new(Butterworth.Bandpass(2, BandLow, BandHigh, sampleRate));
        _bandDelay = (int)Math.Round(_band.GroupDelay(Math.Sqrt(BandLow * BandHigh), sampleRate));
        _derivativeSpan = Samples(DerivativeTime);
        _integralLength = Samples(IntegralTime);
        _refractory = Samples(RefractoryTime);
        _tWave = Samples(TWaveTime);
        _settle = Samples(SettleTime);
        _learning = Samples(LearningTime);
        _longestSearch = Samples(LongestSearch);
        _locateSpan = Samples(LocateTime);
        _meanSpan = Samples(MeanTime);
        int ring = (int)BitOperations.RoundUpToPowerOf2((uint)Samples(1));
        _mask = ring - 1;
        _lead = new double[ring];
        _filtered = new double[ring];
        _squared = new double[ring];
    }

    /// <summary>Most samples between an R peak and the call that reports it; a beat that stands out is reported after about half a second.</summary>
    public int MaxDelay => _longestSearch + _mask + 1;

    /// <summary>Takes the next sample of a lead, band-passed to about 0.5–40 Hz, in any unit.</summary>
    public void Process(double sample)
    {
        long now = _time & _mask;
        _lead[now] = sample;
        double filtered = _filtered[now] = _band.Process(sample);
        double slope = filtered - _filtered[(_time - _derivativeSpan) & _mask];
        _squared[now] = slope * slope;
        FollowPeak(Integrate(), Math.Abs(slope));
        if (_pending is { } peak && _time - peak.At >= _refractory) Settle(peak);
        SearchBack();
        _time++;
    }

    /// <summary>Hands out the next beat found; call it until there is none.</summary>
    /// <param name="rPeak">Sample index of the R peak in the lead as given; the delay of filters before is the caller's to take off.</param>
    public bool TryRead(out long rPeak)
    {
        rPeak = _found[0];
        if (_foundCount == 0) return false;
        Array.Copy(_found, 1, _found, 0, --_foundCount);
        return true;
    }

    /// <summary>Forgets everything; the next sample has index 0.</summary>
    public void Reset()
    {
        _band.Reset();
        Array.Clear(_lead);
        Array.Clear(_filtered);
        Array.Clear(_squared);
        _signalLevel.Reset();
        _noiseLevel.Reset();
        _interval.Reset();
        (_waitingCount, _foundCount, _time, _integral) = (0, 0, 0, 0);
        _rising = _pending = _last = null;
    }

    /// <summary>
    /// The sum of the last squares, kept up by differences and summed afresh once a second: rounding errors do not pile up over weeks.
    /// </summary>
    double Integrate()
    {
        long now = _time & _mask;
        if (now != 0) return _integral = Math.Max(0, _integral + _squared[now] - _squared[(_time - _integralLength) & _mask]);
        _integral = 0;
        for (int i = 0; i < _integralLength; i++) _integral += _squared[(_time - i) & _mask];
        return _integral;
    }

    /// <summary>A peak is over when the integral has fallen to half of it or has not surpassed it for a while.</summary>
    void FollowPeak(double integral, double slope)
    {
        if (_rising is not { } rising) rising = new(_time, 0, integral, slope);
        else if (integral > rising.Height) rising = new(_time, 0, integral, Math.Max(slope, rising.Slope));
        else rising = rising with { Slope = Math.Max(slope, rising.Slope) };
        _rising = rising;
        if (integral >= rising.Height / 2 && _time - rising.At <= _settle) return;

        _rising = null;
        if (_pending is { } pending)
        {
            if (rising.At - pending.At >= _refractory) Settle(pending);
            else if (rising.Height <= pending.Height) return; // of two peaks within the refractory time the larger stands
        }
        _pending = rising with { RPeak = LocateRPeak(rising.At) };
    }

    /// <summary>
    /// The largest band-passed deflection under the integral's maximum finds the complex; the lead's largest deviation from its mean there is the R
    /// peak.
    /// </summary>
    long LocateRPeak(long integralMaximum)
    {
        long centre = integralMaximum;
        double largest = -1;
        for (long t = Math.Max(0, integralMaximum - _integralLength - _derivativeSpan); t <= integralMaximum; t++)
        {
            double deflection = Math.Abs(_filtered[t & _mask]);
            if (deflection > largest) (largest, centre) = (deflection, t);
        }
        centre -= _bandDelay;

        long from = Math.Max(0, centre - _meanSpan), to = Math.Min(_time, centre + _meanSpan);
        double mean = 0;
        for (long t = from; t <= to; t++) mean += _lead[t & _mask];
        mean /= to - from + 1;

        long rPeak = Math.Max(0, centre);
        largest = -1;
        for (long t = Math.Max(0, centre - _locateSpan); t <= Math.Min(_time, centre + _locateSpan); t++)
        {
            double deviation = Math.Abs(_lead[t & _mask] - mean);
            if (deviation > largest) (largest, rPeak) = (deviation, t);
        }
        return rPeak;
    }

    void Settle(Candidate peak)
    {
        _pending = null;
        if (_waitingCount == _waiting.Length) Array.Copy(_waiting, 1, _waiting, 0, --_waitingCount);
        _waiting[_waitingCount++] = peak;
        if (_time < _learning) return;
        if (_signalLevel.Count == 0) Learn();
        else Judge(_waitingCount - 1);
    }

    /// <summary>Sets the first levels from the peaks so far and judges those in order.</summary>
    void Learn()
    {
        double largest = 0;
        for (int i = 0; i < _waitingCount; i++) largest = Math.Max(largest, _waiting[i].Height);
        _signalLevel.Add(FirstSignalLevel * largest);
        _noiseLevel.Add(0);
        for (int i = 0; i < _waitingCount;) i = Judge(i) ? 0 : i + 1;
    }

    double Level => _noiseLevel.Value + Threshold * (_signalLevel.Value - _noiseLevel.Value);

    bool Judge(int index)
    {
        Candidate peak = _waiting[index];
        bool isTWave = _last is { } last && peak.At - last.At < _tWave && peak.Slope < TWaveSlope * last.Slope;
        if (peak.Height > Level && !isTWave)
        {
            Accept(index);
            return true;
        }
        _noiseLevel.Add(peak.Height);
        return false;
    }

    void Accept(int index)
    {
        Candidate peak = _waiting[index];
        _signalLevel.Add(peak.Height);
        if (_last is { } last) _interval.Add(peak.At - last.At);
        _last = peak;
        _waitingCount -= index + 1;
        Array.Copy(_waiting, index + 1, _waiting, 0, _waitingCount);
        if (_foundCount == _found.Length) throw new InvalidOperationException("beats found must be read before more samples are given");
        _found[_foundCount++] = peak.RPeak;
    }

    /// <summary>Where a beat is overdue, the largest peak passed over so far is taken if it reaches a lower threshold.</summary>
    void SearchBack()
    {
        if (_last is not { } last || _interval.Count == 0) return;
        if (_time - last.At < Math.Min(SearchFactor * _interval.Value, _longestSearch) + _settle) return;
        int best = -1;
        for (int i = 0; i < _waitingCount; i++)
        {
            Candidate peak = _waiting[i];
            bool eligible = peak.At - last.At >= _tWave && _time - peak.At <= _longestSearch && peak.Height >= SearchThreshold * Level;
            if (eligible && (best < 0 || peak.Height > _waiting[best].Height)) best = i;
        }
        if (best >= 0) Accept(best);
    }
}
