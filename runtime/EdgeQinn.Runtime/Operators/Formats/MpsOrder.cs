using EdgeQinn.Runtime.Weights;

namespace EdgeQinn.Runtime.Operators.Formats;

/// <summary>How an MPS is contracted: neighbouring cores merged offline, then one sweep.</summary>
/// <param name="Starts">The first core of each merged group.</param>
/// <param name="Leftwards">Whether the sweep starts at the last group; else, for two groups only, at the first.</param>
/// <param name="Cost">What it costs per input vector, in multiply-adds of wide products.</param>
sealed record MpsOrder(int[] Starts, bool Leftwards, double Cost)
{
    /// <summary>The cheapest order: every way to cut the train into groups (2^(d−1)) is tried. One group, the dense matrix, only where there is but one core.</summary>
    public static MpsOrder Best(MpsWeight weight)
    {
        int d = weight.Cores.Length;
        MpsOrder? best = null;
        for (int cuts = d == 1 ? 0 : 1; cuts < 1 << (d - 1); cuts++)
        {
            int[] starts = [0, .. Enumerable.Range(1, d - 1).Where(k => (cuts >> (k - 1) & 1) == 1)];
            var groups = Groups(weight, starts);
            Consider(new MpsOrder(starts, true, Leftward(groups)));
            if (starts.Length == 2) Consider(new MpsOrder(starts, false, Rightward(groups)));
        }
        return best!;

        void Consider(MpsOrder order)
        {
            if (best is null || order.Cost < best.Cost) best = order;
        }
    }

    /// <summary>The merged cores.</summary>
    public MpsCore[] Merge(MpsWeight weight) => [.. Starts.Select((start, g) =>
        weight.Cores.Take(g + 1 < Starts.Length ? Starts[g + 1] : weight.Cores.Length).Skip(start).Select(MpsCore.FromWeight).Aggregate((a, b) => a.Merge(b)))];

    readonly record struct Size(long Left, long Rows, long Columns, long Right);

    static Size[] Groups(MpsWeight weight, int[] starts) => [.. starts.Select((start, g) =>
    {
        int end = g + 1 < starts.Length ? starts[g + 1] : weight.Cores.Length;
        long rows = 1, columns = 1;
        for (int k = start; k < end; k++)
        {
            rows *= weight.Cores[k].Type.Shape[1];
            columns *= weight.Cores[k].Type.Shape[2];
        }
        return new Size(weight.Cores[start].Type.Shape[0], rows, columns, weight.Cores[end - 1].Type.Shape[3]);
    })];

    static double Leftward(Size[] groups)
    {
        double total = 0;
        long before = groups.Aggregate(1L, (n, g) => n * g.Columns), after = 1;
        for (int k = groups.Length - 1; k >= 0; k--)
        {
            before /= groups[k].Columns;
            long products = before * groups[k].Columns * groups[k].Right * groups[k].Left * groups[k].Rows * after;
            total += products * Narrow(k == groups.Length - 1 ? groups[k].Left * groups[k].Rows : after);
            after *= groups[k].Rows;
        }
        return total;
    }

    static double Rightward(Size[] groups) =>
        groups[0].Rows * groups[0].Right * groups[0].Columns * groups[1].Columns * Narrow(groups[1].Columns)
        + groups[0].Rows * groups[0].Right * groups[1].Columns * groups[1].Rows * Narrow(groups[1].Rows);

    /// <summary>How much longer a multiply-add takes in a product with so few columns, which do not fill the lanes (measured: 110, 55, 13 and 2 per ns on Zen 5).</summary>
    static double Narrow(long columns) => columns >= 16 ? 1 : columns >= 8 ? 2 : columns >= 4 ? 8 : 50;
}
