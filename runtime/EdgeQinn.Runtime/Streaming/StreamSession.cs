using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Operators;

namespace EdgeQinn.Runtime.Streaming;

/// <summary>
/// One stream through a network: samples in, in chunks of any size, a result every hop. Nothing is allocated, locked or thrown on the way. Not thread-safe; sessions
/// are independent of each other, and can be copied, started anew, saved and restored at any sample.
/// </summary>
public sealed class StreamSession : IDisposable
{
    readonly Session _session;
    readonly Tensor _samples;
    readonly int _outer, _inner;
    long _runs;
    int _held; // samples of the block that the next run takes

    internal StreamSession(StreamModel model)
    {
        Model = model;
        _session = model.HopModel.CreateSession();
        _samples = _session.Inputs[model.Stream.SamplesInput];
        var split = AxisSplit.At(_samples.Type, model.Rule.Axis);
        (_outer, _inner) = ((int)split.Outer, (int)split.Inner);
        var states = model.Stream.Feedback.Select(f => f.Input).ToHashSet();
        Inputs = [.. _session.Inputs.Where((t, i) => t != _samples && !states.Contains(i))];
        Outputs = [.. _session.Outputs.Take(model.Stream.OutputCount)];
        int kept = _session.Outputs.Count - model.Stream.Feedback.Length;
        Window = kept > Outputs.Count ? _session.Outputs[Outputs.Count] : null;
        Reset();
    }

    /// <summary>The network this session runs.</summary>
    public StreamModel Model { get; }

    /// <summary>The inputs that the stream does not feed, such as features of a patient or a machine; each run takes what they hold.</summary>
    public IReadOnlyList<Tensor> Inputs { get; }

    /// <summary>
    /// The last result: the network's outputs, in its order, as the network over windows gives them. In a continuous stream an output with a time axis has the
    /// columns that are new.
    /// </summary>
    public IReadOnlyList<Tensor> Outputs { get; }

    /// <summary>The window of samples that the last result rests on, where the model keeps it; else null.</summary>
    public Tensor? Window { get; }

    /// <summary>Values per sample: channels, interleaved in what is pushed.</summary>
    public int Channels => _outer * _inner;

    /// <summary>Samples pushed since the start.</summary>
    public long Position => _runs * Model.Rule.Hop + _held - Model.Stream.Lead;

    /// <summary>Bytes of working memory, state included.</summary>
    public long WorkingBytes => _session.WorkingBytes;

    internal Session Session => _session;

    /// <summary>Runs since the start.</summary>
    internal long Runs
    {
        get => _runs;
        set => _session.Clock = _runs = value;
    }

    /// <summary>Samples that wait for the next run, those of the lead included.</summary>
    internal int Held
    {
        get => _held;
        set => _held = value;
    }

    /// <summary>The samples of the next run; the first <see cref="Held"/> columns count.</summary>
    internal Tensor Samples => _samples;

    /// <summary>The output called <paramref name="name"/>.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public Tensor Output(string name) => _session.Output(name);

    /// <summary>The input called <paramref name="name"/>.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public Tensor Input(string name) => _session.Input(name);

    /// <summary>
    /// Takes samples from the start of <paramref name="samples"/>, all of them or up to the next result: then the result stands in <see cref="Outputs"/>, the rest in
    /// <paramref name="samples"/>, and the answer is true.
    /// </summary>
    /// <param name="samples">Whole samples: a multiple of <see cref="Channels"/> values, channels interleaved.</param>
    /// <exception cref="ArgumentException">The last sample is cut off.</exception>
    public bool Push(ref ReadOnlySpan<float> samples)
    {
        if (samples.Length % Channels != 0) throw new ArgumentException($"{samples.Length} values are no whole number of samples with {Channels} channels", nameof(samples));
        int hop = Model.Rule.Hop;
        while (!samples.IsEmpty)
        {
            int count = Math.Min(hop - _held, samples.Length / Channels);
            Take(samples[..(count * Channels)], count);
            samples = samples[(count * Channels)..];
            _held += count;
            if (_held < hop) return false;
            _held = 0;
            if (Run()) return true;
        }
        return false;
    }

    /// <summary>Starts anew, as for the first sample of another stream. The inputs that the stream does not feed stay.</summary>
    public void Reset()
    {
        for (int i = 0; i < _session.StateCount; i++) _session.State(i).Clear();
        foreach (var feedback in Model.Stream.Feedback)
        {
            var state = _session.Inputs[feedback.Input].AsSpan<float>();
            if (feedback.Initial is { } initial) initial.Floats().CopyTo(state);
            else state.Clear();
        }
        Runs = 0;
        _held = Model.Stream.Lead;
        _samples.AsBytes().Clear();
    }

    /// <summary>Another session that goes on from here; both then go their own ways.</summary>
    public StreamSession Clone()
    {
        var copy = new StreamSession(Model);
        for (int i = 0; i < _session.StateCount; i++) _session.State(i).CopyTo(copy._session.State(i));
        for (int i = 0; i < _session.Inputs.Count; i++) _session.Inputs[i].AsBytes().CopyTo(copy._session.Inputs[i].AsBytes());
        for (int i = 0; i < _session.Outputs.Count; i++) _session.Outputs[i].AsBytes().CopyTo(copy._session.Outputs[i].AsBytes());
        (copy.Runs, copy._held) = (_runs, _held);
        return copy;
    }

    /// <summary>The session's state as bytes that <see cref="Restore"/> of a session of the same model takes, on any machine.</summary>
    public byte[] Save() => SessionState.Write(this);

    /// <summary>Goes on where the session that made <paramref name="state"/> was. Where the bytes are refused, nothing has changed.</summary>
    /// <exception cref="SessionStateException">The bytes are damaged, of another version, or of another model.</exception>
    public void Restore(ReadOnlySpan<byte> state) => SessionState.Read(state, this);

    /// <summary>Frees the memory.</summary>
    public void Dispose() => _session.Dispose();

    bool Run()
    {
        long run = _runs++;
        _session.Run();
        foreach (var feedback in Model.Stream.Feedback)
            if (run >= feedback.FirstRun) _session.Outputs[feedback.Output].AsBytes().CopyTo(_session.Inputs[feedback.Input].AsBytes());
        return run >= Model.Stream.FirstRun;
    }

    /// <summary>Puts samples [count][channels] at columns held … of the input [outer][hop][inner], channel = outer · Inner + inner.</summary>
    void Take(ReadOnlySpan<float> samples, int count)
    {
        var block = _samples.AsSpan<float>();
        if (Channels == 1)
        {
            samples.CopyTo(block[_held..]);
            return;
        }
        int hop = Model.Rule.Hop;
        for (int o = 0; o < _outer; o++)
            for (int t = 0; t < count; t++)
                samples.Slice(t * Channels + o * _inner, _inner).CopyTo(block[((o * hop + _held + t) * _inner)..]);
    }
}
