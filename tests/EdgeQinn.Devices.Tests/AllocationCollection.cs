using Xunit;

namespace EdgeQinn.Devices.Tests;

/// <summary>
/// Tests that count allocated bytes run alone: a garbage collection that another test brings on closes this thread's allocation buffer,
/// whose unused rest then counts as allocated.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public class AllocationCollection
{
    public const string Name = "allocation";
}
