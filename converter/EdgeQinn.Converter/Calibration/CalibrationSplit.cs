namespace EdgeQinn.Converter.Calibration;

/// <summary>
/// Which windows fit weights and which judge them. Whole recordings are held out where every label occurs in at least four of them, so that a
/// fit is judged on patients or machines it has not seen; else the last part of each recording; windows without recordings are drawn.
/// </summary>
/// <param name="Fit">Windows to fit on.</param>
/// <param name="HeldOut">Windows to judge on, in order.</param>
/// <param name="Rule">How they were parted, in words.</param>
public sealed record CalibrationSplit(int[] Fit, int[] HeldOut, string Rule)
{
    const int EnoughRecordings = 4;

    /// <summary>Parts a set.</summary>
    /// <param name="set">The windows.</param>
    /// <param name="share">The share to hold out.</param>
    /// <param name="seed">For what is drawn.</param>
    public static CalibrationSplit Of(CalibrationSet set, double share, int seed)
    {
        int[] all = [.. Enumerable.Range(0, set.Count)];
        var random = new Random(seed);
        if (set.GroupNames.Count > 0 && RecordingsToHoldOut(set, share, random) is { } recordings)
            return Parted(all, w => recordings.Contains(set.Groups[w]), $"recordings {string.Join(' ', recordings.Order().Select(g => set.GroupNames[g]))}");
        return WithinRecordings(set, all, share, random);
    }

    /// <summary>Parts what fits once more: training on some of it, and seeing on the rest, of the same recordings, when to stop.</summary>
    /// <param name="set">The windows.</param>
    /// <param name="share">The share of the fit to hold out.</param>
    /// <param name="seed">For what is drawn.</param>
    public CalibrationSplit Again(CalibrationSet set, double share, int seed) => WithinRecordings(set, Fit, share, new Random(seed));

    static CalibrationSplit WithinRecordings(CalibrationSet set, int[] all, double share, Random random)
    {
        if (set.GroupNames.Count == 0)
        {
            // Drawn label by label, so that rare ones are in both parts.
            var drawn = all.GroupBy(w => set.Labels[w]).SelectMany(g => Shuffled([.. g], random).Take((int)Math.Round(share * g.Count()))).ToHashSet();
            return Parted(all, drawn.Contains, "windows drawn label by label");
        }
        var starts = all.GroupBy(w => set.Groups[w]).ToDictionary(g => g.Key, g => g.ElementAt((int)Math.Floor((1 - share) * (g.Count() - 1))));
        return Parted(all, w => w > starts[set.Groups[w]], $"the last {share:p0} of each recording");
    }

    /// <summary>At most <paramref name="count"/> of <paramref name="windows"/>, equally many of each label as far as there are, in order.</summary>
    public static int[] Balanced(CalibrationSet set, int[] windows, int count, int seed)
    {
        if (windows.Length <= count) return windows;
        var random = new Random(seed);
        var classes = windows.GroupBy(w => set.Labels[w]).OrderBy(g => g.Count()).Select(g => Shuffled([.. g], random)).ToArray();
        var chosen = new List<int>();
        for (int c = 0; c < classes.Length; c++) chosen.AddRange(classes[c].Take((count - chosen.Count) / (classes.Length - c)));
        chosen.Sort();
        return [.. chosen];
    }

    static CalibrationSplit Parted(int[] all, Func<int, bool> isHeldOut, string rule) =>
        new([.. all.Where(w => !isHeldOut(w))], [.. all.Where(isHeldOut)], rule);

    /// <summary>Of many draws the one whose labels lie nearest to the share wanted; null where recordings are too few for a label.</summary>
    static HashSet<int>? RecordingsToHoldOut(CalibrationSet set, double share, Random random)
    {
        int recordings = set.GroupNames.Count, labels = set.Labels.Max() + 2;
        var counts = new double[recordings, labels];
        for (int w = 0; w < set.Count; w++) counts[set.Groups[w], set.Labels[w] + 1]++;
        var totals = Enumerable.Range(0, labels).Select(l => Enumerable.Range(0, recordings).Sum(g => counts[g, l])).ToArray();
        int[] common = [.. Enumerable.Range(0, labels).Where(l => totals[l] >= 0.002 * set.Count)];
        if (common.Any(l => Enumerable.Range(0, recordings).Count(g => counts[g, l] > 0) < EnoughRecordings)) return null;

        HashSet<int>? best = null;
        double nearest = double.PositiveInfinity;
        for (int draw = 0; draw < 200; draw++)
        {
            var candidate = Shuffled([.. Enumerable.Range(0, recordings)], random).Take(Math.Max(1, (int)Math.Round(share * recordings))).ToHashSet();
            double distance = common.Sum(l => Math.Pow(candidate.Sum(g => counts[g, l]) / totals[l] - share, 2));
            if (distance < nearest) (best, nearest) = (candidate, distance);
        }
        return best;
    }

    static int[] Shuffled(int[] items, Random random)
    {
        random.Shuffle(items);
        return items;
    }
}
