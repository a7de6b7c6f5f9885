namespace EdgeQinn.Runtime.Kernels;

/// <summary>One kernel contract and its implementations, one per instruction set. Listed in <see cref="KernelTable"/>.</summary>
public abstract class KernelFamily
{
    // What does not depend on the argument block lives here: NativeAOT compiles the generic class once for each.
    readonly List<Kernel> _kernels = [];

    private protected KernelFamily(string name, string contract) => (Name, Contract) = (name, contract);

    /// <summary>Dotted name, such as <c>gemv.f32</c>.</summary>
    public string Name { get; }

    /// <summary>What the kernel computes, in one line of mathematics.</summary>
    public string Contract { get; }

    /// <summary>The instruction sets this family is written for; always has <see cref="Isa.Scalar"/>, the reference.</summary>
    public IReadOnlyList<Isa> Implementations => _kernels.ConvertAll(k => k.Isa);

    private protected void Add(Kernel kernel) => _kernels.Add(kernel);

    private protected Kernel FirstOf(IReadOnlyList<Isa> allowed)
    {
        foreach (Isa isa in allowed)
            foreach (var kernel in _kernels)
                if (kernel.Isa == isa) return kernel;
        return _kernels[0];
    }

    private protected Kernel Exactly(Isa isa) => _kernels.Find(k => k.Isa == isa) ?? throw new ArgumentException($"{Name} has no {isa} kernel");

    private protected List<Kernel> VectorsOf(IReadOnlyList<Isa> allowed)
    {
        var vectors = new List<Kernel>();
        foreach (Isa isa in allowed)
            if (isa != Isa.Scalar) vectors.AddRange(_kernels.FindAll(k => k.Isa == isa));
        return vectors.Count > 0 ? vectors : [_kernels[0]];
    }
}

/// <summary>A family whose kernels take one pointer to <typeparamref name="TArgs"/>.</summary>
/// <typeparam name="TArgs">The argument block: pointers and sizes only, so that calling costs one indirect jump.</typeparam>
public sealed unsafe class KernelFamily<TArgs> : KernelFamily where TArgs : unmanaged
{
    /// <summary>Starts a family with its scalar reference.</summary>
    public KernelFamily(string name, string contract, delegate*<TArgs*, void> reference) : base(name, contract) => With(Isa.Scalar, reference);

    /// <summary>
    /// Adds the implementation for <paramref name="isa"/>; <paramref name="panel"/> is the interleaving its packed operand wants (1: plain
    /// rows), <paramref name="lanes"/> the outputs it makes side by side. Its code is null where CPU and build do not have the instructions.
    /// </summary>
    public KernelFamily<TArgs> With(Isa isa, delegate*<TArgs*, void> run, int panel = 1, int lanes = 1)
    {
        Add(new Kernel<TArgs>(Name, isa, run, panel, lanes));
        return this;
    }

    /// <summary>The first of <paramref name="allowed"/> (best first) that is implemented.</summary>
    public Kernel<TArgs> Select(IReadOnlyList<Isa> allowed) => (Kernel<TArgs>)FirstOf(allowed);

    /// <summary>All of <paramref name="allowed"/> (best first) that are implemented; only the reference where none is.</summary>
    public IReadOnlyList<Kernel<TArgs>> Candidates(IReadOnlyList<Isa> allowed) => VectorsOf(allowed).ConvertAll(k => (Kernel<TArgs>)k);

    /// <summary>The implementation for exactly <paramref name="isa"/>.</summary>
    public Kernel<TArgs> this[Isa isa] => (Kernel<TArgs>)Exactly(isa);
}

/// <summary>One implementation of a family.</summary>
public abstract class Kernel
{
    private protected Kernel(string family, Isa isa, int panel, int lanes) => (Name, Isa, Panel, Lanes) = ($"{family}/{isa.ToString().ToLowerInvariant()}", isa, panel, lanes);

    /// <summary>Such as <c>gemv.f32/avx2</c>.</summary>
    public string Name { get; }

    /// <summary>The instruction set it is written for.</summary>
    public Isa Isa { get; }

    /// <summary>The interleaving of the packed operand, in rows; the family's contract says how it is laid out.</summary>
    public int Panel { get; }

    /// <summary>The outputs it makes side by side: the unit in which outputs are padded.</summary>
    public int Lanes { get; }
}

/// <summary>One implementation of a family whose kernels take one pointer to <typeparamref name="TArgs"/>.</summary>
public sealed unsafe class Kernel<TArgs> : Kernel where TArgs : unmanaged
{
    internal Kernel(string family, Isa isa, delegate*<TArgs*, void> run, int panel, int lanes) : base(family, isa, panel, lanes) => Run = run;

    /// <summary>The code; null where <see cref="Cpu.Supports"/> is false for <see cref="Kernel.Isa"/>.</summary>
    public delegate*<TArgs*, void> Run { get; }
}
