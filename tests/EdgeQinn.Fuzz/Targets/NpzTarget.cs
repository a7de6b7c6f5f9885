using EdgeQinn.Runtime.Format;
using EdgeQinn.Testing;

namespace EdgeQinn.Fuzz.Targets;

/// <summary>NumPy arrays, alone and in archives.</summary>
sealed class NpzTarget : Target
{
    readonly List<NpyArray> _arrays = [NpyArray.Create<float>([1, 2, 3, 4, 5, 6], 3, 2), NpyArray.Create<long>([9]), NpyArray.Create<sbyte>(new sbyte[300], 3, 10, 10), NpyArray.Create<double>([])];

    public override string Name => "npz";

    public override (long Factor, long Constant) Allocation => (192, 2 << 20);

    public override byte[] Make(Random random)
    {
        var mutator = new ByteMutator(random);
        using var stream = new MemoryStream();
        if (random.Next(2) == 0)
        {
            _arrays[random.Next(_arrays.Count)].WriteTo(stream);
            return mutator.Mutate(stream.ToArray());
        }
        NpzFile.Write(stream, _arrays.Select((array, i) => KeyValuePair.Create($"array{i}", array)).Take(random.Next(1, 5)), compress: random.Next(2) == 0);
        return mutator.Mutate(stream.ToArray());
    }

    public override object? Read(byte[] input)
    {
        if (input.AsSpan().StartsWith("PK"u8)) return NpzFile.Read(new MemoryStream(input), "hostile.npz");
        var array = NpyArray.Read(new MemoryStream(input), "hostile.npy", input.Length);
        _ = array.ToSingles();
        return array;
    }
}
