using EdgeQinn.Converter.Selection;
using EdgeQinn.Runtime.Execution;
using EdgeQinn.Runtime.Format;
using EdgeQinn.Runtime.Weights;
using Xunit;

namespace EdgeQinn.Converter.Tests.Selection;

/// <summary>Every format in a file: read back and written again it is the same bytes, runs to the same bits, and in a batch to what single runs give.</summary>
public class FormatFileTests
{
    const int Batch = 3;

    /// <summary>Every format with every parameter that changes what is stored.</summary>
    static readonly string[] Formats =
    [
        "*=dense", "*=int8", "*=int8:scale=0.02,zero=-5",
        .. from v in (int[])[1, 4, 8, 16] from type in (string[])["f32", "int8"] from density in (string[])["0", "0.15", "1"] select $"*=bcsr:density={density},v={v},type={type}",
        "*=bcsr:density=0.2,v=4,width=4,type=int8", "*=sparse:density=0.1", "*=sparse:density=0.1,type=int8",
        "*=lowrank:rank=2", "*=lowrank:rank=2,type=int8",
        "fc1=mps:bond=2", "fc1=mps:tolerance=0.3", "fc1=mps:rows=5x4,columns=2x6,bond=3", "fc1=mps:rows=2x2x5,columns=3x2x2,bond=2", "fc1=mps:rows=3x7,columns=13x1,bond=2", "fc1=mps:rows=20,columns=12,bond=1",
        "fc1=entangled:kind=phase,groups=4,rank=3", "fc1=entangled:kind=rotation,groups=4,rank=4", "fc1=entangled:kind=coupled,groups=4,rank=3,readout=2", "fc1=entangled:kind=schmidt,groups=4,inputs=3,rank=2",
        "fc1=hadamard:density=0.1,v=1", "fc1=hadamard:density=0.1,v=16,type=int8",
        "conv=tucker2:rank=2,readout=3", "conv=cp:rank=3",
        "*=lowrank:rank=1+sparse:density=0.05", "fc1=mps:bond=1+bcsr:density=0.1,type=int8", "conv=tucker2:rank=1+sparse:density=0.05+lowrank:rank=1",
    ];

    public static TheoryData<string> All => [.. Formats];

    [Fact]
    public void No_format_and_no_encoding_is_left_out()
    {
        var named = Formats.SelectMany(f => f[(f.IndexOf('=', StringComparison.Ordinal) + 1)..].Split('+')).Select(f => f.Split(':')[0]).ToHashSet();
        Assert.Empty(WeightFormat.All.Select(f => f.Name).Except(named));
        var stored = Formats.SelectMany(f => Graph(f).Values).Where(v => v.Constant is not null).Select(v => v.Constant!.Encoding).ToHashSet();
        Assert.Empty(WeightEncodings.Names.Except(stored));
    }

    [Theory, MemberData(nameof(All))]
    public void Reads_back_as_it_was_written_and_runs_alike_alone_and_in_a_batch(string format)
    {
        var graph = Graph(format);
        byte[] file = EqnWriter.ToArray(new EqnContents(graph));
        using var read = EqnFile.Parse(file, "test.eqn");
        Assert.Equal(file, EqnWriter.ToArray(new EqnContents(read.Graph)));

        using Model made = Model.FromGraph(graph), stored = Model.Parse(file, "test.eqn");
        using Session before = made.CreateSession(), after = stored.CreateSession(), together = stored.CreateSession(new SessionOptions { Batch = Batch });
        var random = new Random(1);
        foreach (var input in together.Inputs)
            foreach (ref float x in input.AsSpan<float>()) x = random.NextSingle() * 2 - 1;
        together.Run();
        for (int b = 0; b < Batch; b++)
        {
            foreach (var session in (Session[])[before, after])
            {
                for (int i = 0; i < session.Inputs.Count; i++) together.Inputs[i].AsBytes(b).CopyTo(session.Inputs[i].AsBytes());
                session.Run();
            }
            for (int o = 0; o < after.Outputs.Count; o++)
            {
                Assert.True(before.Outputs[o].AsBytes().SequenceEqual(after.Outputs[o].AsBytes()), $"output {o} of the file differs");
                // Several inputs may go through a matrix together, which adds up in another order.
                float[] alone = after.Outputs[o].AsSpan<float>().ToArray(), batched = together.Outputs[o].AsSpan<float>(b).ToArray();
                double scale = Math.Max(1, alone.Max(Math.Abs));
                for (int e = 0; e < alone.Length; e++) Assert.Equal(alone[e], batched[e], 2e-6 * scale);
            }
        }
    }

    static ModelGraph Graph(string format) => LayerFormats.Apply(FormatRequestTests.Graph(), [FormatRequest.Parse(format)], out _);
}
