using EdgeQinn.Devices.Recordings.Matlab;
using EdgeQinn.Testing;

namespace EdgeQinn.Fuzz.Targets;

/// <summary>MATLAB level 5 files, stored and compressed.</summary>
sealed class MatTarget : Target
{
    readonly List<byte[]> _seeds = [Written(false), Written(true)];

    public override string Name => "mat";

    public override (long Factor, long Constant) Allocation => (1024, 2 << 20);

    public override byte[] Make(Random random) => new ByteMutator(random).Mutate(_seeds[random.Next(_seeds.Count)]);

    public override object Read(byte[] input) => MatFile.Parse(input, "hostile.mat");

    static byte[] Written(bool compress)
    {
        using var stream = new MemoryStream();
        MatWriter.Write(stream, [new MatArray("X100_DE_time", [40, 1], new double[40]), new MatArray("b", [2, 3], [1, 2, 3, 4, 5, 6])], compress);
        return stream.ToArray();
    }
}
