using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using EdgeQinn.Runtime.Diagnostics;
using EdgeQinn.Runtime.Diagnostics.SelfTest;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Kernels;
using EdgeQinn.Testing;
using Xunit;

namespace EdgeQinn.Runtime.Tests.Kernels.Coverage;

/// <summary>
/// Every kernel of <see cref="KernelTable"/>, reached through the operators that use it: between guard pages, in memory aligned to no more than its elements
/// with scratch full of NaN, against the operator's definition in double precision. Every size that a case draws takes every value from 0 (where the
/// operator allows it) to 67 in turn; then random larger ones, and NaN, infinities and denormals among the inputs. A kernel that no case takes through all
/// sizes fails: add a case to <see cref="SelfTestCases"/>, or <see cref="PlainCases"/> where it has no vectors.
/// </summary>
public class KernelCoverageTests
{
    const int LargestSize = 67, Attempts = 6, Rounds = 6;

    /// <summary>Emulators take minutes for the walk; kernels without vectors have no tails, and the same source made them.</summary>
    static bool WalksPlainCases => RuntimeInformation.ProcessArchitecture == Architecture.X64;

    static IReadOnlyList<SelfTestCase> Cases { get; } = [.. SelfTestCases.All, .. PlainCases.All];

    /// <summary>
    /// Minimal filtering adds and subtracts neighbours of a tile, and products of factors go through sums that more outputs share: what is no number spreads
    /// to outputs whose definition does not hold it, an infinity as NaN. All others give NaN and infinities exactly where the definition has them.
    /// </summary>
    static bool Spreads(IEnumerable<string> kernels, ModelGraph graph) =>
        kernels.Any(k => k.StartsWith("conv.winograd", StringComparison.Ordinal))
            || graph.Values.Any(v => v.Constant is { Encoding: not (EncodedTensor.Dense or "bcsr" or "int8") });

    [Fact]
    public void Every_kernel_at_every_small_size()
    {
        // The sizes with which each kernel ran, for each size that a case draws.
        var reached = new ConcurrentDictionary<(string Kernel, int Case, int Axis), HashSet<int>>();
        var allowed = new ConcurrentDictionary<(int Case, int Axis), HashSet<int>>();
        ForEachCase(c =>
        {
            int axes = c < SelfTestCases.All.Count || WalksPlainCases ? SizesOf(Cases[c]) : 0;
            var known = new HashSet<string>();
            for (int axis = 0; axis < axes; axis++)
                for (int size = 0; size <= LargestSize; size++)
                {
                    // Which of its kernels a case runs may depend on the rest of the draw.
                    var seen = new HashSet<string>();
                    for (int attempt = 0; attempt == 0 || (attempt < Attempts && !seen.IsSupersetOf(known)); attempt++)
                    {
                        var draw = new CaseDraw(((c * 16 + axis) * 68 + size) * Attempts + attempt) { Pinned = axis, To = size };
                        var input = Cases[c].Draw(draw);
                        if (draw.IsBelow) break;
                        if (axis >= draw.Sizes) continue;
                        allowed.GetOrAdd((c, axis), _ => []).Add(size);
                        seen.UnionWith(Check(Cases[c], input, null, (size + attempt) % 2 == 0, draw));
                    }
                    foreach (string kernel in seen) reached.GetOrAdd((kernel, c, axis), _ => []).Add(size);
                    known.UnionWith(seen);
                }
        });
        var byKernel = reached.ToLookup(r => r.Key.Kernel);
        string[] missing = [.. from kernel in Kernels(onlyVectors: !WalksPlainCases)
                               where !byKernel[kernel].Any(r => r.Value.SetEquals(allowed[(r.Key.Case, r.Key.Axis)]))
                               select $"{kernel}: {string.Join("; ", byKernel[kernel].Select(r => $"case {r.Key.Case} axis {r.Key.Axis} without {string.Join(' ', allowed[(r.Key.Case, r.Key.Axis)].Except(r.Value))}"))}"];
        Assert.True(missing.Length == 0, string.Join('\n', missing));
    }

    [Fact]
    public void Every_kernel_at_larger_sizes() => CheckRandom(1, null);

    [Fact]
    public void Every_kernel_lets_NaN_through() => CheckRandom(2, float.NaN);

    [Fact]
    public void Every_kernel_treats_infinities_as_the_definition_does() => CheckRandom(3, float.PositiveInfinity);

    [Fact]
    public void Every_kernel_counts_denormals() => CheckRandom(4, float.Epsilon);

    static void CheckRandom(int seed, float? special) => ForEachCase(c =>
    {
        var draw = new CaseDraw(seed * Cases.Count + c);
        for (int round = 0; round < Rounds; round++) Check(Cases[c], Cases[c].Draw(draw), special, round % 2 == 0, draw);
    });

    /// <summary>Looks at all cases, on all cores, and fails with the first failure of each.</summary>
    static void ForEachCase(Action<int> look)
    {
        var failures = new ConcurrentBag<string>();
        Parallel.For(0, Cases.Count, c =>
        {
            try
            {
                look(c);
            }
            catch (Exception e)
            {
                failures.Add($"{Cases[c].Operator}, case {c}: {(e is Xunit.Sdk.XunitException ? e.Message : e)}");
            }
        });
        Assert.True(failures.IsEmpty, string.Join('\n', failures));
    }

