using EdgeQinn.Runtime.Format;

namespace EdgeQinn.Fuzz;

/// <summary>A reader under test: how its inputs are made and what must hold while it reads them.</summary>
abstract class Target
{
    /// <summary>The name on the command line; also the extension of saved inputs.</summary>
    public abstract string Name { get; }

    /// <summary>The most that reading may allocate on the managed heap: bytes per byte of the input, and a constant.</summary>
    public abstract (long Factor, long Constant) Allocation { get; }

    /// <summary>A mutated input; the same for the same random numbers.</summary>
    public abstract byte[] Make(Random random);

    /// <summary>Reads an input as a program would; what it allocates is held against <see cref="Allocation"/>.</summary>
    /// <exception cref="EdgeQinnException">The input is refused.</exception>
    public abstract object? Read(byte[] input);

    /// <summary>Uses what <see cref="Read"/> gave.</summary>
    /// <exception cref="EdgeQinnException">It is refused now.</exception>
    public virtual void Use(object? read, Random random) { }

    /// <summary>One of <paramref name="seeds"/>; large ones, which take long, rarely.</summary>
    protected static T Pick<T>(IReadOnlyList<T> seeds, Random random, Func<T, int> size)
    {
        T seed = seeds[random.Next(seeds.Count)];
        while (size(seed) > SmallBytes && random.Next(LargeSeedOdds) != 0) seed = seeds[random.Next(seeds.Count)];
        return seed;
    }

    /// <summary>Files copied beside the program: reference models and contracts.</summary>
    protected static IEnumerable<byte[]> SeedFiles(string extension) =>
        Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "seeds"), "*" + extension).Order(StringComparer.Ordinal).Select(File.ReadAllBytes);

    const int SmallBytes = 16 << 10, LargeSeedOdds = 200;
}
