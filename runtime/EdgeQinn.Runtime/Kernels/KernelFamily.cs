namespace EdgeQinn.Runtime.Kernels;

/// <summary>One kernel contract and its implementations, one per instruction set. Listed in <see cref="KernelTable"/>.</summary>
public abstract class KernelFamily
{
    /// <summary>Dotted name, such as <c>gemv.f32</c>.</summary>
    public abstract string Name { get; }

    /// <summary>What the kernel computes, in one line of mathematics.</summary>
    public abstract string Contract { get; }

    /// <summary>The instruction sets this family is written for; always has <see cref="Isa.Scalar"/>, the reference.</summary>
    public abstract IReadOnlyList<Isa> Implementations { get; }
}

/// <summary>A family whose kernels take one pointer to <typeparamref name="TArgs"/>.</summary>
/// <typeparam name="TArgs">The argument block: pointers and sizes only, so that calling costs one indirect jump.</typeparam>
public sealed unsafe class KernelFamily<TArgs> : KernelFamily where TArgs : unmanaged
{
    readonly List<Kernel<TArgs>> _kernels = [];

    /// <summary>Starts a family with its scalar reference.</summary>
    public KernelFamily(string name, string contract, delegate*<TArgs*, void> reference)
    {
        (Name, Contract) = (name, contract);
        _kernels.Add(new Kernel<TArgs>(name, Isa.Scalar, reference, 1, 1));
    }

    /// <inheritdoc/>
    public override string Name { get; }

    /// <inheritdoc/>
    public override string Contract { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<Isa> Implementations => [.. _kernels.Select(k => k.Isa)];

    /// <summary>
    /// Adds the implementation for <paramref name="isa"/>; <paramref name="panel"/> is the interleaving its packed operand wants (1: plain
    /// rows), <paramref name="lanes"/> the outputs it makes side by side.
    /// </summary>
    public KernelFamily<TArgs> With(Isa isa, delegate*<TArgs*, void> run, int panel = 1, int lanes = 1)
    {
        _kernels.Add(new Kernel<TArgs>(Name, isa, run, panel, lanes));
        return this;
    }

    /// <summary>The first of <paramref name="allowed"/> (best first) that is implemented.</summary>
    public Kernel<TArgs> Select(IReadOnlyList<Isa> allowed)
    {
        foreach (Isa isa in allowed)
            foreach (var kernel in _kernels)
                if (kernel.Isa == isa) return kernel;
        return _kernels[0];
    }

    /// <summary>All of <paramref name="allowed"/> (best first) that are implemented; only the reference where none is.</summary>
    public IReadOnlyList<Kernel<TArgs>> Candidates(IReadOnlyList<Isa> allowed)
    {
        Kernel<TArgs>[] vector = [.. allowed.Where(isa => isa != Isa.Scalar).SelectMany(isa => _kernels.Where(k => k.Isa == isa))];
        return vector.Length > 0 ? vector : [_kernels[0]];
    }

    /// <summary>The implementation for exactly <paramref name="isa"/>.</summary>
    public Kernel<TArgs> this[Isa isa] => _kernels.Find(k => k.Isa == isa) ?? throw new ArgumentException($"{Name} has no {isa} kernel");
}

/// <summary>One implementation of a family.</summary>
public sealed unsafe class Kernel<TArgs>(string family, Isa isa, delegate*<TArgs*, void> run, int panel, int lanes) where TArgs : unmanaged
{
    /// <summary>The instruction set it is written for.</summary>
    public Isa Isa => isa;

    /// <summary>Such as <c>gemv.f32/avx2</c>.</summary>
    public string Name => $"{family}/{isa.ToString().ToLowerInvariant()}";

    /// <summary>The interleaving of the packed operand, in rows; the family's contract says how it is laid out.</summary>
    public int Panel => panel;

    /// <summary>The outputs it makes side by side: the unit in which outputs are padded.</summary>
    public int Lanes => lanes;

    /// <summary>The code.</summary>
    public delegate*<TArgs*, void> Run => run;
}
