using System.Buffers.Binary;
using EdgeQinn.Runtime.Diagnostics.SelfTest;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Testing.Format;
using Xunit;

namespace EdgeQinn.Runtime.Tests.Format;

/// <summary>Files whose checksums are right and whose graphs are not: they are refused, or else run without harm.</summary>
public sealed class ModelHostileTests
{
    const long ReasonableArena = 64 << 20;

    [Theory]
    [InlineData(1), InlineData(2), InlineData(3)]
    public void Changed_graphs_of_every_operator_are_refused_or_run(int seed)
    {
        var random = new Random(seed);
        foreach (var test in SelfTestCases.All)
        {
            byte[] original = EqnWriter.ToArray(new EqnContents(test.Graph(test.Draw(random))));
            if (original.Length > 100_000) continue;
            for (int round = 0; round < 40; round++) LoadAndRun(Change(random, EqnPatch.From(original)));
        }
    }

    static byte[] Change(Random random, EqnPatch patch)
    {
        byte[] graph = patch["GRPH"];
        for (int changes = random.Next(1, 4); changes > 0; changes--)
        {
            var word = graph.AsSpan(random.Next(graph.Length / 4) * 4);
            uint value = BinaryPrimitives.ReadUInt32LittleEndian(word);
            BinaryPrimitives.WriteUInt32LittleEndian(word, random.Next(6) switch
            {
                0 => uint.MaxValue,
                1 => int.MaxValue,
                2 => 1u << random.Next(32),
                3 => (uint)random.Next(16),
                _ => value + (uint)random.Next(-3, 4),
            });
        }
        return patch.ToArray();
    }

    static void LoadAndRun(byte[] file)
    {
        try
        {
            using var model = Model.Parse(file, "hostile.eqn");
            if (model.Plan.ArenaBytes > ReasonableArena) return;
            using var session = model.CreateSession();
            session.Run();
        }
        catch (Exception e) when (e is FileFormatException or GraphException)
        {
            Assert.Contains("hostile.eqn", e.Message);
        }
    }
}
