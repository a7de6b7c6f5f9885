using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Calibration;

/// <summary>What calibration keeps of a weight's inputs.</summary>
/// <param name="Moments">Mean and covariance over the windows that fit.</param>
/// <param name="Fit">Some of those inputs, [rows, columns]: for ranges of activations.</param>
/// <param name="HeldOut">Some inputs of the windows held out, [rows, columns]: for errors of the outputs.</param>
public sealed record LayerInputs(InputMoments Moments, float[] Fit, float[] HeldOut);

/// <summary>Runs a network over calibration windows and keeps what every weight's inputs look like.</summary>
public static class LayerInputsCollector
{
    /// <summary>Inputs per layer that moments are taken from; windows of long signals have far more, much alike.</summary>
    const int MaxRows = 32_768;

    /// <summary>Inputs per layer that are kept.</summary>
    const int KeptRows = 512;

    /// <summary>The inputs of each weight in <paramref name="sites"/>; null for weights whose rows do not share their inputs.</summary>
    /// <param name="graph">The network to run.</param>
    /// <param name="sites">Its weights.</param>
    /// <param name="set">The windows.</param>
    /// <param name="fit">Those to take moments from.</param>
    /// <param name="heldOut">Those to keep for errors.</param>
    /// <param name="seed">For drawing positions.</param>
    public static IReadOnlyList<LayerInputs?> Collect(ModelGraph graph, IReadOnlyList<WeightSite> sites, CalibrationSet set, int[] fit, int[] heldOut, int seed)
    {
        var whole = WithSequences(graph);
        var rows = sites.Select(s => InputRows.Of(whole, s)).ToArray();
        using var model = Model.FromGraph(Keeping(whole, rows));
        using var session = model.CreateSession();
        var collectors = rows.Select((r, i) => r is null ? null : new Collector(r, sites[i].Weight.Columns, fit.Length, heldOut.Length, seed + i)).ToArray();
        foreach (int window in fit) Visit(window, (c, value) => c.Fit(value));
        foreach (int window in heldOut) Visit(window, (c, value) => c.HeldOut(value));
        return [.. collectors.Select(c => c?.Build())];

        void Visit(int window, Action<Collector, float[]> visit)
        {
            for (int i = 0; i < set.Names.Count; i++) set.Window(i, window).CopyTo(session.Input(set.Names[i]).AsSpan<float>());
            session.Run();
            foreach (var collector in collectors)
                if (collector is not null) visit(collector, session.Output(whole.Values[collector.Value].Name).AsSpan<float>().ToArray());
        }
    }

    /// <summary>The graph with every recurrent layer's sequence of states among its results.</summary>
    static ModelGraph WithSequences(ModelGraph graph)
    {
        var values = graph.Values.ToList();
        var nodes = graph.Nodes.ToList();
        for (int n = 0; n < nodes.Count; n++)
        {
            if (nodes[n].Operator is not ("GRU" or "LSTM" or "RNN") || nodes[n].Outputs[0] != Node.Absent) continue;
            var (x, r) = (values[nodes[n].Inputs[0]].Type.Shape, values[nodes[n].Inputs[2]].Type.Shape);
            values.Add(new Value($"{nodes[n].Name}~sequence", new TensorType(ElementType.Float32, x[0], r[0], x[1], r[2])));
            nodes[n] = nodes[n] with { Outputs = [values.Count - 1, .. nodes[n].Outputs.Skip(1)] };
        }
        return new ModelGraph { Name = graph.Name, Values = values, Nodes = nodes, Inputs = graph.Inputs, Outputs = graph.Outputs };
    }

    static ModelGraph Keeping(ModelGraph graph, IEnumerable<InputRows?> rows) => new()
    {
        Name = graph.Name, Values = graph.Values, Nodes = graph.Nodes, Inputs = graph.Inputs,
        Outputs = [.. graph.Outputs.Concat(rows.Where(r => r is not null).Select(r => r!.Value)).Distinct()],
    };

    sealed class Collector(InputRows rows, int columns, int fitWindows, int heldOutWindows, int seed)
    {
        readonly InputMoments.Accumulator _moments = new(columns);
        readonly Random _random = new(seed);
        readonly List<float> _fit = [], _heldOut = [];
        readonly float[] _x = new float[columns];
        readonly double _share = Math.Min(1, MaxRows / ((double)fitWindows * rows.Count));
        readonly double _fitShare = KeptRows / ((double)fitWindows * rows.Count), _heldOutShare = KeptRows / ((double)heldOutWindows * rows.Count);

        public int Value => rows.Value;

        public void Fit(float[] value)
        {
            for (int r = 0; r < rows.Count; r++)
            {
                double drawn = _random.NextDouble();
                if (drawn >= _share) continue;
                rows.Read(value, r, _x);
                _moments.Add(_x);
                if (drawn < _fitShare) _fit.AddRange(_x);
            }
        }

        public void HeldOut(float[] value)
        {
            for (int r = 0; r < rows.Count; r++)
            {
                if (_random.NextDouble() >= _heldOutShare) continue;
                rows.Read(value, r, _x);
                _heldOut.AddRange(_x);
            }
        }

        public LayerInputs Build() => new(_moments.Build(), [.. _fit], [.. _heldOut]);
    }
}
