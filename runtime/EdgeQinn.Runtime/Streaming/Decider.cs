using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Streaming;

/// <summary>
/// Turns what a session has computed into a label, as the contract's decision says: softmax and the largest score, or the error of a
/// reconstruction against its threshold. Allocates nothing once made.
/// </summary>
public sealed class Decider
{
    readonly Decision _decision;
    readonly Tensor _output;
    readonly Tensor? _input;
    readonly float[] _scores;

    /// <param name="session">The session whose outputs are read.</param>
    /// <param name="decision">What they mean.</param>
    /// <exception cref="GraphException">The decision does not fit the model: names, types or counts.</exception>
    public Decider(Session session, Decision decision) : this(session.Inputs, session.Outputs, decision) { }

    /// <param name="session">The stream whose results are read; a decision on a reconstruction needs <see cref="StreamSession.Window"/>.</param>
    /// <param name="decision">What they mean.</param>
    /// <exception cref="GraphException">As for the other.</exception>
    public Decider(StreamSession session, Decision decision) : this(session.Window is { } window ? [.. session.Inputs, window] : session.Inputs, session.Outputs, decision) { }

    Decider(IReadOnlyList<Tensor> inputs, IReadOnlyList<Tensor> outputs, Decision decision)
    {
        _decision = decision;
        _output = Find(outputs, decision.Output, "output");
        if (decision is AnomalyDecision anomaly)
        {
            _input = Find(inputs, anomaly.Input, "input");
            Check(_output.Type.Count == _input.Type.Count, $"output '{_output.Name}' {_output.Type} does not reconstruct input '{_input.Name}' {_input.Type}");
            Check(anomaly.Scale.Count is 0 || anomaly.Scale.Count == _output.Type.Count, $"the contract has {anomaly.Scale.Count} scales for {_output.Type.Count} elements");
            _scores = new float[1];
        }
        else
        {
            Check(_output.Type.Count == decision.Labels.Count, $"the contract has {decision.Labels.Count} labels for output '{_output.Name}' {_output.Type}");
            _scores = new float[decision.Labels.Count];
        }
    }

    /// <summary>After <see cref="Decide"/>: a probability per label, or the one anomaly score.</summary>
    public ReadOnlySpan<float> Scores => _scores;

    /// <summary>The same memory as <see cref="Scores"/>, for those who keep it: it is written again by each <see cref="Decide"/>.</summary>
    public ReadOnlyMemory<float> ScoreMemory => _scores;

    /// <summary>Decides on the session's last run; the index of the label.</summary>
    public int Decide() => _decision switch
    {
        ClassDecision classes => Classify(classes.Logits),
        AnomalyDecision anomaly => Score(anomaly) <= anomaly.Threshold ? 0 : 1, // not a number is anomalous
        _ => throw new InvalidOperationException($"no rule for {_decision.GetType().Name}"),
    };

    int Classify(bool logits)
    {
        ReadOnlySpan<float> output = _output.AsSpan<float>();
        int best = 0;
        for (int i = 1; i < output.Length; i++)
            if (output[i] > output[best]) best = i;
        output.CopyTo(_scores);
        if (!logits) return best;

        float sum = 0;
        foreach (ref float score in _scores.AsSpan()) sum += score = MathF.Exp(score - output[best]);
        foreach (ref float score in _scores.AsSpan()) score /= sum;
        return best;
    }

    float Score(AnomalyDecision anomaly)
    {
        ReadOnlySpan<float> output = _output.AsSpan<float>(), input = _input!.AsSpan<float>();
        double sum = 0;
        for (int i = 0; i < output.Length; i++)
        {
            double error = output[i] - input[i];
            if (anomaly.Scale.Count > 0) error /= anomaly.Scale[i];
            sum += error * error;
        }
        return _scores[0] = (float)(sum / output.Length);
    }

    static Tensor Find(IReadOnlyList<Tensor> tensors, string name, string what)
    {
        foreach (var tensor in tensors)
        {
            if (tensor.Name != name) continue;
            Check(tensor.Type.Element == ElementType.Float32, $"{what} '{name}' is {tensor.Type}, expected float32");
            return tensor;
        }
        throw new GraphException($"the signal contract names {what} '{name}', which the model lacks; it has {string.Join(", ", tensors.Select(t => $"'{t.Name}'"))}");
    }

    static void Check(bool holds, string problem)
    {
        if (!holds) throw new GraphException(problem);
    }
}
