using EdgeQinn.Runtime.Format;
using EdgeQinn.Testing;
using EdgeQinn.Testing.Format;

namespace EdgeQinn.Fuzz.Targets;

/// <summary>Signal contracts in JSON.</summary>
sealed class ContractTarget : Target
{
    readonly List<byte[]> _seeds = [SampleFiles.Contract.ToJson(), .. SeedFiles(".json")];

    public override string Name => "contract";

    public override (long Factor, long Constant) Allocation => (64, 64 << 10);

    public override byte[] Make(Random random) => new ByteMutator(random).Mutate(_seeds[random.Next(_seeds.Count)]);

    public override object Read(byte[] input) => SignalContract.Parse(input);
}
