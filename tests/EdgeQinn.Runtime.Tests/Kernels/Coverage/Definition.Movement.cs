using static EdgeQinn.Runtime.Tests.Operators.Tensors;

namespace EdgeQinn.Runtime.Tests.Kernels.Coverage;

static partial class Definition
{
    static void AddMovement()
    {
        Add("Transpose", call =>
        {
            int[] perm = [.. call.Attributes.Ints("perm")];
            return Picked(call, i =>
            {
                var at = new int[perm.Length];
                for (int a = 0; a < perm.Length; a++) at[perm[a]] = i[a];
                return at;
            });
        });
        Add("Pad", call => Picked(call, i =>
        {
            int[] at = [.. i.Select((v, a) => v - call.Attributes.Ints("pads")[a])], shape = call.X.Shape;
            if (call.Attributes.Text("mode") == "edge") return [.. at.Select((v, a) => Math.Clamp(v, 0, shape[a] - 1))];
            return at.Where((v, a) => v < 0 || v >= shape[a]).Any() ? null : at;
        }));
        Add("Trilu", call => Picked(call, i => i[^1] - i[^2] >= call.Attributes.Int("k") ? i : null));
        Add("ReverseSequence", call => Picked(call, i => [i[0] < call.Inputs[1].Data[i[1]] ? (int)call.Inputs[1].Data[i[1]] - 1 - i[0] : i[0], .. i[1..]]));
        Add("Gather", call => Picked(call, i => [Positive(call.Inputs[1].Data[i[0]], call.X.Shape[0]), .. i[1..]]));
        Add("GatherElements", call => Picked(call, i => [Positive(At(call.Inputs[1], i), call.X.Shape[0]), .. i[1..]]));
        Add("GatherND", call => Picked(call, i => [Positive(call.Inputs[1].Data[i[0]], call.X.Shape[0]), .. i[1..]]));
        Add("ScatterElements", call => Scattered(call, (i, indices) => [Positive(indices.Data[Flat(indices.Shape, i)], call.X.Shape[0]), .. i[1..]]));
        Add("ScatterND", call => Scattered(call, (i, indices) => [Positive(indices.Data[i[0]], call.X.Shape[0]), .. i[1..]]));
        Add("OneHot", call => Answer.Exact([.. Indices([.. call.Outputs[0].Shape]).Select(i => call.Inputs[1].Data[call.X.Data[i[0]] == i[1] ? 1 : 0])]));
        Add("History", call =>
        {
            // The first run of a stream: head, the line's columns (a fill before the first), the tail.
            int columns = call.X.Shape[^1], rows = call.X.Data.Length / columns, length = call.Attributes.Int("length"), lag = call.Attributes.Int("lag");
            int fresh = call.Attributes.Int("new", columns), tail = call.Attributes.Int("tail");
            return Answer.Exact([.. Enumerable.Range(0, rows).SelectMany(r =>
            {
                double[] x = [.. Row(call.X, r)], line = [.. Enumerable.Repeat((double)call.Attributes.Float("fill"), length + lag), .. x[..fresh]];
                double[] head = call.Inputs.Length > 1 ? [.. Row(call.Inputs[1], r)] : [];
                return (double[])[.. head, .. line[(line.Length - lag - length)..(line.Length - lag)], .. x[fresh..(fresh + tail)]];
            })]);
        });
    }

    /// <summary>Each element of the result is one of the first operand's, or zero.</summary>
    static Answer Picked(DefinedCall call, Func<int[], int[]?> source) =>
        Answer.Exact([.. Indices([.. call.Outputs[0].Shape]).Select(i => source(i) is { } at ? call.X.Data[Flat(call.X.Shape, at)] : 0)]);

    /// <summary>The first operand with the elements of the third put, or joined, where the second says, in order.</summary>
    static Answer Scattered(DefinedCall call, Func<int[], Operand, int[]> place)
    {
        double[] y = [.. call.X.Data];
        var updates = call.Inputs[2];
        foreach (int[] i in Indices(updates.Shape))
        {
            double u = updates.Data[Flat(updates.Shape, i)];
            ref double at = ref y[Flat(call.X.Shape, place(i, call.Inputs[1]))];
            at = call.Attributes.Text("reduction") switch { "add" => at + u, "mul" => at * u, "min" => Math.Min(at, u), "max" => Math.Max(at, u), _ => u };
        }
        return new(y, [.. y.Select(v => Math.Abs(v) + updates.Data.Sum(Math.Abs))], call.Attributes.Text("reduction") is "add" or "mul" ? updates.Data.Length : 0);
    }

    static int Positive(double index, int size) => (int)(index < 0 ? index + size : index);
}
