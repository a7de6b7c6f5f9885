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
        var random = new CaseDraw(seed);
        foreach (var test in SelfTestCases.All)
        {
            byte[] original = EqnWriter.ToArray(new EqnContents(test.Graph(test.Draw(random))));
            if (original.Length > 100_000) continue;
            for (int round = 0; round < 40; round++) LoadAndRun(new EqnMutator(random).Mutate(original));
        }
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
