using Xunit;

namespace EdgeQinn;

/// <summary>
/// Tests that count allocated bytes run alone: a garbage collection that another test brings on closes this thread's allocation buffer,
/// whose unused rest then counts as allocated. xunit wants the definition in each assembly, so projects include this file.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public class AllocationCollection
{
    public const string Name = "allocation";
}
