using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Runtime.Streaming;

/// <summary>Recurrent layers: carried on in a continuous stream, run anew on every window otherwise.</summary>
sealed partial class StreamGraphBuilder
{
    const int Sequence = 0, Lengths = 4, InitialHidden = 5, InitialCell = 6;

    string? StreamRecurrent(Node node, StreamValue x)
    {
        if (!IsContinuous) return "its state starts from zero in every window";
        if (node.Attributes.Text("direction", "forward") != "forward") return "it also reads time backwards";
        if (x.Axis != 0 || node.Inputs.Where((v, i) => i != Sequence && !IsConstant(v)).Any()) return "its weights or lengths are computed";
        if (node.Inputs.Count > Lengths && node.Inputs[Lengths] != Node.Absent) return "its sequences have lengths of their own";

        int end = Aligned(x);
        long firstRun = (_span / x.Stride - end) / x.New;
        int states = node.Operator == "LSTM" ? 2 : 1;
        int[] shape = [1, x.Type.Shape[1], _source.Values[node.Inputs[2]].Type.Shape[2]];
        int[] inputs = [.. Enumerable.Repeat(Node.Absent, Math.Max(node.Inputs.Count, InitialHidden + states))], held = new int[states];
        for (int i = 0; i < node.Inputs.Count; i++)
            inputs[i] = i == Sequence ? Columns(x, end - x.New, end) : node.Inputs[i] == Node.Absent ? Node.Absent : _hop.Import(node.Inputs[i]);
        for (int s = 0; s < states; s++) inputs[InitialHidden + s] = held[s] = _hop.Input($"{node.Name}:state", new TensorType(ElementType.Float32, shape));

        int[] outputs = _hop.Add(node.Operator, node.Name, node.Attributes, inputs, 1 + states);
        for (int s = 0; s < states; s++)
        {
            int given = node.Inputs.Count > InitialHidden + s ? node.Inputs[InitialHidden + s] : Node.Absent;
            _feedback.Add((outputs[1 + s], held[s], firstRun, given == Node.Absent ? null : _source.Values[given].Constant));
            if (node.Outputs.Count > 1 + s && IsUsed(node.Outputs[1 + s]))
            {
                _states[node.Outputs[1 + s]] = outputs[1 + s];
                RequireFrom(x, end - x.New);
            }
        }
        if (node.Outputs[0] != Node.Absent)
            _states[node.Outputs[0]] = new StreamValue(_source.Values[node.Outputs[0]].Type, 0, x.Stride, x.New, 1, 0, end, outputs[0], -1);
        return null;
    }
}
