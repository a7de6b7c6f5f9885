namespace EdgeQinn.Converter.Calibration;

/// <summary>
/// White noise on windows, as a multiple of each window's own standard deviation; the sum is scaled back to that standard deviation, as a contract that
/// normalises its windows would. Noise makes more of recordings than they hold: windows on which a network that is always right on them can be wrong.
/// </summary>
public static class WindowNoise
{
    /// <summary>Windows with noise on them, <paramref name="draws"/> of each, labels and recordings as they were.</summary>
    /// <param name="set">The windows without.</param>
    /// <param name="windows">Which to take.</param>
    /// <param name="draws">How often.</param>
    /// <param name="level">The noise's standard deviation ÷ the window's.</param>
    /// <param name="seed">The same gives the same noise, at any level.</param>
    public static CalibrationSet Added(CalibrationSet set, int[] windows, int draws, double level, int seed)
    {
        int count = windows.Length * draws;
        var inputs = new float[set.Names.Count][];
        for (int i = 0; i < inputs.Length; i++)
        {
            int size = set.Window(i, 0).Length, input = i;
            var all = inputs[i] = new float[(long)count * size];
            Parallel.For(0, count, c =>
            {
                var x = all.AsSpan(c * size, size);
                set.Window(input, windows[c / draws]).CopyTo(x);
                Add(x, level, new Random(unchecked((seed * 31 + input) * 1_000_003 + c)));
            });
        }
        return new CalibrationSet(set.Names, inputs, count, [.. Each(set.Labels)], [.. Each(set.Groups)], set.GroupNames);

        IEnumerable<int> Each(IReadOnlyList<int> of) => Enumerable.Range(0, count).Select(c => of[windows[c / draws]]);
    }

    /// <summary>Adds noise to one window.</summary>
    /// <param name="x">The window.</param>
    /// <param name="level">The noise's standard deviation ÷ the window's.</param>
    /// <param name="random">Where it is drawn.</param>
    public static void Add(Span<float> x, double level, Random random)
    {
        var (mean, before) = Spread(x);
        double size = level * before;
        // Two normal numbers from two even ones (Box and Muller 1958).
        for (int i = 0; i < x.Length; i += 2)
        {
            double radius = size * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())), angle = 2 * Math.PI * random.NextDouble();
            x[i] += (float)(radius * Math.Cos(angle));
            if (i + 1 < x.Length) x[i + 1] += (float)(radius * Math.Sin(angle));
        }
        double scale = 1 / Math.Sqrt(1 + level * level); // of the expected standard deviation: the window's own would make one element of noise move all others
        for (int i = 0; i < x.Length; i++) x[i] = (float)(mean + scale * (x[i] - mean));
    }

    static (double Mean, double Deviation) Spread(ReadOnlySpan<float> x)
    {
        double sum = 0, squares = 0;
        foreach (float v in x) sum += v;
        double mean = sum / x.Length;
        foreach (float v in x) squares += (v - mean) * (v - mean);
        return (mean, Math.Sqrt(squares / x.Length));
    }
}
