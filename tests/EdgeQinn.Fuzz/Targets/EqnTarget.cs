using EdgeQinn.Runtime.Diagnostics;
using EdgeQinn.Runtime.Diagnostics.SelfTest;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Streaming;
using EdgeQinn.Testing;
using EdgeQinn.Testing.Format;

namespace EdgeQinn.Fuzz.Targets;

/// <summary>
/// Model files: bytes changed behind right checksums, or graphs changed in meaning. What is accepted is bound and, where small, run on
/// random input bytes, now and then in memory that ends at guard pages, or over a stream.
/// </summary>
sealed class EqnTarget : Target
{
    /// <summary>Larger networks are bound but not run: guarding their memory takes longer than checking them.</summary>
    const long RunBytes = 4 << 20, RunMultiplyAdds = 50_000_000;

    /// <summary>One accepted network of so many runs behind guard pages, which cost more than all the rest.</summary>
    const int GuardedOdds = 16;

    /// <summary>One accepted network of so many runs over a stream, for so many hops.</summary>
    const int StreamOdds = 4, Hops = 5;

    /// <summary>Self-test cases drawn from each kind; sizes and data differ.</summary>
    const int DrawsPerCase = 2;

    readonly List<(byte[] File, ModelGraph Graph)> _seeds = [];

    public EqnTarget()
    {
        var random = new CaseDraw(1);
        foreach (var contents in (EqnContents[])[SampleFiles.Tiny(), SampleFiles.Rich()]) Add(EqnWriter.ToArray(contents));
        foreach (var test in SelfTestCases.All)
            for (int draw = 0; draw < DrawsPerCase; draw++) Add(EqnWriter.ToArray(new EqnContents(test.Graph(test.Draw(random)))));
        foreach (byte[] file in SeedFiles(".eqn")) Add(file);
    }

    public override string Name => "eqn";

    public override (long Factor, long Constant) Allocation => (64, 64 << 10);

    public override byte[] Make(Random random)
    {
        var (file, graph) = Pick(_seeds, random, s => s.File.Length);
        if (random.Next(2) == 0) return new EqnMutator(random).Mutate(file);
        try
        {
            return EqnWriter.ToArray(new EqnContents(new GraphMutator(random).Mutate(graph)));
        }
        catch (GraphException) // the writer refuses what no reader would take
        {
            return new EqnMutator(random).Mutate(file);
        }
    }

    public override object Read(byte[] input)
    {
        var file = EqnFile.Parse(input, "hostile.eqn");
        try
        {
            _ = file.Contract;
            _ = file.Golden;
            _ = file.Stream;
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public override void Use(object? read, Random random)
    {
        using var model = Model.FromGraph(((EqnFile)read!).Graph);
        if (model.Plan.ArenaBytes > RunBytes || ModelReport.Of(model).Nodes.Sum(n => n.MultiplyAdds) > RunMultiplyAdds) return;
        if (random.Next(StreamOdds) == 0)
        {
            RunOverStream((EqnFile)read, model, random);
            return;
        }
        if (random.Next(GuardedOdds) == 0)
        {
            using var guarded = new GuardedSession(model, guardBefore: random.Next(4) == 0);
            foreach (int input in model.Graph.Inputs) random.NextBytes(guarded.Bytes(input));
            guarded.Run();
            return;
        }
        using var session = model.CreateSession();
        foreach (var input in session.Inputs) random.NextBytes(input.AsBytes());
        session.Run();
    }

    /// <summary>By the file's rule or any other; a few hops, of samples that are any bytes.</summary>
    static void RunOverStream(EqnFile file, Model model, Random random)
    {
        if (model.Inputs.Count == 0) return;
        var input = model.Inputs[random.Next(model.Inputs.Count)];
        var rule = file.Stream ?? new StreamRule((StreamMode)random.Next(2), input.Name, random.Next(Math.Max(1, input.Type.Rank)), 1 + random.Next(1 << random.Next(8)));
        using var stream = StreamModel.FromGraph(model.Graph, rule, keepWindow: random.Next(2) == 0);
        if (stream.HopModel.Plan.ArenaBytes > RunBytes || stream.Layers.Sum(l => l.HopMultiplyAdds) * Hops > RunMultiplyAdds || (long)rule.Hop * Hops > RunBytes) return;
        using var session = stream.CreateSession();
        var samples = new float[rule.Hop * session.Channels];
        for (int hop = 0; hop < Hops; hop++)
        {
            random.NextBytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes(samples.AsSpan()));
            ReadOnlySpan<float> next = samples;
            while (session.Push(ref next)) { }
        }
        session.Restore(session.Save());
    }

    void Add(byte[] file) => _seeds.Add((file, EqnFile.Parse(file, "seed.eqn").Graph));
}
