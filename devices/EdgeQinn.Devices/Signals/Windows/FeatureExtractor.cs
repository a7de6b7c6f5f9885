using EdgeQinn.Devices.Signals.Ecg;
using EdgeQinn.Devices.Signals.Spectra;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Devices.Signals.Windows;

/// <summary>Makes the network's inputs from a window's samples and a beat's intervals, as the contract says.</summary>
sealed class FeatureExtractor
{
    readonly (InputFeature Feature, float[] Values, LogSpectrum? Spectrum)[] _inputs;

    /// <exception cref="GraphException">A feature does not fit the window.</exception>
    public FeatureExtractor(SignalContract contract)
    {
        int length = contract.Window.Length;
        _inputs = [.. contract.Inputs.Select<InputFeature, (InputFeature, float[], LogSpectrum?)>(feature => feature switch
        {
            SamplesFeature => (feature, new float[length], null),
            RrFeature when contract.Window.Trigger == WindowTrigger.Beat => (feature, new float[RrIntervals.FeatureCount], null),
            LogSpectrumFeature f when length >= 4 && int.IsPow2(length) && (long)f.FirstBin + f.Bins <= length / 2 + 1 =>
                (feature, new float[f.Bins], new LogSpectrum(length, f.FirstBin, f.Bins, f.Floor)),
            LogSpectrumFeature => throw new GraphException($"input '{feature.Name}' of the signal contract: a spectrum needs a window of 2^n samples and bins up to half of it"),
            _ => throw new GraphException($"input '{feature.Name}' of the signal contract: RR features need windows at beats"),
        })];
        Inputs = [.. _inputs.Select(i => new WindowInput(i.Feature.Name, i.Values))];
    }

    public IReadOnlyList<WindowInput> Inputs { get; }

    /// <param name="samples">The window, as long as the contract says.</param>
    /// <param name="intervals">A beat's four RR features; empty for other windows.</param>
    public void Extract(ReadOnlySpan<float> samples, ReadOnlySpan<float> intervals)
    {
        foreach ((InputFeature feature, float[] values, LogSpectrum? spectrum) in _inputs)
        {
            switch (feature)
            {
                case SamplesFeature { Normalize: true } f: Normalization.ZScore(samples, values, f.Epsilon); break;
                case SamplesFeature: samples.CopyTo(values); break;
                case RrFeature: intervals.CopyTo(values); break;
                default: spectrum!.Compute(samples, values); break;
            }
        }
    }
}
