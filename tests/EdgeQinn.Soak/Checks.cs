namespace EdgeQinn.Soak;

/// <summary>What must hold of a run; each check says what it found.</summary>
sealed class Checks
{
    public int Passed { get; private set; }

    public int Failed { get; private set; }

    public void That(bool holds, string what)
    {
        Console.WriteLine($"{(holds ? "ok    " : "FAILED")}  {what}");
        if (holds) Passed++;
        else Failed++;
    }

    /// <summary>Memory stays what it is, and nothing is allocated per result.</summary>
    public void Steady(string name, Outcome run)
    {
        // The first quarter is left out: until then code and buffers are touched for the first time.
        var settled = run.Resident.Where(r => r.Seconds > run.Seconds / 4).Select(r => r.Bytes).ToList();
        if (settled.Count < 2) settled = [.. run.Resident.Select(r => r.Bytes)];
        double growth = settled.Count == 0 ? 0 : settled[^1] - settled[0];
        That(Math.Abs(growth) <= 256 * 1024, $"{name}: resident memory {settled.Max() / 1e6:0.00} MB, {growth / 1e3:+0;-0;0} kB from the first quarter to the end ({settled.Count} looks)");
        long allocated = run.Summary.GetProperty("allocatedBytesPerResult").GetInt64();
        That(allocated == 0, $"{name}: {allocated} bytes allocated per result");
    }

    /// <summary>Numbers count up one by one.</summary>
    public void Numbered(string name, IReadOnlyList<Result> results) =>
        That(results.Select((r, i) => r.Number - i).All(d => d == 0), $"{name}: {results.Count:#,0} results, numbered without a gap");

    /// <summary>Outside the neighbourhood of faults the same samples have results as without faults, once each, and with the same labels.</summary>
    /// <param name="name">For messages.</param>
    /// <param name="undisturbed">Results without faults.</param>
    /// <param name="faulty">Results with them.</param>
    /// <param name="plan">The faults.</param>
    /// <param name="rate">Samples per second.</param>
    public void Equal(string name, IReadOnlyList<Result> undisturbed, IReadOnlyList<Result> faulty, FaultPlan plan, double rate)
    {
        var expected = undisturbed.Where(r => plan.IsUndisturbed(r.Sample / rate)).ToList();
        var found = faulty.Where(r => plan.IsUndisturbed(r.Sample / rate)).GroupBy(r => r.Sample).ToDictionary(g => g.Key, g => g.ToList());
        int doubled = found.Values.Count(g => g.Count > 1), missed = expected.Count(r => !found.ContainsKey(r.Sample));
        int invented = found.Count - (expected.Count - missed), relabelled = expected.Count(r => found.TryGetValue(r.Sample, out var g) && g[0].Label != r.Label);
        That(missed == 0 && doubled == 0 && invented == 0, $"{name}: {expected.Count:#,0} results away from faults; {missed} missed, {doubled} double, {invented} invented");
        That(relabelled == 0, $"{name}: {relabelled} of them labelled otherwise than without faults");
    }

    /// <summary>Windows follow one another hop by hop; where samples were lost, the last before the gap is the last that fits, and the first behind it starts right there.</summary>
    public void Contiguous(string name, IReadOnlyList<Result> results, int hop, int length)
    {
        long broken = 0, gaps = 0, told = 0;
        for (int i = 1; i < results.Count; i++)
        {
            Result a = results[i - 1], b = results[i];
            if (b.LostBefore == 0)
            {
                if (b.Sample != a.Sample + hop) broken++;
                continue;
            }
            gaps++;
            told += b.LostBefore;
            long gapStart = b.First - b.LostBefore;
            bool lastThatFits = a.Last < gapStart && a.Sample + hop + length > gapStart;
            if (!lastThatFits || b.First != b.Sample) broken++;
        }
        That(broken == 0, $"{name}: {results.Count:#,0} windows every {hop} samples, {gaps} gaps of {told:#,0} samples in all between them; {broken} windows missed or double");
    }
}
