using EdgeQinn.Devices.Recordings;
using EdgeQinn.Devices.Sources;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Devices.Signals.Windows;

/// <summary>Windows of a fixed length, one every hop samples; the label is that of the recording.</summary>
public sealed class SlidingWindower : Windower
{
    readonly float[] _samples;
    readonly int _hop;
    readonly int _label;
    long _start;

    /// <param name="contract">Its window's trigger must be <see cref="WindowTrigger.Hop"/>.</param>
    /// <param name="source">What the source delivers.</param>
    /// <param name="hop">Samples from window to window in place of the contract's; null for the contract's.</param>
    /// <exception cref="EdgeQinnException">The source does not fit the contract.</exception>
    public SlidingWindower(SignalContract contract, SourceInfo source, int? hop = null)
        : base(contract, source, contract.Window.Length, hop ?? contract.Window.Hop)
    {
        _samples = new float[contract.Window.Length];
        _hop = Window.Hop;
        ArgumentOutOfRangeException.ThrowIfLessThan(_hop, 1, nameof(hop));
        _label = LabelOf(source.Name, contract);
    }

    /// <inheritdoc/>
    public override double Delay => (_samples.Length - 1) / Contract.SampleRate + DecimationDelay;

    /// <summary>The label whose beginning of a name fits best.</summary>
    static int LabelOf(string name, SignalContract contract)
    {
        string? best = contract.SourceLabels.Keys.Where(k => name.StartsWith(k, StringComparison.Ordinal)).MaxBy(k => k.Length);
        return best is null ? -1 : contract.Decision.Labels.ToList().IndexOf(contract.SourceLabels[best]);
    }

    private protected override bool TryEmit()
    {
        if (Count < _start + _samples.Length) return false;
        CopyHistory(_start, _samples);
        Publish(_samples, [], _start, _label, AnnotationCode.None);
        _start += _hop;
        return true;
    }

    private protected override void Restart() => _start = 0;
}