    /// <summary>How many sizes a case draws at most: some depend on others.</summary>
    static int SizesOf(SelfTestCase test) => Enumerable.Range(0, 8).Max(seed =>
    {
        var draw = new CaseDraw(seed);
        test.Draw(draw);
        return draw.Sizes;
    });

    /// <summary>All that this CPU can execute.</summary>
    static IEnumerable<string> Kernels(bool onlyVectors) =>
        from family in KernelTable.All from isa in family.Implementations where Cpu.Supports(isa) && !(onlyVectors && isa == Isa.Scalar) select $"{family.Name}/{isa.ToString().ToLowerInvariant()}";

    /// <summary>Runs a case on every instruction set that has kernels for it and compares with its definition; the names of the kernels.</summary>
    static HashSet<string> Check(SelfTestCase test, SelfTestInput input, float? special, bool guardBefore, CaseDraw random)
    {
        if (special is not null) input = Spoilt(input, special.Value, random);
        var graph = test.Graph(input);
        Operand[] operands = [.. input.Operands.Select(o => Operand.Of(o.Tensor))];
        byte[][] fed = [.. input.Operands.Where(o => !o.IsConstant).Select(o => o.Tensor.Part("data").Bytes.ToArray())];
        TensorType[] outputs = [.. graph.Outputs.Select(v => graph.Values[v].Type)];
        var answers = new Answer[]?[2];
        HashSet<string> all = [], before = [];
        for (Isa isa = Isa.Scalar; isa <= Isa.Avx512; isa++)
        {
            if (!Cpu.Supports(isa)) continue;
            using var model = Model.ForStream(graph, isa == Isa.Scalar ? [Isa.Scalar] : [isa, Isa.Scalar]);
            string[] kernels = [.. model.Plan.Steps.SelectMany(s => s.Uses.Append(s.Kernel))];
            if (isa != Isa.Scalar && kernels.All(all.Contains)) continue; // nothing of its own
            all.UnionWith(kernels);
            int dense = model.Plan.RunDense.Count > 0 ? 1 : 0;
            var expected = answers[dense] ??= Definition.Of(test.Operator, new DefinedCall(input.Attributes, operands, outputs, dense == 1));
            using var session = new GuardedSession(model, guardBefore);
            for (int i = 0; i < fed.Length; i++) fed[i].CopyTo(session.Bytes(model.Graph.Inputs[i]));
            session.Run();
            for (int o = 0; o < outputs.Length; o++)
                Compare(expected[o], outputs[o], session.Bytes(graph.Outputs[o]), Spreads(kernels, graph), () => $"{string.Join(", ", kernels)}: {string.Join(' ', graph.Values.Select(v => v.Type))}, output {o}");
        }
        return all;
    }

    /// <summary>The data with the special number in a few places, or multiples of it everywhere; then without bias, beside which denormals would not count.</summary>
    static SelfTestInput Spoilt(SelfTestInput input, float special, Random random)
    {
        bool denormal = float.IsFinite(special);
        var operands = input.Operands.ToArray();
        for (int i = 0; i < operands.Length; i++)
        {
            var (tensor, isConstant) = operands[i];
            if (!tensor.IsDense || tensor.Type.Count == 0) continue;
            byte[] bytes = tensor.Part("data").Bytes.ToArray();
            if (tensor.Type.Element == ElementType.Float32) Spoil(MemoryMarshal.Cast<byte, float>(bytes.AsSpan()));
            else if (tensor.Type.Element == ElementType.Float64) SpoilDoubles(MemoryMarshal.Cast<byte, double>(bytes.AsSpan()));
            else continue;
            operands[i] = (EncodedTensor.FromBytes(tensor.Type, bytes), isConstant);

            void Spoil(Span<float> data)
            {
                if (isConstant && denormal && i == 2) data.Clear();
                if (isConstant) return;
                if (denormal) foreach (ref float x in data) x = special * random.Next(-5000, 5000);
                else for (int n = random.Next(1, 3); n > 0; n--) data[random.Next(data.Length)] = random.Next(2) == 0 ? special : -special;
            }

            void SpoilDoubles(Span<double> data)
            {
                if (isConstant || denormal) return;
                data[random.Next(data.Length)] = random.Next(2) == 0 ? special : -special;
            }
        }
        return new(input.Attributes, operands) { Outputs = input.Outputs };
    }

    static void Compare(Answer expected, TensorType type, ReadOnlySpan<byte> actual, bool spreads, Func<string> what)
    {
        Assert.Equal(type.Count, expected.Values.Length);
        var (roundoff, tiny) = type.Element == ElementType.Float64 ? (2 * Math.Pow(2, -53), double.Epsilon) : (Math.Pow(2, -24), float.Epsilon);
        for (int i = 0; i < expected.Values.Length; i++)
        {
            double want = expected.Values[i], got = ElementReader.Read(type.Element, actual, i);
            if (type.Element == ElementType.Float32 && Math.Abs(want) > float.MaxValue) want = (float)want;
            bool same = want.Equals(got) || want == got || (spreads && !double.IsFinite(got))
                || Math.Abs(want - got) <= expected.Roundings * (roundoff * expected.Magnitudes[i] + tiny);
            if (!same) Assert.Fail($"{what()}: element {i} is {got:R}, by definition {want:R}, off by {Math.Abs(want - got) / (roundoff * expected.Magnitudes[i] + tiny):G3} roundings of {expected.Roundings}");
        }
    }
}
