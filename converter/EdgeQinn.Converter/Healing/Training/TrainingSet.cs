using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Healing.Training;

/// <summary>Windows to train on: for each input of the network its contents, one window after another, and labels where there are any.</summary>
public sealed class TrainingSet
{
    /// <summary>Checks that the arrays fit <paramref name="graph"/>'s inputs and each other.</summary>
    /// <param name="graph">The network.</param>
    /// <param name="inputs">Per input of the graph, in its order: [windows, elements].</param>
    /// <param name="labels">A class per window; null for none.</param>
    /// <exception cref="EdgeQinnException">Sizes do not fit, or a value is no finite number; the message names the input and the window.</exception>
    public TrainingSet(ModelGraph graph, IReadOnlyList<float[]> inputs, int[]? labels = null)
    {
        if (inputs.Count != graph.Inputs.Count) throw new EdgeQinnException($"training data has {inputs.Count} inputs, the network {graph.Inputs.Count}");
        Sizes = [.. graph.Inputs.Select(v => graph.Values[v].Type.Count)];
        Count = inputs.Count > 0 ? inputs[0].Length / Sizes[0] : 0;
        for (int i = 0; i < inputs.Count; i++)
        {
            string name = graph.Values[graph.Inputs[i]].Name;
            if (inputs[i].Length != (long)Count * Sizes[i])
                throw new EdgeQinnException($"training data for input '{name}' has {inputs[i].Length} elements, expected {Count} windows of {Sizes[i]}");
            int bad = Array.FindIndex(inputs[i], x => !float.IsFinite(x));
            if (bad >= 0) throw new EdgeQinnException($"training data for input '{name}' holds {inputs[i][bad]} in window {bad / Sizes[i]}");
        }
        if (labels is not null && labels.Length != Count) throw new EdgeQinnException($"training data has {labels.Length} labels for {Count} windows");
        (Inputs, Labels) = (inputs, labels);
    }

    /// <summary>The windows.</summary>
    public int Count { get; }

    /// <summary>Per input: [windows, elements].</summary>
    public IReadOnlyList<float[]> Inputs { get; }

    /// <summary>A class per window; null for none.</summary>
    public int[]? Labels { get; }

    /// <summary>Elements of one window, per input.</summary>
    public IReadOnlyList<int> Sizes { get; }

    /// <summary>
    /// Splits the windows into those to train on and those held out. Neighbouring windows resemble each other, so runs of them are held out
    /// rather than single ones.
    /// </summary>
    internal (int[] Training, int[] HeldOut) Split(double share, int seed)
    {
        const int Runs = 40;
        int runs = Math.Min(Runs, Count), held = Math.Clamp((int)Math.Round(share * runs), 1, Math.Max(1, runs - 1));
        var order = Enumerable.Range(0, runs).ToArray();
        new Random(seed).Shuffle(order);
        var heldRuns = order.Take(held).ToHashSet();
        int RunOf(int window) => (int)((long)window * runs / Count);
        var all = Enumerable.Range(0, Count).ToLookup(w => heldRuns.Contains(RunOf(w)));
        return ([.. all[false]], [.. all[true]]);
    }
}
