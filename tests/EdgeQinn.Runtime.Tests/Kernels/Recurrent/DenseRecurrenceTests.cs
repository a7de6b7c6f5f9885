using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Runtime.Kernels.Recurrent;
using EdgeQinn.Testing;
using Xunit;

namespace EdgeQinn.Runtime.Tests.Kernels.Recurrent;

/// <summary>The dense GRU and LSTM kernels of every instruction set this CPU has, in guarded memory, against the scalar reference.</summary>
public unsafe class DenseRecurrenceTests
{
    public static TheoryData<string, Isa> Kernels()
    {
        var kernels = new TheoryData<string, Isa>();
        foreach (var family in new[] { GruDense.Family, LstmDense.Family })
            foreach (Isa isa in family.Implementations.Where(i => i != Isa.Scalar && Cpu.Supports(i))) kernels.Add(family.Name, isa);
        return kernels;
    }

    [Theory, MemberData(nameof(Kernels))]
    public void Agrees_with_the_reference(string name, Isa isa)
    {
        var family = name == GruDense.Family.Name ? GruDense.Family : LstmDense.Family;
        int gates = family == GruDense.Family ? 3 : 4;
        for (int h = 1; h <= 67; h++)
        {
            var random = new Random(h);
            int steps = 1 + h % 5, streams = 1 + h % 7;
            int[]? lengths = h % 3 == 0 ? [.. Enumerable.Range(0, streams).Select(_ => random.Next(0, steps + 1))] : null;
            float[] x = Data(random, streams * steps * gates * h, 2), r = Data(random, gates * h * h, 1 / MathF.Sqrt(h)), b = Data(random, gates * h, 1);
            float[] state = Data(random, streams * h, 1), cell = Data(random, streams * h, 1);
            bool timeFirst = random.Next(2) == 0;
            float[] expected = Run(family[Isa.Scalar], gates, h, steps, streams, timeFirst, lengths, x, r, b, state, cell, h % 2 == 0);
            float[] actual = Run(family[isa], gates, h, steps, streams, timeFirst, lengths, x, r, b, state, cell, h % 2 == 0);
            for (int i = 0; i < expected.Length; i++)
                if (!(Math.Abs(expected[i] - actual[i]) <= 1e-5f)) Assert.Fail($"{family[isa].Name}, {h} units, element {i}: {actual[i]}, expected {expected[i]}");
        }
    }

    [Theory, MemberData(nameof(Kernels))]
    public void A_NaN_stays_in_its_unit_for_a_step_and_then_spreads(string name, Isa isa)
    {
        var family = name == GruDense.Family.Name ? GruDense.Family : LstmDense.Family;
        int gates = family == GruDense.Family ? 3 : 4;
        const int h = 21, steps = 2, poisoned = 17;
        var random = new Random(1);
        float[] x = Data(random, steps * gates * h, 1);
        x[poisoned] = float.NaN;
        for (int streams = 1; streams <= 4; streams++)
        {
            float[] all = [.. x, .. Data(random, (streams - 1) * x.Length, 1)];
            float[] y = Run(family[isa], gates, h, steps, streams, false, null, all, Data(random, gates * h * h, 0.2f), new float[gates * h], new float[streams * h], new float[streams * h], false);
            for (int u = 0; u < h; u++) Assert.Equal(u == poisoned, float.IsNaN(y[u]));
            Assert.All(y[h..(2 * h)], v => Assert.True(float.IsNaN(v)));
            Assert.All(y[(2 * h)..(streams * steps * h)], v => Assert.False(float.IsNaN(v)));
        }
    }

    /// <summary>Y of all steps, then the final states.</summary>
    static float[] Run(Kernel<DenseRecurrenceArgs> kernel, int gates, int h, int steps, int streams, bool timeFirst, int[]? lengths,
        float[] input, float[] weights, float[] bias, float[] initialState, float[] initialCell, bool reverse)
    {
        bool before = h % 4 < 2;
        using var r = new GuardedBuffer<float>((int)DenseRecurrence.PackedLength(gates, h, kernel.Panel), before);
        DenseRecurrence.Pack(weights, gates, h, kernel.Panel, r.Span);
        using var work = new GuardedBuffer<float>(DenseRecurrence.WorkLength(h, kernel.Panel, streams), before);
        work.Span.Fill(float.NaN);
        using GuardedBuffer<float> x = new(input, before), b = new(bias, before), start = new(initialState, before), startCell = new(initialCell, before);
        using GuardedBuffer<float> y = new(streams * steps * h, before), state = new(streams * h, before), cell = new(streams * h, before);
        using var count = new GuardedBuffer<int>(lengths ?? [], before);
        var args = new DenseRecurrenceArgs
        {
            X = x.ReadOnly().Pointer, R = r.ReadOnly().Pointer, B = b.ReadOnly().Pointer, InitialState = start.ReadOnly().Pointer, InitialCell = startCell.ReadOnly().Pointer,
            State = state.Pointer, Cell = gates == 4 ? cell.Pointer : null, Y = y.Pointer, Work = work.Pointer, Length = lengths is null ? null : count.ReadOnly().Pointer,
            XStep = (timeFirst ? streams : 1) * gates * h, XStream = (timeFirst ? 1 : steps) * gates * h, YStep = (timeFirst ? streams : 1) * h, YStream = (timeFirst ? 1 : steps) * h,
            Streams = streams, Steps = steps, H = h, Reverse = reverse,
        };
        kernel.Run(&args);
        return [.. y.Span, .. state.Span, .. cell.Span];
    }

    static float[] Data(Random random, int count, float scale)
    {
        var data = new float[count];
        foreach (ref float v in data.AsSpan()) v = (random.NextSingle() * 2 - 1) * scale;
        return data;
    }
}
