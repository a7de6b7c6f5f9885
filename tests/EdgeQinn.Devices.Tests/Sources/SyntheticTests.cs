using EdgeQinn.Devices.Evaluation;
using EdgeQinn.Devices.Recordings;
using EdgeQinn.Devices.Signals.Ecg;
using EdgeQinn.Devices.Signals.Filters;
using EdgeQinn.Devices.Signals.Spectra;
using EdgeQinn.Devices.Sources;
using EdgeQinn.Devices.Sources.Synthetic;
using Xunit;

namespace EdgeQinn.Devices.Tests.Sources;

public sealed class SyntheticTests
{
    [Theory]
    [InlineData("synthetic:ecg?seconds=20&seed=3")]
    [InlineData("synthetic:bearing?seconds=2&seed=3&fault=inner")]
    public void The_same_seed_gives_the_same_signal_in_any_chunking(string text)
    {
        using ISampleSource a = SourceCatalog.Open(text), b = SourceCatalog.Open(text), other = SourceCatalog.Open(text.Replace("seed=3", "seed=4"));
        (float[][] samples, Annotation[] events) = a.ReadAll(1);
        (float[][] again, Annotation[] eventsAgain) = b.ReadAll(997);
        Assert.Equal(samples, again);
        Assert.Equal(events, eventsAgain);
        Assert.Equal(a.Info.Length, samples[0].Length);
        Assert.NotEqual(samples, other.ReadAll().Channels);
    }

    [Fact]
    public void An_ECG_has_the_beats_it_was_asked_for()
    {
        using ISampleSource source = SourceCatalog.Open("synthetic:ecg?seconds=1200&hr=75&pvc=0.05&apb=0.03");
        Annotation[] events = source.ReadAll().Annotations;
        Assert.InRange(events.Length, 1425, 1550); // 75 a minute; atrial beats reset the clock and make it a little faster
        Assert.InRange(events.Count(e => e.Code == AnnotationCode.VentricularPremature) / (double)events.Length, 0.035, 0.065);
        Assert.InRange(events.Count(e => e.Code == AnnotationCode.AtrialPremature) / (double)events.Length, 0.018, 0.042);
        double[] rr = [.. events.Zip(events.Skip(1), (a, b) => (b.Sample - a.Sample) / 360.0)];
        for (int i = 1; i + 1 < events.Length; i++)
        {
            double around = (rr[i - 1] + rr[i]) / 0.8; // the two intervals around the beat, in usual RR intervals
            if (events[i].Code == AnnotationCode.VentricularPremature) Assert.InRange(around, 1.8, 2.2);  // compensatory pause
            if (events[i].Code == AnnotationCode.AtrialPremature) Assert.InRange(around, 1.4, 1.9);       // less than that
        }
    }

    [Fact]
    public void R_peaks_are_where_the_annotations_say_and_the_detector_finds_them()
    {
        using var source = new SyntheticEcg(new(Noise: 0, Seconds: 300));
        (float[][] channels, Annotation[] events) = source.ReadAll();
        float[] z = channels[0];
        foreach (Annotation e in events.Where(e => e.Sample is > 20 && e.Sample < z.Length - 20))
        {
            int peak = Enumerable.Range((int)e.Sample - 18, 37).MaxBy(i => z[i]);
            Assert.InRange(peak - e.Sample, -2, 8); // the second half of a ventricular complex shifts its peak
            Assert.InRange(z[peak], 0.9, 2.2);
        }

        var band = new BiquadCascade(Butterworth.Bandpass(2, 0.5, 40, 360));
        var detector = new QrsDetector(360);
        var found = new List<long>();
        for (int i = 0; i < z.Length + 360; i++)
        {
            detector.Process(band.Process(i < z.Length ? z[i] : z[^1]));
            while (detector.TryRead(out long peak)) found.Add(peak);
        }
        var matcher = new BeatMatcher();
        matcher.Add([.. events.Select(e => e.Sample)], [.. found], 360);
        Assert.Equal((0, 0), (matcher.FalseNegatives, matcher.FalsePositives));
    }

    [Theory]
    [InlineData("outer", 3.5848)]
    [InlineData("inner", 5.4152)]
    [InlineData("ball", 4.7135)]
    public void A_faulty_bearing_strikes_at_the_faults_rate(string fault, double strikesPerTurn)
    {
        const int Length = 32768;
        using ISampleSource source = SourceCatalog.Open($"synthetic:bearing?fault={fault}&size=21&rpm=1800&seconds=3");
        float[] x = source.ReadAll().Channels[0];
        // The envelope's spectrum, with a plain rectifier for the envelope.
        double[] envelope = [.. x.Take(Length).Select(v => Math.Abs((double)v))];
        double mean = envelope.Average();
        double[] re = new double[Length / 2 + 1], im = new double[Length / 2 + 1];
        new RealFft(Length).Transform([.. envelope.Select(v => v - mean)], re, im);
        double resolution = SyntheticBearing.Rate / Length;
        double Power(double frequency) => Enumerable.Range((int)(frequency / resolution) - 4, 9).Max(k => re[k] * re[k] + im[k] * im[k]);
        double strikes = Power(30 * strikesPerTurn);
        Assert.True(strikes > 20 * Power(30 * strikesPerTurn * 1.37)); // nothing much where no line belongs
        Assert.True(strikes > 20 * Power(30 * strikesPerTurn * 0.59));
    }

    [Fact]
    public void Generators_refuse_what_they_cannot_make()
    {
        Assert.Contains("'emg'", Assert.Throws<SourceAddressException>(() => SourceCatalog.Open("synthetic:emg")).Message);
        Assert.Contains("hr must be a number from 30 to 180", Assert.Throws<SourceAddressException>(() => SourceCatalog.Open("synthetic:ecg?hr=999")).Message);
        Assert.Contains("fault 'cage'", Assert.Throws<SourceAddressException>(() => SourceCatalog.Open("synthetic:bearing?fault=cage")).Message);
    }
}
