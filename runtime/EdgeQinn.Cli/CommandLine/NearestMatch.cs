namespace EdgeQinn.Cli.CommandLine;

/// <summary>Finds what was probably meant.</summary>
static class NearestMatch
{
    /// <summary>Such as «; did you mean '--source'?»; empty where nothing is near.</summary>
    public static string Suggest(string text, IEnumerable<string> known)
    {
        string? best = null;
        int least = Math.Max(1, text.Length / 3) + 1;
        foreach (string candidate in known)
        {
            int distance = candidate.StartsWith(text, StringComparison.Ordinal) ? 0 : Distance(text, candidate);
            if (distance < least) (best, least) = (candidate, distance);
        }
        return best is null ? "" : $"; did you mean '{best}'?";
    }

    /// <summary>Levenshtein distance: insertions, deletions and replacements.</summary>
    static int Distance(string a, string b)
    {
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[^1];
    }
}
