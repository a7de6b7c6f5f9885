using EdgeQinn.Converter.Calibration;
using EdgeQinn.Converter.Healing.Differentiation;
using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Converter.Healing.Training;

/// <summary>
/// Steps over windows: the windows of a batch are cut into a fixed number of chunks whose gradients are summed in order, so that the result is
/// the same on any number of threads.
/// </summary>
sealed class Trainer
{
    const int Chunks = 4;

    readonly Network _student, _teacher;
    readonly CalibrationSet _data;
    readonly int[] _inputs;
    readonly HealingOptions _options;
    readonly (Tape Student, Tape Teacher)[] _tapes;
    readonly ParallelOptions _parallel;
    readonly Loss _loss;

    /// <summary>The teacher's outputs by window, once they were wanted: it does not change.</summary>
    readonly float[]?[] _taught;

    /// <exception cref="EdgeQinnException">The windows do not fit the network's inputs.</exception>
    public Trainer(Network student, Network teacher, CalibrationSet data, HealingOptions options)
    {
        (_student, _teacher, _data, _options) = (student, teacher, data, options);
        _inputs = [.. data.Names.Select(name => InputOf(student.Graph, name))];
        int capacity = (options.BatchSize + Chunks - 1) / Chunks;
        _tapes = [.. Enumerable.Range(0, Chunks).Select(_ => (new Tape(student, capacity) { Training = true, InputGradients = false }, new Tape(teacher, capacity)))];
        _parallel = new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, options.Threads) };
        _taught = new float[data.Count][];
        _loss = new Loss(student.Graph, options, Variances());
        Adam = new Adam(student.Parameters.SelectMany(p => p.Trainable.Leaves));
    }

    /// <summary>The optimiser.</summary>
    public Adam Adam { get; }

    /// <summary>One step on a batch; the mean loss over it.</summary>
    public double Step(ReadOnlySpan<int> windows, bool matching, double rate)
    {
        double loss = Run(windows, (student, teacher, labels, scale) => matching ? _loss.MatchLayers(student, teacher, scale) : _loss.EndToEnd(student, teacher, labels, scale), matching, true);
        Parallel.ForEach(_student.Parameters, _parallel, parameter =>
        {
            var sum = parameter.Gradient.AsSpan();
            _tapes[0].Student.Gradient(parameter).CopyTo(sum);
            foreach (var (tape, _) in _tapes.AsSpan(1))
                if (tape.HasGradient(parameter)) Layers.Rows.Add(tape.Gradient(parameter), sum);
            parameter.Backward();
        });
        Adam.Step(rate);
        Refresh();
        return loss;
    }

    /// <summary>The mean end-to-end loss over <paramref name="windows"/>.</summary>
    public double Evaluate(ReadOnlySpan<int> windows)
    {
        double total = 0;
        for (int at = 0; at < windows.Length; at += _options.BatchSize)
        {
            var batch = windows[at..Math.Min(windows.Length, at + _options.BatchSize)];
            total += batch.Length * Run(batch, (student, teacher, labels, _) => _loss.EndToEnd(student, teacher, labels, 0), false, false);
        }
        return total / windows.Length;
    }

    /// <summary>Makes the student's tensors follow its leaves.</summary>
    public void Refresh() => Parallel.ForEach(_student.Parameters, _parallel, parameter => parameter.Refresh());

    delegate double Measure(Tape student, Tape teacher, ReadOnlySpan<int> labels, double scale);

    double Run(ReadOnlySpan<int> windows, Measure measure, bool everyLayer, bool training)
    {
        var batch = windows.ToArray();
        var losses = new double[Chunks];
        Parallel.For(0, Chunks, _parallel, c =>
        {
            var (student, teacher) = _tapes[c];
            int from = batch.Length * c / Chunks, to = batch.Length * (c + 1) / Chunks;
            student.Samples = teacher.Samples = to - from;
            if (training) student.ClearGradients();
            if (from == to) return;
            var chunk = batch.AsSpan(from, to - from);
            Load(student, chunk);
            int[] labels = Array.ConvertAll(chunk.ToArray(), w => _data.Labels[w]);
            if (_options.NoiseShare > 0) AddNoise(student, labels, chunk, training ? Adam.Steps + 1 : 0);
            Teach(teacher, student, chunk, everyLayer);
            _student.Forward(student);
            losses[c] = measure(student, teacher, labels, 1.0 / batch.Length);
            if (training) _student.Backward(student);
        });
        return losses.Sum() / batch.Length;
    }

    /// <summary>The teacher's outputs, or all its values, for the student's inputs.</summary>
    void Teach(Tape tape, Tape student, ReadOnlySpan<int> windows, bool everyLayer)
    {
        bool changed = _options.NoiseShare > 0, known = !everyLayer && !changed;
        foreach (int w in windows) known &= _taught[w] is not null;
        if (!known)
        {
            foreach (int input in _inputs) student.Value(input).CopyTo(tape.Value(input));
            _teacher.Forward(tape);
        }
        for (int s = 0; s < windows.Length && !changed; s++)
        {
            var taught = _taught[windows[s]] ??= new float[_teacher.Graph.Outputs.Sum(v => _teacher.Sizes[v])];
            int at = 0;
            foreach (int v in _teacher.Graph.Outputs)
            {
                int size = _teacher.Sizes[v];
                Span<float> output = tape.Value(v).Slice(s * size, size), kept = taught.AsSpan(at, size);
                if (known) kept.CopyTo(output);
                else output.CopyTo(kept);
                at += size;
            }
        }
    }

    void Load(Tape tape, ReadOnlySpan<int> windows)
    {
        for (int i = 0; i < _inputs.Length; i++)
        {
            var to = tape.Value(_inputs[i]);
            for (int s = 0; s < windows.Length; s++)
            {
                var from = _data.Window(i, windows[s]);
                from.CopyTo(to[(s * from.Length)..]);
            }
        }
    }

    /// <summary>Noise on a share of the samples, another in each step but the same whenever windows are evaluated (step 0); what it leaves of their labels' truth is not known, so the teacher alone says what they are.</summary>
    void AddNoise(Tape tape, int[] labels, ReadOnlySpan<int> windows, int step)
    {
        for (int s = 0; s < labels.Length; s++)
        {
            var random = new Random(unchecked(_options.Seed * 1_000_003 + step * 7919 + windows[s]));
            if (random.NextDouble() >= _options.NoiseShare) continue;
            double level = _options.NoiseLevel * random.NextDouble();
            foreach (int input in _inputs)
            {
                var values = tape.Value(input);
                int size = values.Length / tape.Samples;
                WindowNoise.Add(values.Slice(s * size, size), level, random);
            }
            labels[s] = -1;
        }
    }

    int InputOf(ModelGraph graph, string name)
    {
        int input = graph.Inputs.FirstOrDefault(v => graph.Values[v].Name == name, -1);
        if (input < 0 || _data.Names.Count != graph.Inputs.Count)
            throw new EdgeQinnException($"calibration has inputs {string.Join(", ", _data.Names)}; the network has {string.Join(", ", graph.Inputs.Select(v => graph.Values[v].Name))}");
        int given = _data.Window(_data.Names.ToList().IndexOf(name), 0).Length, expected = graph.Values[input].Type.Count;
        return given == expected ? input : throw new EdgeQinnException($"calibration input '{name}' has {given} elements, the network's {expected}");
    }

    /// <summary>The variance of each of the teacher's values over the first windows.</summary>
    double[] Variances()
    {
        var (sum, squares, count) = (new double[_teacher.Sizes.Count], new double[_teacher.Sizes.Count], new double[_teacher.Sizes.Count]);
        var tape = _tapes[0].Teacher;
        for (int at = 0; at < Math.Min(_data.Count, 512); at += tape.Capacity)
        {
            tape.Samples = Math.Min(tape.Capacity, _data.Count - at);
            Load(tape, [.. Enumerable.Range(at, tape.Samples)]);
            _teacher.Forward(tape);
            for (int v = 0; v < sum.Length; v++)
                foreach (float x in tape.Value(v))
                {
                    sum[v] += x;
                    squares[v] += (double)x * x;
                    count[v]++;
                }
        }
        return [.. sum.Select((s, v) => count[v] == 0 ? 1 : squares[v] / count[v] - s / count[v] * (s / count[v]))];
    }
}
